"""What is told to whom, without loss and without repetition, and the hub that wakes subscribers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any
from unittest.mock import patch

import pytest

from domain import feed, ladder, notes
from domain.actors import Actor, of_client
from graphql_schema import live, requests, streams
from graphql_schema.context import Stream
from graphql_schema.live import Hub
from graphql_schema.streams import Answer
from models import Case, Round
from tests.graphql_schema.conftest import Apis
from tests.support.life import ordered
from tests.support.streams import PATIENCE, opened, partner, served, until
from tests.support.world import World, client

CHANGES = """subscription ($after: String, $agency: String, $code: String) {
    caseChanged(after: $after, agency: $agency, trackingCode: $code) {
        cursor at atJalali
        case { trackingCode status agency { code } }
        event { kind text referral { agency { code } } } } }"""
ASSIGNED = """subscription ($after: String, $agency: String) {
    referralAssigned(after: $after, agency: $agency) {
        cursor referral { agency { code } status } case { subject } event { kind } } }"""
WARNINGS = """subscription ($after: String) {
    clockWarning(after: $after) { rung at case { trackingCode } event { kind } } }"""
START = feed.cursor(0)


@pytest.fixture(autouse=True)
async def _often(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(live, "LOOK_EVERY", 0.02)
    yield
    await live.hub.stop()


@asynccontextmanager
async def following(
    actor: Actor, query: str, **variables: Any
) -> AsyncIterator[AsyncGenerator[Answer, None]]:
    async def confirm() -> Actor:
        return actor

    given = requests.parameters({"query": query, "variables": variables})
    operation = await streams.prepare(actor, given, Stream(confirm), "en")
    answers = streams.answers(operation)
    try:
        async with asyncio.timeout(PATIENCE):
            yield answers
    finally:
        await answers.aclose()


async def first(answers: AsyncGenerator[Answer, None]) -> Any:
    """The payload of the next answer."""
    answer = await anext(answers)
    assert answer.executed and answer.data is not None and not answer.errors, answer
    [payload] = answer.data.values()
    return payload


async def refusal(actor: Actor, query: str, **variables: Any) -> str:
    async with following(actor, query, **variables) as answers:
        answer = await anext(answers)
    assert not answer.executed
    return str(answer.errors[0]["extensions"]["code"])


class Watched(Hub):
    """Notices when a subscriber has read everything and waits."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_for = asyncio.Event()

    async def beyond(self, position: int, seconds: float) -> None:
        self.waited_for.set()
        await super().beyond(position, seconds)


async def told(actor: Actor, query: str, **variables: Any) -> list[Any]:
    """Everything that was to be told until now."""
    await feed.number()
    found = []
    with patch.object(live, "hub", Watched()) as hub:
        async with following(actor, query, after=START, **variables) as answers:
            at_end = asyncio.create_task(hub.waited_for.wait())
            while True:
                heard = asyncio.ensure_future(first(answers))
                await asyncio.wait({heard, at_end}, return_when=asyncio.FIRST_COMPLETED)
                if not heard.done():
                    break
                found.append(heard.result())
            heard.cancel()
            with suppress(asyncio.CancelledError):
                await heard
        await hub.stop()
    return found


async def test_everything_about_a_change(world: World) -> None:
    case = await world.case()
    async with following(world["senior"], CHANGES, after=START) as answers:
        payload = await first(answers)
    assert payload == {
        "cursor": feed.cursor(1),
        "at": "2026-11-24T06:00:00.000000Z",
        "atJalali": "۱۴۰۵/۰۹/۰۳ ۰۹:۳۰",
        "case": {
            "trackingCode": case.tracking_code,
            "status": "UNDER_REVIEW",
            "agency": {"code": "EDU-c1"},
        },
        "event": {"kind": payload["event"]["kind"], "text": "", "referral": None},
    }
    assert payload["event"]["kind"].lower() == "registered"


async def test_from_now_on_without_a_cursor(world: World) -> None:
    case = await world.case()
    async with following(world["senior"], CHANGES) as answers:
        waiting = asyncio.ensure_future(first(answers))
        await until(lambda: live.hub._followers == 1)
        await notes.add(world["senior"], case.id, "تازه")
        assert (await waiting)["event"]["text"] == "تازه"


async def test_the_cursor_of_now(world: World, api: Apis) -> None:
    case = await world.case()
    await feed.number()
    cursor = (await (await api("senior")).ask("{ feedCursor }"))["feedCursor"]
    await notes.add(world["senior"], case.id, "پس از خواندن")
    async with following(world["senior"], CHANGES, after=cursor) as answers:
        assert (await first(answers))["event"]["text"] == "پس از خواندن"


async def test_new_work(world: World) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-c1", "EDU-p2")
    [own] = await told(world["county"], ASSIGNED)
    assert own["referral"] == {"agency": {"code": "EDU-c1"}, "status": "PENDING"}
    assert own["case"] == {"subject": case.subject}
    both = await told(world["senior"], ASSIGNED)
    assert [row["referral"]["agency"]["code"] for row in both] == ["EDU-c1", "EDU-p2"]
    [below] = await told(world["senior"], ASSIGNED, agency="EDU-S")
    assert below["referral"]["agency"]["code"] == "EDU-c1"
    assert await told(world["senior_ene"], ASSIGNED) == []


async def test_warnings(world: World) -> None:
    case = await world.case()
    current = await Round.get(case_id=case.id)
    world.clock.forward(hours=6, minutes=1)
    await ladder.climb(current.id)
    found = await told(world["senior"], WARNINGS)
    assert [row["rung"] for row in found] == ["REMINDER", "WARNING", "BREACH", "CENTRE"]
    assert {row["case"]["trackingCode"] for row in found} == {case.tracking_code}
    assert await told(world["fars"], WARNINGS) == []


async def test_only_of_an_agency_or_a_case(world: World) -> None:
    here = await world.case()
    there = await world.case(mobile="+989121230000", agency="EDU-p2", place="p2")
    everything = await told(world["senior"], CHANGES)
    assert {row["case"]["trackingCode"] for row in everything} == {
        here.tracking_code,
        there.tracking_code,
    }
    below = await told(world["senior"], CHANGES, agency="EDU-S")
    assert {row["case"]["trackingCode"] for row in below} == {here.tracking_code}
    one = await told(world["senior"], CHANGES, code=there.tracking_code)
    assert {row["case"]["trackingCode"] for row in one} == {there.tracking_code}
    assert len(below) + len(one) == len(everything)


async def test_nothing_of_others_is_told(world: World) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-c1", "EDU-p2")
    partner_row = await client(world, "EDU-p2", "cases:read")
    found = await told(await of_client(partner_row), CHANGES)
    named = [row["event"]["referral"] for row in found if row["event"]["referral"]]
    assert {row["agency"]["code"] for row in named} == {"EDU-p2"}
    assert await told(world["senior_ene"], CHANGES) == []


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"agency": "NO"}, "unknown"),
        ({"code": "000000000000"}, "not_found"),
        ({"after": "?"}, "invalid"),
    ],
)
async def test_what_cannot_be_followed(world: World, variables: dict[str, str], code: str) -> None:
    assert await refusal(world["senior"], CHANGES, **variables) == code


async def test_a_case_of_others_cannot_be_followed(world: World) -> None:
    case = await world.case()
    assert await refusal(world["fars"], CHANGES, code=case.tracking_code) == "not_found"


async def test_a_key_without_the_scope_follows_nothing(world: World) -> None:
    actor = await of_client(await client(world, "EDU", "figures:read"))
    assert await refusal(actor, CHANGES) == "forbidden"


async def test_a_cursor_that_is_no_longer_kept(world: World) -> None:
    await world.case()
    await feed.number()
    world.clock.forward(days=8)
    await feed.prune()
    assert await refusal(world["senior"], CHANGES, after=START) == "expired"


async def test_a_case_that_is_hidden_meanwhile_is_told_no_more(world: World) -> None:
    case = await world.case()
    async with following(world["senior"], CHANGES) as answers:
        waiting = asyncio.ensure_future(first(answers))
        await until(lambda: live.hub._followers == 1)
        await Case.filter(id=case.id).update(main_agency_id=world.units["ENE"].id)
        await notes.add(world["supervisor"], case.id, "دیگر دیده نمی‌شود")
        other = await world.case(mobile="+989121230000")
        assert (await waiting)["case"]["trackingCode"] == other.tracking_code


async def test_without_loss_or_repetition_over_reconnections(world: World, db: str) -> None:
    case = await world.case()
    edu = await partner("EDU")
    start = await feed.number()
    texts = [f"یادداشت {number}" for number in range(60)]

    async def write() -> None:
        for text in texts:
            await notes.add(world["senior"], case.id, text)
            await asyncio.sleep(0)

    heard: list[str] = []
    cursor = feed.cursor(start)
    async with served(db) as service:
        writing = asyncio.create_task(write())
        while len(heard) < len(texts):
            async with opened(service, edu.bearer, init={}) as socket:
                await socket.subscribe("1", CHANGES, after=cursor)
                for _ in range(min(7, len(texts) - len(heard))):
                    payload = (await socket.next())["caseChanged"]
                    heard.append(payload["event"]["text"])
                    cursor = payload["cursor"]
        await writing
    assert heard == texts


async def test_a_slow_reader_is_looked_at_between_two_entries_of_a_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.case()
    count = await feed.number()
    time, confirmed = 0.0, 0
    monkeypatch.setattr(live, "monotonic", lambda: time)

    async def confirm() -> Actor | None:
        nonlocal confirmed
        confirmed += 1
        return world["senior"] if confirmed < count else None

    given = requests.parameters({"query": CHANGES, "variables": {"after": START}})
    operation = await streams.prepare(world["senior"], given, Stream(confirm), "en")
    async with aclosing(streams.answers(operation)) as answers:
        for position in range(1, count):
            assert (await first(answers))["cursor"] == feed.cursor(position)
            assert confirmed == position
            time += live.CONFIRM_EVERY + 1
        last = await anext(answers)
    assert (last.executed, last.errors[0]["extensions"]["code"]) == (False, "unauthenticated")


async def test_a_hub_that_was_killed_looks_again(world: World) -> None:
    hub = Hub()
    case = await world.case()
    last = await feed.number()
    async with hub.following():
        await hub.beyond(last, 0.05)
        assert hub._task is not None
        hub._task.cancel()
        with suppress(asyncio.CancelledError):
            await hub._task
        await notes.add(world["senior"], case.id, "یادداشت")
        async with asyncio.timeout(PATIENCE):
            await hub.beyond(last, PATIENCE)
    assert await feed.latest() == last + 1
    await hub.stop()


async def test_a_hub_survives_what_it_cannot_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub()
    case = await world.case()
    last = await feed.number()
    failures = 0

    async def broken() -> int:
        nonlocal failures
        failures += 1
        raise OSError

    async with hub.following():
        with monkeypatch.context() as broken_feed:
            broken_feed.setattr(feed, "number", broken)
            waiting = asyncio.create_task(hub.beyond(last, PATIENCE))
            await until(lambda: failures > 1)
        await notes.add(world["senior"], case.id, "یادداشت")
        await waiting
    assert await feed.latest() == last + 1
    await hub.stop()


async def test_a_hub_without_followers_rests(world: World) -> None:
    hub = Hub()
    async with hub.following():
        await hub.beyond(await feed.number() + 1, 0.05)
        task = hub._task
        assert task is not None and not task.done()
    await asyncio.wait_for(task, PATIENCE)
