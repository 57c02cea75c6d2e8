from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.text import clean_line, clean_text, fold, squeeze, to_ascii_digits, to_persian_digits

anything = st.text(st.characters())


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("علي آباد", "علی اباد"),
        ("علی‌آباد", "علیاباد"),
        ("علیآباد", "علیاباد"),
        ("كرمان", "کرمان"),
        ("موسى", "موسی"),
        ("مدرسة", "مدرسه"),
        ("أحمد", "احمد"),
        ("إسلام", "اسلام"),
        ("آمل", "امل"),
        ("ا\u0653مل", "امل"),
        ("مؤسسه", "موسسه"),
        ("مسئول", "مسیول"),
        ("تأمین", "تامین"),
        ("نامهٔ", "نامه"),
        ("نامۀ", "نامه"),
        ("جزء", "جز"),
        ("مـشـهـد", "مشهد"),
        ("مُحَمَّد", "محمد"),
        ("منطقه ۱۲", "منطقه 12"),
        ("منطقه ١٢", "منطقه 12"),
        ("  رشت \t\n گیلان  ", "رشت گیلان"),
        ("\u200fرشت\u200e", "رشت"),
        ("\ufeffرشت", "رشت"),
        ("رشت\u00a0گیلان", "رشت گیلان"),
        ("ﺭﺷﺖ", "رشت"),
        ("ﻼ", "لا"),
        ("EDU-P01", "edu-p01"),
        ("ＥＤＵ", "edu"),
        ("", ""),
        (" ", ""),
        ("\u200c", ""),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(anything)
def test_folding_twice_changes_nothing(value: str) -> None:
    assert fold(fold(value)) == fold(value)


@given(st.text("ابپیيىكک ئؤأإآةۀهٔءًّـ\u200c\u200d\u200f۰۱٢3aAß ", max_size=40))
def test_a_folded_word_has_one_spelling_of_each_letter(value: str) -> None:
    folded = fold(value)
    assert not set(folded) & set("يىكئؤأإآةۀـء\u200c\u200d\u200f۰۱٢")
    assert fold(folded) == folded
    assert folded == " ".join(folded.split())
    assert squeeze(value) == folded.replace(" ", "")


@given(st.lists(st.sampled_from(["علی", "آباد", "اهر", "كوه"]), min_size=1))
def test_squeezing_forgets_how_words_were_joined(words: list[str]) -> None:
    assert squeeze(" ".join(words)) == squeeze("\u200c".join(words)) == squeeze("".join(words))


def test_digits() -> None:
    assert to_persian_digits(1405) == "۱۴۰۵"
    assert to_persian_digits("12/٣٤-۵۶ a") == "۱۲/۳۴-۵۶ a"
    assert to_ascii_digits("۱۲/٣٤-56 الف") == "12/34-56 الف"


@given(st.integers(min_value=0))
def test_digits_there_and_back(number: int) -> None:
    assert int(to_ascii_digits(to_persian_digits(number))) == number


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("  زهرا  ", "زهرا"),
        ("علي كريمي", "علی کریمی"),
        ("می\u200cشود", "می\u200cشود"),
        ("\u200fزهرا\u200f", "زهرا"),
        ("زهرا\n", "زهرا"),
        ("\tزهرا", "زهرا"),
        ("e\u0301", "é"),
        ("پلاک ۱۲", "پلاک ۱۲"),
        ("👍", "👍"),
    ],
)
def test_clean_line(value: str, cleaned: str) -> None:
    assert clean_line(value, "name", max=20) == cleaned


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "invalid"),
        (5, "invalid"),
        (True, "invalid"),
        (b"text", "invalid"),
        (["text"], "invalid"),
        ({}, "invalid"),
        ("", "required"),
        ("  \n\t ", "required"),
        ("\u200f", "required"),
        ("a", "too_short"),
        ("abcdefghijk", "too_long"),
        ("ab\x00c", "invalid_characters"),
        ("ab\x1bc", "invalid_characters"),
        ("ab\x7fc", "invalid_characters"),
        ("ab\x85c", "invalid_characters"),
        ("ab\ud800c", "invalid_characters"),
        ("ab\nc", "invalid_characters"),
        ("ab\tc", "invalid_characters"),
        ("ab\u2028c", "invalid_characters"),
    ],
)
def test_clean_line_refuses(value: object, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        clean_line(value, "name", min=2, max=10)
    assert (refused.value.code, refused.value.field) == (code, "name")


def test_limits_count_cleaned_characters() -> None:
    assert clean_line(" " + "ا" * 10 + " ", "name", max=10) == "ا" * 10
    with pytest.raises(DomainError) as refused:
        clean_line("ا" * 11, "name", max=10)
    assert refused.value.params == {"max": 10}


def test_nothing_passes_where_nothing_is_allowed() -> None:
    assert clean_line("  ", "name", min=0, max=5) == ""
    assert clean_text("\n", "note", min=0, max=5) == ""


def test_clean_text_keeps_lines() -> None:
    assert clean_text(" یک\r\nدو\rسه\u2028چهار\t۵ \n", "text", max=50) == "یک\nدو\nسه\nچهار\t۵"


@pytest.mark.parametrize("value", ["a\x00b", "a\x0bb", "a\ud83db", "a\x9fb"])
def test_clean_text_refuses_what_cannot_be_shown(value: str) -> None:
    with pytest.raises(DomainError) as refused:
        clean_text(value, "text", max=50)
    assert (refused.value.code, refused.value.field) == ("invalid_characters", "text")


@given(anything)
def test_cleaned_text_can_be_stored_and_is_stable(value: str) -> None:
    for clean in (clean_line, clean_text):
        with contextlib.suppress(DomainError):
            cleaned = clean(value, "text", max=1000)
            assert "\x00" not in cleaned
            cleaned.encode()
            assert clean(cleaned, "text", max=1000) == cleaned
