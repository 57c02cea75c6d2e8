from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import outbox
from models import OptOut, OutboxMessage
from models.enums import MessageState, TextKind
from sms import codes, reports
from sms.gateway import NotSent
from tests.support.provider import ScriptedGateway, send_due
from tests.support.world import MOBILE, World

RANK = {row.state: row.rank for row in codes.STATUSES.values()}
_numbers = itertools.count()


async def sent(status: int = 1) -> OutboxMessage:
    """A message that the provider has accepted, with the id 1001."""
    row = await outbox.queue(TextKind.RESULT, MOBILE, f"r:{next(_numbers)}", code="1", result="متن")
    assert row is not None
    await send_due(ScriptedGateway())
    if status != 1:
        await reports.apply(1001, status)
    return await OutboxMessage.get(id=row.id)


@pytest.mark.parametrize(
    ("reported", "state"),
    [
        ([4], MessageState.SENT),
        ([10, 4, 1], MessageState.DELIVERED),
        ([4, 10, 10], MessageState.DELIVERED),
        ([11, 10], MessageState.DELIVERED),
        ([11, 4], MessageState.UNDELIVERED),
        ([6, 5], MessageState.FAILED),
        ([13], MessageState.CANCELLED),
        ([100, 50, 999], MessageState.ACCEPTED),
        ([10, 100], MessageState.DELIVERED),
    ],
)
async def test_reports_move_a_message_forward_only(
    world: World, reported: list[int], state: MessageState
) -> None:
    row = await sent()
    for code in reported:
        await reports.apply(1001, code)
    await row.refresh_from_db()
    assert row.state is state
    assert (row.delivered_at is not None) is (state is MessageState.DELIVERED)


async def test_a_report_of_an_unknown_text_changes_nothing(world: World) -> None:
    row = await sent()
    await reports.apply(5, 10)
    await row.refresh_from_db()
    assert row.state is MessageState.ACCEPTED


async def test_a_recipient_who_blocked_the_line_is_opted_out(world: World) -> None:
    await sent(14)
    await reports.apply(1001, 14)
    assert [row.mobile for row in await OptOut.all()] == [MOBILE]


async def test_polling_is_dense_for_young_texts_and_sparse_for_old_ones(world: World) -> None:
    row = await sent()
    gateway = ScriptedGateway(statuses_known={})
    assert (await reports.poll(gateway) - world.clock()).total_seconds() == 60
    for _ in range(9):
        world.clock.forward(minutes=1)
        await reports.poll(gateway)
    assert len([ids for ids in gateway.asked if ids]) == 10
    gateway.asked.clear()
    for _ in range(60):
        world.clock.forward(minutes=1)
        await reports.poll(gateway)
    assert len([ids for ids in gateway.asked if ids]) == 4
    gateway.statuses_known[1001] = 10
    world.clock.forward(minutes=15)
    await reports.poll(gateway)
    await row.refresh_from_db()
    assert row.state is MessageState.DELIVERED
    gateway.asked.clear()
    world.clock.forward(minutes=15)
    await reports.poll(gateway)
    assert gateway.asked in ([], [[]])


async def test_texts_older_than_the_providers_memory_are_not_asked_about(world: World) -> None:
    await sent()
    world.clock.forward(hours=47)
    gateway = ScriptedGateway()
    await reports.poll(gateway)
    assert not any(gateway.asked)


async def test_a_failed_poll_changes_nothing(world: World) -> None:
    await sent()
    before = await OutboxMessage.all().values()
    with pytest.raises(NotSent):
        await reports.poll(ScriptedGateway(failure=NotSent("x")))
    assert await OutboxMessage.all().values() == before


def test_parse() -> None:
    assert reports.parse([{"messageid": "12", "status": 10, "statustext": "x"}]) == [(12, 10)]


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"messageid": "12"},
        {"messageid": "x", "status": "10"},
        {"messageid": True, "status": 1},
        {"messageid": 1.5, "status": 1},
        {"messageid": str(2**63), "status": 1},
        {"messageid": -1, "status": 1},
        {"messageid": ["1"], "status": 1},
        {"messageid": "1", "status": None},
        "12",
        None,
        [],
    ],
)
def test_parse_refuses(item: object) -> None:
    with pytest.raises(ValueError):
        reports.parse([item])


@given(st.lists(st.sampled_from([*codes.STATUSES, 0, 7, 77]), max_size=12))
def test_no_series_of_reports_moves_a_message_back(reported: list[int]) -> None:
    state = MessageState.ACCEPTED
    for code in reported:
        after = MessageState(codes.advance(state, code))
        assert after is state or RANK[after] > RANK[state]
        state = after
    assert RANK[state] == max([1, *(codes.status(code).rank for code in reported)])
