"""What providers tell by webhook, in every spelling; all of a call is read, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import MessageState
from sms import codes
from sms.callbacks import Callbacks, Http, Kavenegar
from sms.gateway import Inbound, Report
from sms.http_shape import Shape

KAVENEGAR, HTTP = Kavenegar(), Http(Shape())
SHAPED = Http(
    Shape.model_validate(
        {
            "to": "recipient", "from": "source", "text": "body", "reference": "ref",
            "id": "data.no", "status": "data.state",
            "states": {"DELIVRD": "delivered", "3": "sent"},
        }
    )
)  # fmt: skip
TEXT: dict[str, object] = {"messageid": "701", "from": "09121234567", "to": "3000", "message": "۵"}
PLAIN: dict[str, object] = {"id": "b7", "from": "09121234567", "to": "3000", "text": "۵"}


def odd(*values: object) -> tuple[object, ...]:
    return values


@pytest.mark.parametrize(
    ("provider", "item", "message_id"),
    [
        (KAVENEGAR, TEXT, "701"),
        (KAVENEGAR, TEXT | {"messageid": 701}, "701"),
        (KAVENEGAR, TEXT | {"messageid": 0}, ""),
        (KAVENEGAR, TEXT | {"messageid": "0"}, ""),
        (KAVENEGAR, TEXT | {"messageid": None}, ""),
        (KAVENEGAR, TEXT | {"messageid": " 701 "}, "701"),
        (HTTP, PLAIN, "b7"),
        (HTTP, PLAIN | {"id": ""}, ""),
        (
            SHAPED,
            {"data": {"no": 9}, "source": "09121234567", "recipient": 3000, "body": "۵"},
            "9",
        ),
    ],
)
def test_a_text(provider: Callbacks, item: object, message_id: str) -> None:
    assert provider.texts([item]) == [Inbound(message_id, "09121234567", "3000", "۵", None)]


@pytest.mark.parametrize(("status", "state"), codes.STATUSES.items())
def test_a_report_of_kavenegar(status: int, state: MessageState | None) -> None:
    for value in (status, str(status)):
        found = KAVENEGAR.reports([{"messageid": "0701", "status": value}])
        assert found == ([Report("701", state)] if state else [])


@pytest.mark.parametrize(
    ("item", "report"),
    [
        ({"id": "b7", "reference": "5", "status": "sent"}, Report("b7", MessageState.SENT, 5)),
        ({"id": "b7", "reference": 5, "status": "sent"}, Report("b7", MessageState.SENT, 5)),
        ({"id": "b7", "status": "blocked"}, Report("b7", MessageState.BLOCKED)),
        ({"id": 7, "reference": None, "status": "queued"}, Report("7", MessageState.ACCEPTED)),
        ({"id": "b7", "reference": "", "status": "sent"}, Report("b7", MessageState.SENT)),
        ({"id": "b7", "status": "never heard of"}, None),
        ({"id": "b7", "status": 1}, None),
    ],
)
def test_a_report_of_the_generic_gateway(item: object, report: Report | None) -> None:
    assert HTTP.reports([item]) == ([report] if report else [])


def test_a_report_in_another_shape() -> None:
    items = [
        {"data": {"no": "x", "state": "DELIVRD"}, "ref": 8},
        {"data": {"no": "y", "state": 3}},
        {"data": {"no": "z", "state": "delivered"}},
    ]
    assert SHAPED.reports(items) == [
        Report("x", MessageState.DELIVERED, 8),
        Report("y", MessageState.SENT),
    ]


@pytest.mark.parametrize(
    ("provider", "item"),
    [
        *[(KAVENEGAR, {"messageid": bad, "status": 10}) for bad in
          odd(None, "", "x", "-1", 1.5, True, [], {}, "1" * 20, 2**63, "۱", "1\0")],
        *[(KAVENEGAR, {"messageid": 1, "status": bad}) for bad in
          odd(None, "", "x", 1.5, True, [])],
        *[(HTTP, {"id": bad, "status": "sent"}) for bad in
          odd(None, "", 0, True, [], {}, 1.5, "a b", "x" * 81, "ش", "a\0")],
        *[(HTTP, {"id": "b7", "reference": bad, "status": "sent"}) for bad in
          odd(True, [], {}, 1.5, "x", "-1", "1" * 20, "۱")],
        (HTTP, {"reference": 5, "status": "sent"}),
        *[(HTTP, {"id": "b7", "status": bad}) for bad in odd(None, True, [], {}, 1.5)],
        *[(provider, bad) for provider in (KAVENEGAR, HTTP) for bad in
          odd(None, 1, "x", [], {})],
    ],
)  # fmt: skip
def test_a_bad_report_spoils_its_call(provider: Callbacks, item: object) -> None:
    good = (
        {"messageid": 1, "status": 10} if provider is KAVENEGAR else {"id": "b", "status": "sent"}
    )
    with pytest.raises(ValueError):
        provider.reports([good, item])


@pytest.mark.parametrize(
    "item",
    [
        *[{name: value for name, value in PLAIN.items() if name != gone} for gone in
          ("from", "to", "text")],
        *[PLAIN | {"from": bad} for bad in
          odd("", None, True, [], {}, "0" * 21, "0\n9", "9\ud800")],
        *[PLAIN | {"to": bad} for bad in odd("", None, 1.5, "\0")],
        *[PLAIN | {"text": bad} for bad in odd(None, 5, [], {}, True)],
        *[PLAIN | {"id": bad} for bad in odd([], True, {}, "x" * 81, "ش", "a b", "\0", 1.5)],
        None, 1, "x", [], [PLAIN],
    ],
)  # fmt: skip
def test_a_bad_text_spoils_its_call(item: object) -> None:
    with pytest.raises(ValueError):
        HTTP.texts([PLAIN, item])


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = ("messageid", "id", "from", "to", "message", "text", "status", "reference")


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), ANY) | ANY, max_size=3))
def test_anything_is_read_or_refused(items: list[object]) -> None:
    for provider in (KAVENEGAR, HTTP, SHAPED):
        for read in (provider.texts, provider.reports):
            try:
                found = read(items)
            except ValueError:
                continue
            assert len(found) <= len(items)
            for one in found:
                assert len(one.message_id) <= 80 and one.message_id.isascii()
