from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.measure import GSM7, UCS2, Measure, measure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Measure(GSM7, 0, 0)),
        ("a", Measure(GSM7, 1, 1)),
        ("a" * 160, Measure(GSM7, 160, 1)),
        ("a" * 161, Measure(GSM7, 161, 2)),
        ("a" * 306, Measure(GSM7, 306, 2)),
        ("a" * 307, Measure(GSM7, 307, 3)),
        ("[{}]\\^~|€", Measure(GSM7, 18, 1)),
        ("€" * 80, Measure(GSM7, 160, 1)),
        ("€" * 81, Measure(GSM7, 162, 2)),
        ("€" * 153, Measure(GSM7, 306, 3)),  # 76 fit in a part of 153
        ("ا" * 70, Measure(UCS2, 70, 1)),
        ("ا" * 71, Measure(UCS2, 71, 2)),
        ("ا" * 134, Measure(UCS2, 134, 2)),
        ("ا" * 135, Measure(UCS2, 135, 3)),
        ("می‌رود", Measure(UCS2, 6, 1)),
        ("۵", Measure(UCS2, 1, 1)),
        ("😀", Measure(UCS2, 2, 1)),
        ("😀" * 35, Measure(UCS2, 70, 1)),
        ("😀" * 67, Measure(UCS2, 134, 3)),  # 33 fit in a part of 67
        ("`", Measure(UCS2, 1, 1)),
        ("شکایت شما با کد ۱۲۳۴۵۶ ثبت شد.\nفاواد ۱۲۸\nلغو۱۱", Measure(UCS2, 46, 1)),
    ],
)
def test_measure(text: str, expected: Measure) -> None:
    assert measure(text) == expected


@given(st.text(max_size=700))
def test_parts_hold_the_units(text: str) -> None:
    found = measure(text)
    single, each = (160, 153) if found.encoding == GSM7 else (70, 67)
    if found.units <= single:
        assert found.parts == (1 if text else 0)
    else:
        assert (found.parts - 1) * (each - 1) < found.units <= found.parts * each


@given(st.text(max_size=300))
def test_ucs2_units_are_those_of_utf16(text: str) -> None:
    found = measure("ا" + text)
    assert found.encoding == UCS2
    assert found.units == len(("ا" + text).encode("utf-16-le")) // 2


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_longer_text_never_measures_less(first: str, second: str) -> None:
    one, both = measure(first), measure(first + second)
    assert both.parts >= one.parts
    if one.encoding == both.encoding:
        assert both.units == one.units + measure_in(second, both.encoding)


def measure_in(text: str, encoding: str) -> int:
    return measure(text).units if encoding == GSM7 else measure("ا" + text).units - 1
