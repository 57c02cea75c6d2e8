"""A number's language and voice, and who may see its conversation."""

from __future__ import annotations

import asyncio

import pytest

from domain import cases, clients, contacts
from domain.actors import CITIZEN, SYSTEM, of_client
from domain.errors import DomainError, NotFound
from domain.time import now
from models import CallBack, Contact, InboxMessage, OptOut, OutboxMessage
from models.enums import InboxState, Language, MessageState
from tests.support.life import text_in
from tests.support.refusals import BAD_KEYS, refused, refuses
from tests.support.unchanged import unchanged
from tests.support.world import LINE, MOBILE, World

OTHER = "+989350000001"


async def seen(world: World, name: str) -> set[str]:
    return {row.mobile for row in await contacts.visible(world[name])}


async def test_a_number_is_known_once(world: World) -> None:
    first = await contacts.of(MOBILE)
    assert (first.language, first.voice, first.created_at) == (Language.PERSIAN, False, now())
    assert (await contacts.of(MOBILE)).id == first.id
    found = await asyncio.gather(*(contacts.of(OTHER) for _ in range(5)))
    assert len({row.id for row in found}) == 1
    assert await Contact.all().count() == 2


async def test_what_is_preferred_stays_until_it_is_said_otherwise(world: World) -> None:
    async def found() -> tuple[Language, bool]:
        row = await Contact.get(mobile=MOBILE)
        return row.language, row.voice

    await contacts.prefer(MOBILE, None, None)
    assert await found() == (Language.PERSIAN, False)
    await contacts.prefer(MOBILE, Language.KURDISH, None)
    assert await found() == (Language.KURDISH, False)
    await contacts.prefer(MOBILE, None, True)
    assert await found() == (Language.KURDISH, True)
    await contacts.prefer(MOBILE, Language.PERSIAN, False)
    assert await found() == (Language.PERSIAN, False)
    await asyncio.gather(*(contacts.prefer(OTHER, Language.ARABIC, True) for _ in range(5)))
    assert await Contact.filter(mobile=OTHER, language=Language.ARABIC, voice=True).count() == 1


async def test_registration_asks_for_language_and_voice(world: World) -> None:
    check = await world.proved_caller()
    await cases.register(world["operator"], check, world.draft(language="en", voice=True))
    row = await Contact.get()
    assert (row.mobile, row.language, row.voice) == (MOBILE, Language.ENGLISH, True)
    message = await OutboxMessage.get(kind="registered")
    assert (message.language, message.text.isascii()) == (Language.ENGLISH, True)
    await cases.register(world["operator"], check, world.draft(subject="باجه دیگری بسته بود"))
    assert (await Contact.get()).language is Language.ENGLISH


@pytest.mark.parametrize("language", ["", "FA", "fa-IR", "tr", 5, [], "\ud800"])
async def test_a_language_that_is_none_registers_nothing(world: World, language: object) -> None:
    check = await world.proved_caller()
    draft = world.draft(language=language)
    async with unchanged():
        with pytest.raises(DomainError) as refusal:
            await cases.register(world["operator"], check, draft)
    assert (refusal.value.code, refusal.value.field) == ("unknown", "language")


async def test_a_forwarded_case_has_a_contact_too(world: World) -> None:
    client, _ = await clients.create(SYSTEM, "EDU", "سامانه", ["cases:read", "cases:write"])
    actor = await of_client(client)
    await cases.forward(actor, "مریم احمدی", "0012345679", OTHER, world.draft(language="ar"))
    assert (await Contact.get()).language is Language.ARABIC


async def test_who_texts_has_a_contact(world: World) -> None:
    await text_in("سلام", OTHER)
    assert (await Contact.get()).mobile == OTHER


@pytest.mark.parametrize("name", ["senior", "county", "head", "centre_head", "inspector", "admin"])
async def test_nobody_but_operators_and_the_centre_sees_numbers(world: World, name: str) -> None:
    await world.case()
    assert await seen(world, name) == set()


async def test_neither_a_partner_nor_the_service_itself_reads_conversations(world: World) -> None:
    await world.case()
    client, _ = await clients.create(SYSTEM, "EDU", "سامانه", ["cases:read", "identity:read"])
    for actor in (await of_client(client), SYSTEM, CITIZEN):
        assert not await contacts.visible(actor).exists()


async def test_an_operator_sees_the_numbers_of_their_cases(world: World) -> None:
    await world.case()
    await contacts.of(OTHER)
    assert await seen(world, "operator") == {MOBILE}
    assert await seen(world, "operator2") == set()
    assert await seen(world, "supervisor") == {MOBILE, OTHER}


async def test_every_operator_sees_what_needs_a_person(world: World) -> None:
    unclear, owed, lost, quiet = [await contacts.of(f"+98935000000{number}") for number in range(4)]
    await InboxMessage.create(
        provider="kavenegar",
        message_id="1",
        sender=unclear.mobile,
        line=LINE,
        text="سلام",
        received_at=now(),
        state=InboxState.UNCLEAR,
    )
    call = await CallBack.create(
        contact=owed, asked_by_id=world["operator"].user_id, created_at=now()
    )
    await message(lost.mobile, MessageState.FAILED)
    await message(quiet.mobile, MessageState.DELIVERED)
    assert await seen(world, "operator2") == {unclear.mobile, owed.mobile, lost.mobile}
    await InboxMessage.all().update(state=InboxState.HANDLED)
    await CallBack.filter(id=call.id).update(done_at=now())
    world.clock.forward(days=31)
    assert await seen(world, "operator2") == set()


@pytest.mark.parametrize("state", list(MessageState))
async def test_which_messages_need_a_person(world: World, state: MessageState) -> None:
    await contacts.of(OTHER)
    await message(OTHER, state)
    needs = {
        MessageState.NEEDS_REVIEW,
        MessageState.FAILED,
        MessageState.UNDELIVERED,
        MessageState.BLOCKED,
    }
    assert (await seen(world, "operator2") == {OTHER}) is (state in needs)


async def test_a_contact_that_may_not_be_seen_does_not_exist(world: World) -> None:
    row = await contacts.of(MOBILE)
    assert (await contacts.get(world["supervisor"], row.id)).mobile == MOBILE
    with pytest.raises(NotFound):
        await contacts.get(world["operator"], row.id)
    await refuses(
        lambda key: contacts.get(world["supervisor"], key), BAD_KEYS, ("not_found", "contact")
    )


async def test_staff_change_language_and_voice(world: World) -> None:
    await world.case()
    row = await Contact.get()
    changed = await contacts.choose(world["operator"], row.id, "azb", True)
    assert (changed.language, changed.voice) == (Language.AZERI, True)
    for name in ("operator2", "senior", "admin"):
        await refused(contacts.choose(world[name], row.id, "fa", False), "not_found")
    for language in (None, "", "xx", 5):
        await refused(contacts.choose(world["operator"], row.id, language, False), "unknown")


async def test_an_opt_out_is_not_touched(world: World) -> None:
    await OptOut.create(mobile=MOBILE, reason="reply", created_at=now())
    await contacts.prefer(MOBILE, Language.ENGLISH, True)
    assert await OptOut.exists(mobile=MOBILE)


async def message(mobile: str, state: MessageState) -> OutboxMessage:
    number = await OutboxMessage.all().count() + 1
    return await OutboxMessage.create(
        local_id=number,
        dedupe_key=f"test:{number}",
        kind="result",
        receptor=mobile,
        line=LINE,
        text="متن",
        state=state,
        created_at=now(),
        updated_at=now(),
    )
