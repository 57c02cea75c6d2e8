"""Conversations by SMS: listed by their last text, read under visibility, every look logged."""

from __future__ import annotations

from typing import Any

import pytest

from domain import contacts, conversation_list, conversations, outbox, sending, tracking_code
from domain.conversation_list import Cursor, Listed, Need
from domain.errors import DomainError, NotFound
from domain.time import now
from models import CallBack, Contact, IdentityView, InboxMessage, OutboxMessage
from models.enums import InboxState, Language, MessageState, TextKind
from tests.support.life import text_in
from tests.support.queries import recorded
from tests.support.refusals import BAD_KEYS, refuses, refuses_texts
from tests.support.unchanged import unchanged
from tests.support.world import LINE, MOBILE, World


def number(index: int) -> str:
    return f"+9893500000{index:02}"


async def sent(
    mobile: str, state: MessageState = MessageState.DELIVERED, **changes: object
) -> OutboxMessage:
    count = await OutboxMessage.all().count() + 1
    values: dict[str, Any] = {
        "local_id": count,
        "dedupe_key": f"test:{count}",
        "kind": "result",
        "receptor": mobile,
        "line": LINE,
        "text": f"متن {count}",
        "state": state,
        "created_at": now(),
        "updated_at": now(),
    }
    return await OutboxMessage.create(**{**values, **changes})


async def received(mobile: str, state: InboxState = InboxState.HANDLED) -> InboxMessage:
    return await InboxMessage.create(
        provider="kavenegar",
        message_id=str(await InboxMessage.all().count()),
        sender=mobile,
        line=LINE,
        text="پاسخ",
        received_at=now(),
        state=state,
    )


async def listed(world: World, name: str = "supervisor", **asked: object) -> list[str]:
    found = await conversation_list.newest(world[name], **asked)  # type: ignore[arg-type]
    return [item.contact.mobile for item in found]


async def seven(world: World) -> list[str]:
    """Seven numbers whose conversations rest in this order, latest first."""
    numbers = [number(index) for index in range(7)]
    for mobile in reversed(numbers):
        await contacts.of(mobile)
        await sent(mobile)
    world.clock.forward(minutes=1)
    await received(numbers[2])
    await sent(numbers[1])
    world.clock.forward(minutes=1)
    await sent(numbers[0])
    await received(numbers[0])
    ids = {row.mobile: row.id for row in await Contact.all()}
    same = sorted(numbers[1:3], key=lambda mobile: -ids[mobile])
    return [numbers[0], *same, *sorted(numbers[3:], key=lambda mobile: -ids[mobile])]


# The list


async def test_the_last_text_either_way_decides_the_order(world: World) -> None:
    order = await seven(world)
    assert await listed(world) == order


async def test_a_language_of_many_is_found_by_the_walk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await seven(world)
    for mobile in order[:3]:
        await contacts.prefer(mobile, Language.KURDISH, None)
    found = await listed(world, language=Language.KURDISH)
    monkeypatch.setattr(conversation_list, "RARE", 2)
    assert await listed(world, language=Language.KURDISH) == found == order[:3]


@pytest.mark.parametrize("need", [None, Need.UNRECEIVED])
async def test_pages_go_forth_and_back(world: World, need: Need | None) -> None:
    """Through all conversations by a walk, through few by looking each up: the same pages."""
    order = await seven(world)
    await OutboxMessage.all().update(state=MessageState.FAILED)
    seen: list[Listed] = []
    cursor: Cursor | None = None
    while part := await conversation_list.newest(
        world["supervisor"], need=need, cursor=cursor, limit=2
    ):
        seen += part
        cursor = part[-1].cursor
    assert [item.contact.mobile for item in seen] == order
    back = await conversation_list.newest(
        world["supervisor"], need=need, cursor=seen[-1].cursor, backwards=True, limit=4
    )
    assert [item.contact.mobile for item in back] == list(reversed(order[2:6]))


async def test_filters(world: World) -> None:
    order = await seven(world)
    unclear, lost, owed, english, *_ = order
    await received(unclear, InboxState.UNCLEAR)
    await sent(lost, MessageState.UNDELIVERED, created_at=now())
    contact = await Contact.get(mobile=owed)
    asked_by = world["operator"].user_id
    await CallBack.create(contact=contact, asked_by_id=asked_by, created_at=now())
    await contacts.prefer(english, Language.ENGLISH, None)
    assert set(await listed(world, need=Need.ANY)) == {unclear, lost, owed}
    assert await listed(world, need=Need.UNCLEAR) == [unclear]
    assert await listed(world, need=Need.UNRECEIVED) == [lost]
    assert await listed(world, language=Language.ENGLISH) == [english]
    assert await listed(world, need=Need.ANY, language=Language.ENGLISH) == []
    assert set(await listed(world, "operator2")) == {unclear, lost, owed}
    assert await listed(world, "operator2", need=Need.UNCLEAR) == [unclear]
    for name in ("senior", "admin", "head", "centre_head"):
        assert await listed(world, name) == []


async def test_what_the_list_says_of_each(world: World) -> None:
    await contacts.of(MOBILE)
    await sent(MOBILE, MessageState.FAILED)
    world.clock.forward(minutes=1)
    text = await received(MOBILE, InboxState.UNCLEAR)
    await outbox.opt_out(MOBILE, "reply")
    [item] = await conversation_list.newest(world["supervisor"])
    assert (item.last, item.at, item.opted_out) == (text, now(), True)
    assert (item.unclear, item.unreceived, item.owed_calls) == (1, 1, 0)


async def test_a_number_without_a_text_has_no_conversation(world: World) -> None:
    contact = await contacts.of(MOBILE)
    asked_by = world["operator"].user_id
    await CallBack.create(contact=contact, asked_by_id=asked_by, created_at=now())
    assert await listed(world) == await listed(world, "operator") == []


async def test_the_list_costs_the_same_however_long(world: World) -> None:
    await seven(world)
    for name in ("supervisor", "operator"):
        await OutboxMessage.all().update(state=MessageState.FAILED)
        with recorded() as statements:
            assert len(await listed(world, name)) == 7
        assert len(statements) <= 10, name


# One conversation


async def test_a_conversation_holds_everything_in_order(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=5)
    await text_in("سلام، خبری نشد؟")
    contact = await Contact.get(mobile=MOBILE)
    found = await conversations.read(world["operator"], contact.id)
    kinds = [row.kind if isinstance(row, OutboxMessage) else row.handled_as for row in found.texts]
    assert kinds == [TextKind.IDENTITY_CODE, TextKind.REGISTERED, "operator", TextKind.RECEIVED]
    assert [row.id for row in found.cases] == [case.id]
    assert (found.older, found.opted_out, found.opted_in) == (None, None, None)


async def test_older_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "SHOWN", 4)
    contact = await contacts.of(MOBILE)
    for index in range(9):
        world.clock.forward(minutes=index % 2)
        await (received(MOBILE) if index % 3 == 0 else sent(MOBILE))
    seen: list[object] = []
    before = None
    for _ in range(3):
        part = await conversations.read(world["supervisor"], contact.id, before)
        seen = [*part.texts, *seen]
        before = part.older
    assert before is None and len(seen) == len(set(map(id, seen))) == 9
    moments = [
        row.created_at if isinstance(row, OutboxMessage) else row.received_at  # type: ignore[attr-defined]
        for row in seen
    ]
    assert moments == sorted(moments)


async def test_history_and_authors(world: World) -> None:
    case = await world.case()
    row = await OutboxMessage.get(case_id=case.id)
    await OutboxMessage.filter(id=row.id).update(state=MessageState.FAILED)
    await sending.send_again(world["supervisor"], row.id, "شماره درست است")
    contact = await Contact.get(mobile=MOBILE)
    found = await conversations.read(world["operator"], contact.id)
    [step] = found.steps[row.id]
    assert (step.state, step.note) == (MessageState.PENDING, "شماره درست است")
    assert found.authors[step.author_id or 0] == "نام supervisor"


async def test_a_page_costs_the_same_however_long(world: World) -> None:
    await world.case()
    contact = await Contact.get(mobile=MOBILE)
    for count in (1, 20):
        for _ in range(count):
            await sent(MOBILE)
            await received(MOBILE)
        with recorded() as statements:
            await conversations.read(world["operator"], contact.id)
        assert len(statements) <= 8, "\n".join(statements)


async def test_the_stamp_changes_with_the_conversation(world: World) -> None:
    await world.case()
    stamps = {await conversations.stamp(MOBILE)}
    await sent(MOBILE)
    stamps.add(await conversations.stamp(MOBILE))
    row = await received(MOBILE)
    stamps.add(await conversations.stamp(MOBILE))
    await InboxMessage.filter(id=row.id).update(state=InboxState.UNCLEAR)
    stamps.add(await conversations.stamp(MOBILE))
    await OutboxMessage.all().update(state=MessageState.PENDING)
    message = await OutboxMessage.first()
    assert message is not None
    await outbox.withhold(message, MessageState.FAILED, "چرا")
    stamps.add(await conversations.stamp(MOBILE))
    assert len(stamps) == 5
    assert await conversations.stamp(MOBILE) in stamps


async def test_what_may_not_be_seen_is_not_there(world: World) -> None:
    await world.case()
    contact = await Contact.get(mobile=MOBILE)
    for name in ("operator2", "senior", "county", "head", "inspector", "admin", "centre_head"):
        async with unchanged():
            with pytest.raises(NotFound):
                await conversations.read(world[name], contact.id)
            with pytest.raises(NotFound):
                await conversations.reveal(world[name], contact.id, "تماس")
    await refuses(
        lambda key: conversations.read(world["supervisor"], key),
        BAD_KEYS,
        ("not_found", "contact"),
    )


# Searching


async def test_search_by_code_and_by_number(world: World) -> None:
    case = await world.case()
    contact = await Contact.get(mobile=MOBILE)
    for typed in (case.tracking_code, "۰۹۱۲ ۱۲۳ ۴۵۶۷", MOBILE):
        for name in ("operator", "supervisor"):
            assert await conversations.search(world[name], typed) == contact
        assert await conversations.search(world["operator2"], typed) is None
    assert await conversations.search(world["supervisor"], tracking_code.generate()) is None
    assert await conversations.search(world["supervisor"], "09350000000") is None


@pytest.mark.parametrize(
    ("typed", "code"), [("", "required"), ("سلام", "invalid"), (None, "invalid"), (5, "invalid")]
)
async def test_what_is_no_number_and_no_code(world: World, typed: object, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        await conversations.search(world["supervisor"], typed)
    assert (refusal.value.code, refusal.value.field) == (code, "q")


async def test_only_readers_search(world: World) -> None:
    await world.case()
    for name in ("senior", "admin", "head"):
        with pytest.raises(DomainError) as refusal:
            await conversations.search(world[name], MOBILE)
        assert refusal.value.code == "forbidden"


# The log


async def test_opening_is_logged_under_the_newest_visible_case(world: World) -> None:
    await world.case()
    newest = await world.case(subject="باجه دیگری بسته بود")
    contact = await Contact.get(mobile=MOBILE)
    await conversations.opened(world["operator"], contact)
    view = await IdentityView.get()
    assert (view.case_id, view.contact_id) == (newest.id, contact.id)
    assert (view.user_id, view.reason) == (world["operator"].user_id, conversations.OPENED)
    await received(MOBILE, InboxState.UNCLEAR)
    await conversations.opened(world["operator2"], contact)
    other = await IdentityView.get(user_id=world["operator2"].user_id)
    assert (other.case_id, other.contact_id) == (None, contact.id)


async def test_the_number_is_shown_for_a_reason(world: World) -> None:
    case = await world.case()
    contact = await Contact.get(mobile=MOBILE)
    assert await conversations.reveal(world["operator"], contact.id, " تماس با شهروند ") == MOBILE
    view = await IdentityView.get()
    assert (view.case_id, view.contact_id, view.reason) == (case.id, contact.id, "تماس با شهروند")
    await refuses_texts(
        lambda value: conversations.reveal(world["operator"], contact.id, value), "reason", 3, 200
    )
