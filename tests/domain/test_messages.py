"""Texts are data: filled in the writing of their language, from the newest active version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import contacts, messages, outbox
from domain.text import to_ascii_digits
from models import MessageTemplate, OutboxMessage
from models.enums import Language, TextKind
from tests.support.world import MOBILE, World

LRM = "\u200e"
CODE = "4821-3907-5612"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language.PERSIAN, f"{LRM}۴۸۲۱-۳۹۰۷-۵۶۱۲ ۵"),
        (Language.AZERI, f"{LRM}۴۸۲۱-۳۹۰۷-۵۶۱۲ ۵"),
        (Language.KURDISH, f"{LRM}٤٨٢١-٣٩٠٧-٥٦١٢ ٥"),
        (Language.ARABIC, f"{LRM}٤٨٢١-٣٩٠٧-٥٦١٢ ٥"),
        (Language.ENGLISH, "4821-3907-5612 5"),
    ],
)
def test_values_are_written_as_the_language_does(language: Language, expected: str) -> None:
    for five in (5, "5", "۵", "٥"):
        assert (
            messages.fill("{code} {rating}", {"code": CODE, "rating": five}, language) == expected
        )


@pytest.mark.parametrize(
    ("language", "expected"),
    [(Language.PERSIAN, "۴، ۸، ۲"), (Language.ARABIC, "٤، ٨، ٢"), (Language.ENGLISH, "4, 8, 2")],
)
def test_a_code_is_spelled_for_a_voice(language: Language, expected: str) -> None:
    assert messages.fill("{code}", {"code": "4, 8, 2"}, language) == expected


def test_a_mark_in_the_template_is_not_repeated() -> None:
    """Texts published before the mark went with the value have it themselves."""
    text = messages.fill(f"کد {LRM}{{code}}", {"code": CODE}, Language.PERSIAN)
    assert text.count(LRM) == 1


def test_digits_of_the_template_stay_as_they_are() -> None:
    assert messages.fill("128 ۱۲۸ ١٢٨", {}, Language.PERSIAN) == "128 ۱۲۸ ١٢٨"


def test_braces_in_a_value_are_only_characters() -> None:
    text = messages.fill("{result}", {"result": "{code} {0} {x.y}"}, Language.PERSIAN)
    assert text == "{code} {۰} {x.y}"


@given(st.text(), st.sampled_from(Language))
def test_a_value_keeps_its_words(value: str, language: Language) -> None:
    filled = messages.fill("{text}", {"text": value}, language)
    plain = to_ascii_digits(filled).replace(LRM, "").replace("،", ",")
    assert plain == to_ascii_digits(value).replace(LRM, "").replace("،", ",")


async def sent(code: str = "7") -> str:
    row = await outbox.queue(TextKind.STATUS, MOBILE, code, code=code, status="بسته‌شده")
    assert row is not None
    return (await OutboxMessage.get(id=row.id)).text


async def test_the_newest_active_version_is_sent(world: World) -> None:
    for version, text, active in [(2, "دوم {code}", True), (3, "سوم {code}", False)]:
        await MessageTemplate.create(key="status", version=version, text=text, active=active)
    assert await sent() == "دوم ۷"


async def test_the_language_of_the_citizen_is_sent_else_persian(world: World) -> None:
    await contacts.prefer(MOBILE, Language.ENGLISH, None)
    assert (await sent("1-2")).startswith("Case 1-2: ")
    await MessageTemplate.filter(language="en").delete()
    assert (await sent("1-3")).startswith(f"پرونده {LRM}۱-۳")


async def test_a_text_that_is_not_there_says_what_to_do(world: World) -> None:
    await MessageTemplate.all().delete()
    with pytest.raises(LookupError, match="migrate"):
        await sent()
