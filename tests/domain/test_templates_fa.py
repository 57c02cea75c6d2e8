"""Every Persian text: renders with what it will hold, is short enough, and is well written."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from domain import messages, tracking_code
from domain.conversation import STATUS_TEXT
from domain.results import MAX_RESULT
from domain.seed_data import BODIES, INDICATORS, TEMPLATES
from models import MessageTemplate
from sms.measure import measure
from tests.support.world import World

CODE = tracking_code.display("482139075612")
LRM = "\u200e"
LONGEST_BODY = max(BODIES, key=lambda body: len(body["title"] + body["guidance"]))
VALUES: dict[str, str | int] = {
    "code": CODE,
    "result": ("باجه از ساعت ۸ باز است. " * 40)[:90],
    "question": ("شماره باجه و ساعت مراجعه را بنویسید. " * 20)[:150],
    "body": LONGEST_BODY["title"],
    "guidance": LONGEST_BODY["guidance"],
    "status": max(STATUS_TEXT.values(), key=len),
    "rating": 5,
    "count": 12,
    "codes": "، ".join([LRM + CODE] * 3) + " و …",
}
ALL = sorted(TEMPLATES)
FOREIGN = re.compile("[يكىةۀ٠-٩0-9]")


def values_for(key: str) -> dict[str, str | int]:
    names = [name for _, name, _, _ in Formatter().parse(TEMPLATES[key]) if name]
    values = {name: VALUES[name] for name in names}
    return values | ({"code": "123456"} if key == "identity_code" else {})


@pytest.mark.parametrize("key", ALL)
async def test_a_text_renders_within_four_parts(world: World, key: str) -> None:
    text = await messages.render(key, values_for(key))
    assert "{" not in text and "}" not in text
    assert not FOREIGN.search(text), text
    assert 1 <= measure(text).parts <= 4
    assert text == text.strip() and "  " not in text.replace("\n", "")


@pytest.mark.parametrize(
    ("key", "name", "length", "parts"),
    [("result", "result", MAX_RESULT, 7), ("question", "question", 300, 6)],
)
async def test_the_longest_that_may_be_written_is_not_cut(
    world: World, key: str, name: str, length: int, parts: int
) -> None:
    text = await messages.render(key, values_for(key) | {name: "ب" * length})
    assert measure(text).parts <= parts and measure(text).units < 900


@pytest.mark.parametrize("key", ALL)
def test_a_code_stands_behind_a_left_to_right_mark(key: str) -> None:
    if key != "identity_code":
        assert TEMPLATES[key].count("{code}") == TEMPLATES[key].count(LRM + "{code}")


@pytest.mark.parametrize("key", ["survey", "survey_reminder"])
def test_who_is_asked_can_opt_out(key: str) -> None:
    assert "لغو۱۱" in TEMPLATES[key]
    assert "۱ (خیلی بد)" in TEMPLATES[key] and "۵ (عالی)" in TEMPLATES[key]


@pytest.mark.parametrize("key", sorted(set(ALL) - {"identity_code", "received", "staff_breach"}))
def test_a_text_says_who_writes(key: str) -> None:
    assert "فواد ۱۲۸" in TEMPLATES[key]


def test_no_text_of_the_service_has_foreign_letters() -> None:
    bodies = [value for row in BODIES for key, value in row.items() if key in ("title", "guidance")]
    titles = [row[key] for row in INDICATORS for key in ("title", "short")]
    examples = [text for row in INDICATORS for text in row["examples"]]
    for text in bodies + titles + examples + list(STATUS_TEXT.values()):
        assert not FOREIGN.search(text), text


async def test_every_body_fits_the_text_about_it(world: World) -> None:
    for body in BODIES:
        values = {"body": body["title"], "guidance": body["guidance"]}
        assert measure(await messages.render("out_of_scope", values)).parts <= 4


async def test_every_template_is_in_use_once(world: World) -> None:
    rows = await MessageTemplate.all()
    assert sorted(row.key for row in rows) == ALL
