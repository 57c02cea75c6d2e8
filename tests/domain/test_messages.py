"""Texts are data: the newest active version in a language."""

from __future__ import annotations

import pytest

from domain import messages
from models import MessageTemplate
from tests.support.world import World


async def test_digits_of_values_are_persian(world: World) -> None:
    text = await messages.render("survey_corrected", {"code": "12-34", "rating": 5})
    assert "\u200e۱۲-۳۴" in text and "به ۵ اصلاح" in text


async def test_the_newest_active_version_is_sent(world: World) -> None:
    for version, text, active in [(2, "دوم {code}", True), (3, "سوم {code}", False)]:
        await MessageTemplate.create(key="status", version=version, text=text, active=active)
    assert await messages.render("status", {"code": 7}) == "دوم ۷"


async def test_braces_in_a_value_are_only_characters(world: World) -> None:
    text = await messages.render("result", {"code": "1", "result": "{code} {0} {x.y}"})
    assert "{code} {۰} {x.y}" in text


@pytest.mark.parametrize(("key", "language"), [("nothing", "fa"), ("status", "en")])
async def test_a_text_that_is_not_there_says_what_to_do(
    world: World, key: str, language: str
) -> None:
    with pytest.raises(LookupError, match="migrate"):
        await messages.render(key, {}, language)
