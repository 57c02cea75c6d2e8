"""Texts that admins publish: what is taken, what is refused, and that no version is lost."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import messages, templates, time
from domain.errors import DomainError, Forbidden, NotFound
from domain.measure import GSM7, UCS2
from domain.seed_texts import TEXTS
from domain.template_kinds import KINDS
from models import MessageTemplate
from models.enums import Language, TextKind
from tests.support.refusals import refusal, refused, refuses_texts
from tests.support.unchanged import unchanged
from tests.support.world import World

FA, EN = Language.PERSIAN, Language.ENGLISH
STATUS = TextKind.STATUS
GOOD = "وضعیت پرونده {code}: {status}"
NAMES = sorted({name for kind in KINDS.values() for name in kind.names})
MADE_UP = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from([f"{{{name}}}" for name in NAMES]),
        st.sampled_from(["{", "}", "{{", "}}", "{0}", "{x.y}", "{code!r}", "{code:>9}", "لغو۱۱"]),
    ),
    max_size=8,
).map("".join)


async def versions(kind: TextKind = STATUS, language: Language = FA) -> list[tuple[int, str]]:
    return [(row.version, row.text) for row in await templates.history(kind, language)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", set()),
        ("کد {code} و {code}", {"code"}),
        ("{code}{status}", {"code", "status"}),
        ("{nothing_known}", {"nothing_known"}),
    ],
)
def test_placeholders(text: str, names: set[str]) -> None:
    assert templates.placeholders(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "{0}", "{}", "{ code }", "{code.real}", "{code!r}", "{code:>9}", "{code[0]}", "{کد}",
        "{Code}", "{code", "code}", "{{code}}", "{code}}", "{{", "}}", "}{", "{co\nde}", "{code1}",
    ],
)  # fmt: skip
def test_braces_that_are_no_placeholder(text: str) -> None:
    with pytest.raises(DomainError) as error:
        templates.placeholders(text)
    assert (error.value.code, error.value.field) == ("braces", "text")
    assert "{code}" in error.value.message("fa")


@given(MADE_UP)
def test_what_has_placeholders_can_be_filled(text: str) -> None:
    try:
        names = templates.placeholders(text)
    except DomainError:
        return
    filled = messages.fill(text, dict.fromkeys(names, "۵"), FA)
    assert not re.search("[{}]", filled)


def test_measured_for_usual_and_longest_values() -> None:
    text = TEXTS[EN][TextKind.SURVEY_CORRECTED]
    found = templates.measured(TextKind.SURVEY_CORRECTED, EN, text, 1500)
    assert "4821-3907-5612 was corrected to 4." in found.sample.text
    assert (found.sample.measure.encoding, found.sample.cost) == (GSM7, 1500)
    result = templates.measured(TextKind.RESULT, EN, "Result of {code}: {result}", 1000)
    assert (result.longest.measure.encoding, result.longest.measure.parts) == (UCS2, 4)
    assert result.longest.cost == 4000
    call = templates.measured(TextKind.RESULT_CALL, FA, "نتیجه {code}: {result}", 1000)
    assert "۴، ۸، ۲، ۱" in call.sample.text and call.sample.cost is None
    with pytest.raises(DomainError, match="placeholder"):
        templates.measured(STATUS, FA, "{rating}", 1)


async def test_a_new_version_is_in_force_and_older_ones_stay(world: World) -> None:
    row = await templates.publish(world["admin"], STATUS, FA, f"  {GOOD}\r\nفواد ۱۲۸ \u200f")
    assert (row.version, row.text) == (2, f"{GOOD}\nفواد ۱۲۸")
    assert (row.author_id, row.created_at) == (world["admin"].user_id, time.now())
    assert await versions() == [(2, row.text), (1, TEXTS[FA][STATUS])]
    assert (await templates.in_force())["status", "fa"].id == row.id
    assert (await templates.in_force())["status", "en"].version == 1
    assert [row.author for row in await templates.history(STATUS, FA)][1] is None


async def test_letters_are_mended_but_not_those_of_arabic(world: World) -> None:
    text = "ملف {code} كيف هي: {status} على"
    assert "کیف" in (await templates.publish(world["admin"], STATUS, FA, text)).text
    arabic = await templates.publish(world["admin"], STATUS, Language.ARABIC, text)
    assert arabic.text == text


async def test_only_admins_publish(world: World) -> None:
    for name in ("supervisor", "operator", "senior", "head"):
        for act in (
            templates.publish(world[name], STATUS, FA, GOOD),
            templates.restore(world[name], STATUS, FA, 1),
        ):
            async with unchanged():
                with pytest.raises(Forbidden):
                    await act


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (STATUS, "وضعیت: {status}", "missing_placeholder"),
        (STATUS, "پرونده {code} {status} {rating}", "unknown_placeholder"),
        (TextKind.RECEIVED, "رسید {code}", "unknown_placeholder"),
        (STATUS, "پرونده {code} {status} {0}", "braces"),
        (STATUS, "پرونده {code} {status} }", "braces"),
        (STATUS, "پرونده\t{code} {status}", "invalid_characters"),
        (STATUS, TEXTS[FA][STATUS], "unchanged"),
        (STATUS, f" {TEXTS[FA][STATUS]}\n", "unchanged"),
        (TextKind.SURVEY, "پرونده {code}: از ۱ تا ۵؟", "opt_out_missing"),
        (TextKind.RESULT, "نتیجه {code} {result}" + "م" * 60, "too_many_parts"),
        (TextKind.RESULT, "نتیجه {code} {result} {result}", "too_many_parts"),
        (STATUS, "{code} {status}" + "م" * 250, "too_many_parts"),
        (STATUS, "{code} {status}" + "م" * 900, "too_long"),
    ],
)
async def test_what_is_refused(world: World, kind: TextKind, text: str, code: str) -> None:
    await refused(templates.publish(world["admin"], kind, FA, text), code)
    assert (await refusal(templates.publish(world["admin"], kind, FA, text)))[1] == "text"


async def test_no_text_at_all(world: World) -> None:
    await refuses_texts(lambda v: templates.publish(world["admin"], STATUS, FA, v), "text", 1, 900)


def test_a_refusal_names_the_placeholders() -> None:
    with pytest.raises(DomainError) as error:
        templates.checked(TextKind.RESULT, FA, "نتیجه")
    assert error.value.message("fa") == "متن: باید این‌ها را داشته باشد: {code}، {result}"
    with pytest.raises(DomainError) as error:
        templates.checked(TextKind.RECEIVED, FA, "{code}")
    assert error.value.message("en").endswith("only these: –")


@pytest.mark.parametrize(("kind", "spare"), [(TextKind.RESULT, 1), (STATUS, 1)])
def test_the_fourth_part_may_be_filled_to_its_end(kind: TextKind, spare: int) -> None:
    text = TEXTS[FA][kind]
    room = 4 * 67 - templates.measured(kind, FA, text, 0).longest.measure.units
    assert templates.checked(kind, FA, text + "م" * room)
    with pytest.raises(DomainError, match="parts"):
        templates.checked(kind, FA, text + "م" * (room + spare))


async def test_an_older_text_is_restored_as_a_new_version(world: World) -> None:
    await templates.publish(world["admin"], STATUS, FA, GOOD)
    row = await templates.restore(world["admin"], STATUS, FA, 1, 2)
    assert (row.version, row.text) == (3, TEXTS[FA][STATUS])
    assert [number for number, _ in await versions()] == [3, 2, 1]


async def test_what_cannot_be_restored(world: World) -> None:
    await refused(templates.restore(world["admin"], STATUS, FA, 1), "unchanged")
    for version in (0, -1, 2, 2**70):
        async with unchanged():
            with pytest.raises(NotFound):
                await templates.restore(world["admin"], STATUS, FA, version)
    await templates.publish(world["admin"], STATUS, FA, GOOD)
    await refused(templates.restore(world["admin"], STATUS, FA, 1, 1), "stale")
    await MessageTemplate.filter(key="status", version=1, language="fa").update(text="{old}")
    await refused(templates.restore(world["admin"], STATUS, FA, 1), "unknown_placeholder")


async def test_a_version_taken_out_of_force_is_not_counted_but_not_overwritten(
    world: World,
) -> None:
    await templates.publish(world["admin"], STATUS, FA, GOOD)
    await MessageTemplate.filter(key="status", language="fa", version=2).update(active=False)
    assert (await templates.in_force())["status", "fa"].version == 1
    assert (await templates.publish(world["admin"], STATUS, FA, GOOD, 1)).version == 3


async def test_who_edits_an_outdated_text_is_told(world: World) -> None:
    await templates.publish(world["admin"], STATUS, FA, GOOD, 1)
    await refused(templates.publish(world["admin"], STATUS, FA, "{code} {status}", 1), "stale")
    await refused(templates.publish(world["admin"], STATUS, FA, "{code} {status}", 0), "stale")


async def test_two_publish_at_once_and_none_is_lost(world: World) -> None:
    texts = [f"{GOOD} {number}" for number in range(4)]
    rows = await asyncio.gather(
        *(templates.publish(world["admin"], STATUS, FA, text) for text in texts)
    )
    assert sorted(row.version for row in rows) == [2, 3, 4, 5]
    assert {text for _, text in await versions()} == {*texts, TEXTS[FA][STATUS]}


async def test_two_edit_the_same_version_and_one_is_told(world: World) -> None:
    texts = [f"{GOOD} {number}" for number in range(4)]
    answers = await asyncio.gather(
        *(templates.publish(world["admin"], STATUS, FA, text, 1) for text in texts),
        return_exceptions=True,
    )
    published = [row for row in answers if isinstance(row, MessageTemplate)]
    told = [error.code for error in answers if isinstance(error, DomainError)]
    assert (len(published), told) == (1, ["stale"] * 3)
    assert await versions() == [(2, published[0].text), (1, TEXTS[FA][STATUS])]


def test_codes_of_kinds_and_languages() -> None:
    assert templates.kind_of("status") is STATUS and templates.language_of("fa") is FA
    bad: list[object] = [None, "", "x", 5, [], "\x00", "\ud800"]
    for value in [*bad, "STATUS", "fa"]:
        with pytest.raises(NotFound):
            templates.kind_of(value)
    for value in [*bad, "FA", "status"]:
        with pytest.raises(NotFound):
            templates.language_of(value)


@given(MADE_UP, st.sampled_from(TextKind), st.sampled_from(Language), st.booleans())
def test_a_good_text_is_filled_and_fits_whatever_it_is(
    text: str, kind: TextKind, language: Language, complete: bool
) -> None:
    if complete:
        text += "لغو۱۱" + "".join(f"{{{name}}}" for name in sorted(KINDS[kind].required))
    try:
        cleaned = templates.checked(kind, language, text)
    except DomainError as error:
        assert error.field == "text"
        return
    known = KINDS[kind]
    assert templates.checked(kind, language, cleaned) == cleaned
    for values in (known.samples(language), known.longest(language)):
        filled = messages.fill(cleaned, values, language)
        assert "\x00" not in filled
        filled.encode()
    assert templates.measured(kind, language, cleaned, 1).longest.measure.parts <= 4


@pytest.mark.parametrize("kind", TextKind)
async def test_any_text_is_published_or_refused_and_then_nothing_changed(
    world: World, kind: TextKind
) -> None:
    required = "".join(f"{{{name}}}" for name in KINDS[kind].required)
    for text in ["", "{", "x", f"{required}لغو۱۱", f"{required}\x00", f"{required}😀 لغو۱۱"]:
        before = await versions(kind)
        try:
            row = await templates.publish(world["admin"], kind, FA, text)
        except DomainError:
            assert await versions(kind) == before
        else:
            assert await versions(kind) == [(row.version, row.text), *before]
            messages.fill(row.text, KINDS[kind].longest(FA), FA)
