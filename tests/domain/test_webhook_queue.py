"""From the feed to deliveries: everything once, whoever dies; nobody takes another's turn."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain import feed, jobs, notes, webhook_queue, webhooks
from domain.actors import CASES_WRITE
from domain.time import now
from models import CaseEvent, Change, Client, Job, Webhook, WebhookDelivery
from models.enums import DeliveryState
from tests.support.hooks import due, hook, partner, told
from tests.support.life import ordered
from tests.support.world import World, client


async def test_what_happens_is_told_once_in_its_order(world: World) -> None:
    webhook = await hook(world)
    await ordered(world, await world.case())
    found = await told(webhook)
    changed = [row.event_id for row in found if row.topic == "case.changed"]
    assert changed == [event.id for event in await CaseEvent.all().order_by("id")]
    assert [row.topic for row in found if row.topic != "case.changed"] == ["referral.assigned"]
    assert await told(webhook) == found
    assert {job.subject_id for job in await due()} == {found[0].id, found[1].id}
    planned = await Job.filter(kind=webhook_queue.KIND).order_by("id")
    assert [job.key for job in planned] == [f"webhook:{row.id}" for row in found]


async def test_only_the_topics_asked_for_and_only_what_is_seen(world: World) -> None:
    few = await hook(world, topics=["referral.assigned"])
    county = await hook(world, "EDU-c1")
    stranger = await hook(world, "ENE")
    await ordered(world, await world.case(agency="EDU"), "EDU-p2")
    assert {row.topic for row in await told(few)} == {"referral.assigned"}
    assert await told(county) == await told(stranger) == []
    assert (await Webhook.get(id=stranger.id)).position == await feed.latest()


async def test_from_its_making_on(world: World) -> None:
    await world.case()
    webhook = await hook(world)
    assert await told(webhook) == []


async def test_a_long_feed_is_told_in_parts(world: World) -> None:
    webhook = await hook(world)
    case = await world.case()
    for number in range(feed.PAGE + 20):
        await notes.add(world["senior"], case.id, f"یادداشت {number}")
    assert await webhook_queue.fan_out() == now()
    found = await told(webhook)
    assert len(found) == await CaseEvent.all().count() > feed.PAGE
    assert len({row.event_id for row in found}) == len(found)


async def test_one_that_waits_for_too_much_is_told_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = await hook(world)
    monkeypatch.setattr(webhook_queue, "MOST_WAITING", 2)
    await world.case()
    first = len(await told(webhook))
    await world.case("+989121110000")
    assert len(await told(webhook)) == first
    await WebhookDelivery.all().update(state=DeliveryState.DELIVERED)
    assert len(await told(webhook)) > first


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timedelta(0)},
        {"expires_at": timedelta(seconds=-1)},
        {"scopes": [CASES_WRITE]},
    ],
)
async def test_a_client_that_may_not_read_pauses_its_webhook(
    world: World, change: dict[str, object]
) -> None:
    webhook = await hook(world)
    before = (await Webhook.get()).position
    await Client.all().update(
        **{k: now() + v if isinstance(v, timedelta) else v for k, v in change.items()}
    )
    await world.case()
    assert await told(webhook) == []
    assert (await Webhook.get()).position == before
    await Client.all().update(revoked_at=None, expires_at=None, scopes=["cases:read"])
    assert await told(webhook) != []


async def test_a_feed_that_has_gone_on_is_taken_up_where_it_begins(world: World) -> None:
    webhook = await hook(world)
    await world.case()
    await feed.number()
    world.clock.forward(days=8)
    await world.case("+989121110000")
    await feed.prune()
    kept = await Change.filter(position__isnull=False).count()
    assert 0 < kept < await CaseEvent.all().count()
    found = [row for row in await told(webhook) if row.topic == "case.changed"]
    assert len(found) == kept


async def test_a_position_from_another_database_is_put_right(world: World) -> None:
    webhook = await hook(world)
    await world.case()
    found = await told(webhook)
    await Webhook.all().update(position=10**9)
    assert await told(webhook) == found
    assert (await Webhook.get()).position == await feed.latest()


async def test_killed_before_the_commit_it_is_all_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = await hook(world)
    await world.case()

    async def killed(_ids: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(webhook_queue, "plan", killed)
        with pytest.raises(asyncio.CancelledError):
            await webhook_queue.fan_out()
    assert not await WebhookDelivery.exists()
    found = await told(webhook)
    assert len(found) == await CaseEvent.all().count()
    assert await Job.filter(kind=webhook_queue.KIND).count() == len(found)


async def test_two_workers_write_it_once(world: World) -> None:
    webhook = await hook(world)
    for number in range(5):
        await world.case(f"+98912111000{number}")
    await asyncio.gather(*(webhook_queue.fan_out() for _ in range(4)))
    found = await told(webhook)
    assert len(found) == await CaseEvent.all().count()
    assert await Job.filter(kind=webhook_queue.KIND).count() == len(found)


async def test_no_webhook_takes_more_than_its_share(world: World) -> None:
    greedy, modest = await hook(world), await hook(world, "EDU-c1")
    await world.case()
    await world.case("+989121110000")
    assert len(await told(greedy)) > 2
    await WebhookDelivery.filter(webhook_id=modest.id).delete()
    mine = await webhooks.test(await partner(world, "EDU-c1"), modest.id)
    claimed = await webhook_queue.claim(50, {}, jobs.LEASE)
    assert [webhook for _, webhook in claimed].count(greedy.id) == webhook_queue.PER_WEBHOOK
    assert mine.id in {job.subject_id for job, _ in claimed}
    assert None in {webhook for _, webhook in claimed}
    held = {greedy.id: 2}
    assert greedy.id not in {hook for _, hook in await webhook_queue.claim(50, held, jobs.LEASE)}
    assert len(await webhook_queue.claim(50, {greedy.id: 1}, jobs.LEASE)) == 1


async def test_one_that_rests_is_left_alone(world: World) -> None:
    webhook = await hook(world)
    await world.case()
    await told(webhook)
    await Webhook.all().update(resting_until=now() + timedelta(minutes=5))
    assert await due() == []
    world.clock.forward(minutes=5)
    assert len(await due()) == 2


async def test_tidying_forgets_after_thirty_days_and_ends_pauses(world: World) -> None:
    webhook = await hook(world)
    await world.case()
    first = await told(webhook)
    await Job.filter(kind=webhook_queue.KIND).delete()
    assert await webhook_queue.tidy() == now() + webhook_queue.TIDY_EVERY
    assert await Job.filter(kind=webhook_queue.KIND).count() == len(first)
    await webhook_queue.tidy()
    assert await Job.filter(kind=webhook_queue.KIND).count() == len(first)
    world.clock.forward(days=30, seconds=1)
    await webhook_queue.tidy()
    assert not await WebhookDelivery.exists()


async def test_tidying_leaves_what_is_paused(world: World) -> None:
    webhook = await hook(world)
    await world.case()
    await told(webhook)
    await Job.filter(kind=webhook_queue.KIND).delete()
    await Client.all().update(revoked_at=now())
    await webhook_queue.tidy()
    assert not await Job.filter(kind=webhook_queue.KIND).exists()


async def test_clients_that_read_nothing_are_not_told(world: World) -> None:
    webhook = await hook(world)
    assert webhook_queue.hears(await Client.get(id=webhook.client_id))
    assert not webhook_queue.hears(await client(world, "CUL", CASES_WRITE))
