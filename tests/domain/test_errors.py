from __future__ import annotations

import re
import string

import pytest

from domain.errors import (
    FIELD_LABELS,
    MESSAGES,
    DomainError,
    Forbidden,
    Language,
    NotFound,
    label,
    message,
)

# What a text may show. Never a name, a number of a person, or what somebody typed.
HARMLESS = {"max", "min", "file", "line", "column", "count", "minutes", "hours", "days", "status"}
HARMLESS |= {"seconds", "parts", "names"}

CONTRACT = ["required", "too_long", "too_short", "invalid", "invalid_characters", "unknown"]
CONTRACT += ["not_found", "forbidden", "wrong_state", "stale", "already_done", "expired"]
CONTRACT += ["too_many_attempts", "identity_required"]


@pytest.mark.parametrize("code", CONTRACT)
def test_codes_others_rely_on_have_texts(code: str) -> None:
    assert code in MESSAGES


@pytest.mark.parametrize("code", MESSAGES)
def test_both_languages_say_the_same_and_nothing_personal(code: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", code)
    fa, en = MESSAGES[code]
    placeholders = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        for text in (fa, en)
    ]
    assert placeholders[0] == placeholders[1] <= HARMLESS
    assert fa.endswith(".") == en.endswith(".")


def test_persian_texts_are_written_in_persian_letters() -> None:
    for text in [fa for fa, _ in MESSAGES.values()] + list(FIELD_LABELS.values()):
        assert not set(text) & set("يىك٠١٢٣٤٥٦٧٨٩"), text


def test_a_text_begins_with_the_label_of_its_field() -> None:
    error = DomainError("invalid", "national_id")
    assert error.message("fa") == "کد ملی: نامعتبر است"
    assert error.message("en") == str(error) == "national id: is not valid"


def test_numbers_are_persian_in_persian_only() -> None:
    assert message("too_long", "fa", max=120) == "نباید بیش از ۱۲۰ نویسه باشد"
    assert message("too_long", "en", max=120) == "must be at most 120 characters"


@pytest.mark.parametrize("lang", ["fa", "en"])
def test_a_refusal_can_always_be_told(lang: Language) -> None:
    assert message("no_such_code", lang)
    assert "…" in message("too_long", lang)


def test_parameters_that_a_text_does_not_name_stay_out_of_it() -> None:
    error = DomainError("invalid", "mobile", given="+989121234567", owner="زهرا")
    assert "989121234567" not in str(error) + repr(error)
    assert "زهرا" not in str(error) + error.message("fa")


def test_subclasses_have_their_codes() -> None:
    assert (NotFound().code, NotFound("case").field) == ("not_found", "case")
    assert (Forbidden().code, Forbidden("case").field) == ("forbidden", "case")
    assert isinstance(NotFound(), DomainError)


def test_unlisted_fields_are_named_by_their_words() -> None:
    assert label("some_field", "fa") == label("some_field", "en") == "some field"
