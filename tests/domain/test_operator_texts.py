"""Words of an operator's own: framed, logged, few, and only to who takes texts."""

from __future__ import annotations

import asyncio

import pytest

from domain import contacts, operator_texts, outbox, rules
from domain.errors import DomainError, NotFound
from domain.operator_texts import write
from models import CaseEvent, Contact, Job, MessageStep, OutboxMessage
from models.enums import EventKind, Language, MessageState, TextKind
from tests.support.refusals import BAD_KEYS, refused, refuses_texts
from tests.support.unchanged import unchanged
from tests.support.world import MOBILE, World

WORDS = "لطفاً فردا ساعت 9 با شناسنامه مراجعه کنید."
OTHER = "+989350000001"


async def contact_of(world: World, mobile: str = MOBILE) -> Contact:
    await world.case(mobile)
    return await Contact.get(mobile=mobile)


async def test_a_text_in_its_frame_with_its_author(world: World) -> None:
    contact = await contact_of(world)
    row = await write(world["operator"], contact.id, f" {WORDS} ")
    operator = world.users["operator"].id
    assert row.text.startswith("لطفاً فردا ساعت ۹ با شناسنامه مراجعه کنید.")
    assert row.text.endswith("فواد ۱۲۸")
    assert (row.kind, row.receptor, row.state) == (
        TextKind.OPERATOR_TEXT,
        MOBILE,
        MessageState.PENDING,
    )
    assert (row.author_id, row.case_id) == (operator, None)
    step = await MessageStep.get(message_id=row.id)
    assert (step.author_id, step.state, step.note) == (operator, MessageState.PENDING, "")
    assert await Job.filter(kind="sms.send", subject_id=row.id).exists()
    assert not await CaseEvent.filter(kind=EventKind.NOTE).exists()


async def test_with_a_case_it_stands_in_its_timeline(world: World) -> None:
    case = await world.case()
    contact = await Contact.get(mobile=MOBILE)
    row = await write(world["supervisor"], contact.id, WORDS, case.id)
    assert row.case_id == case.id
    note = await CaseEvent.get(case_id=case.id, kind=EventKind.NOTE)
    assert (note.text, note.user_id) == (
        f"پیامک به شهروند: {WORDS}",
        world.users["supervisor"].id,
    )


async def test_the_frame_is_in_the_language_of_the_number(world: World) -> None:
    contact = await contact_of(world)
    await contacts.prefer(MOBILE, Language.ENGLISH, None)
    row = await write(world["operator"], contact.id, "Please come at 9.")
    assert row.text == "Please come at 9.\nFavad 128"


async def test_words_that_cannot_be_sent(world: World) -> None:
    contact = await contact_of(world)
    await refuses_texts(lambda value: write(world["operator"], contact.id, value), "text", 2, 200)
    wide = "😀" * 101
    await refused(write(world["operator"], contact.id, wide), "too_long")
    assert (await write(world["operator"], contact.id, "😀" * 100)).text.startswith("😀")


async def test_who_may_not_see_the_conversation_does_not_write(world: World) -> None:
    contact = await contact_of(world)
    for name in ("operator2", "senior", "county", "head", "inspector", "admin"):
        await refused(write(world[name], contact.id, WORDS), "not_found")
    for key in BAD_KEYS:
        with pytest.raises(NotFound):
            await write(world["supervisor"], key, WORDS)


async def test_the_case_is_one_of_this_number_that_the_actor_sees(world: World) -> None:
    contact = await contact_of(world)
    foreign = await world.case(OTHER)
    for key in (foreign.id, 0, -1, 2**70, 999_999):
        async with unchanged():
            with pytest.raises(DomainError) as refusal:
                await write(world["operator"], contact.id, WORDS, key)
        assert (refusal.value.code, refusal.value.field) == ("unknown", "case")
    await OutboxMessage.all().update(state=MessageState.FAILED)
    own = await world.case()
    async with unchanged():
        with pytest.raises(DomainError):
            await write(world["operator2"], contact.id, WORDS, own.id)


async def test_who_opted_out_gets_nothing(world: World) -> None:
    contact = await contact_of(world)
    await outbox.opt_out(MOBILE, "reply")
    await refused(write(world["operator"], contact.id, WORDS), "opted_out")


async def test_the_same_words_twice_by_mistake_are_one_text(world: World) -> None:
    contact = await contact_of(world)
    first = await write(world["operator"], contact.id, WORDS)
    assert (await write(world["operator"], contact.id, WORDS)).id == first.id
    world.clock.forward(minutes=11)
    assert (await write(world["operator"], contact.id, WORDS)).id != first.id
    found = await asyncio.gather(
        *(write(world["operator"], contact.id, "یک متن دیگر") for _ in range(4))
    )
    assert len({row.id for row in found}) == 1


async def test_three_a_day_to_one_number(world: World) -> None:
    contact = await contact_of(world)
    for index in range(3):
        await write(world["operator" if index else "supervisor"], contact.id, f"متن {index}")
    await refused(write(world["operator"], contact.id, "متن دیگر"), "texted_enough")
    await refused(write(world["supervisor"], contact.id, "متن دیگر"), "texted_enough")
    world.clock.forward(hours=24)
    await write(world["operator"], contact.id, "متن دیگر")


async def test_so_many_an_hour_by_one_operator(world: World) -> None:
    await rules.store("operator_texts_per_hour", 2)
    numbers = [await contact_of(world, f"+98935000000{index}") for index in range(3)]
    for contact in numbers[:2]:
        await write(world["operator"], contact.id, WORDS)
    await refused(write(world["operator"], numbers[2].id, WORDS), "texts_used_up")
    await write(world["supervisor"], numbers[2].id, WORDS)
    world.clock.forward(hours=1)
    await write(world["operator"], numbers[2].id, WORDS)


async def test_at_once_no_more_than_allowed(world: World) -> None:
    contact = await contact_of(world)
    found = await asyncio.gather(
        *(write(world["operator"], contact.id, f"متن {index}") for index in range(6)),
        return_exceptions=True,
    )
    refusals = [row.code for row in found if isinstance(row, DomainError)]
    assert refusals == ["texted_enough"] * 3
    assert await OutboxMessage.filter(kind=TextKind.OPERATOR_TEXT).count() == 3


async def test_what_is_being_typed_is_measured(world: World) -> None:
    contact = await contact_of(world)
    preview = await operator_texts.preview(contact, "سلام")
    assert (preview.text, preview.units, preview.parts) == ("سلام\nفواد ۱۲۸", 4, 1)
    long = await operator_texts.preview(contact, "م" * 300)
    assert (long.units, long.parts, long.cost) == (300, 5, 5 * 1_200)
