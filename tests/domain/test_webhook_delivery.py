"""An attempt, and what comes of it: schedule, Retry-After, dead, gone, failing for days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as Library

from domain import jobs, referrals, service, webhook_delivery, webhook_queue, webhooks
from domain.time import now
from domain.webhook_delivery import JITTER, PAUSES, Outcome, pause, rest
from domain.work import LeaseLost
from models import Case, Client, Job, Notification, User, Webhook, WebhookDelivery
from models.enums import DeliveryState, NoticeKind, WebhookStop
from tests.support.hooks import attempted, due, hook, name, partner, prepared, told
from tests.support.life import ordered
from tests.support.unchanged import unchanged
from tests.support.world import START, World

FAILED = Outcome(500, "")
DELIVERED = Outcome(204)


async def pinged(world: World) -> Webhook:
    """A webhook to which one ping is to be sent."""
    webhook = await hook(world)
    await webhooks.test(await partner(world), webhook.id)
    return webhook


async def the_delivery() -> WebhookDelivery:
    return await WebhookDelivery.get()


async def test_the_payload_names_things_and_says_no_more(world: World) -> None:
    webhook = await hook(world, topics=["referral.assigned"])
    case = await world.case()
    [referral] = await ordered(world, case)
    await told(webhook)
    job, attempt = await prepared()
    case = await Case.get()
    found = orjson.loads(attempt.body)
    assert found == {
        "type": "referral.assigned",
        "timestamp": "2026-11-24T06:00:00.000000Z",
        "data": {
            "caseId": f"Case-{case.id}",
            "trackingCode": case.tracking_code,
            "status": "IN_HANDLING",
            "version": case.version,
            "eventId": found["data"]["eventId"],
            "kind": "REFERRED",
            "referralId": f"Referral-{referral.id}",
        },
    }
    assert len(attempt.body) < 1000
    assert attempt.url == webhook.url
    assert job.subject_id == attempt.delivery_id


async def test_a_payload_says_how_the_case_stands_at_sending(world: World) -> None:
    webhook = await hook(world, "EDU-c1", topics=["referral.assigned"])
    [referral] = await ordered(world, await world.case())
    await told(webhook)
    await referrals.report(world["county"], referral.id, "باجه باز شد", "")
    _, attempt = await prepared()
    assert orjson.loads(attempt.body)["data"]["status"] == "UNDER_REVIEW"


async def test_a_ping_tells_of_nothing(world: World) -> None:
    await pinged(world)
    _, attempt = await prepared()
    assert orjson.loads(attempt.body) == {
        "type": "webhook.ping",
        "timestamp": "2026-11-24T06:00:00.000000Z",
        "data": {},
    }


async def test_it_is_signed_for_the_moment_of_the_attempt(world: World) -> None:
    webhook = await pinged(world)
    _, secret = await webhooks.roll_secret(await partner(world), webhook.id)
    old = service.current().vault.open(webhook.secret)
    world.clock.at = datetime.now(UTC)
    job, attempt = await prepared()
    for known in (secret, old):
        Library(known).verify(attempt.body.decode(), attempt.headers)
    assert attempt.headers["webhook-id"] == (await the_delivery()).key
    assert len(attempt.headers["webhook-signature"].split(" ")) == 2
    await webhook_delivery.record(job, attempt, FAILED)
    world.clock.forward(hours=24)
    again = await attempted(DELIVERED)
    assert again.headers["webhook-id"] == attempt.headers["webhook-id"]
    assert int(again.headers["webhook-timestamp"]) == int(now().timestamp())
    assert len(again.headers["webhook-signature"].split(" ")) == 1


async def test_delivered(world: World) -> None:
    webhook = await pinged(world)
    await Webhook.all().update(failing_since=START)
    await attempted(DELIVERED)
    row = await the_delivery()
    assert (row.state, row.attempts, row.status_code) == (DeliveryState.DELIVERED, 1, 204)
    assert row.attempted_at == row.delivered_at == now()
    assert (await Webhook.get(id=webhook.id)).failing_since is None
    assert not await Job.exists(kind=webhook_queue.KIND)


@pytest.mark.parametrize(
    "outcome",
    [Outcome(500), Outcome(302), Outcome(404), Outcome(199), Outcome(None, "timeout")],
)
async def test_everything_else_is_tried_again_by_the_schedule(
    world: World, outcome: Outcome
) -> None:
    await pinged(world)
    started = now()
    for attempts, wait in enumerate(PAUSES, start=1):
        await attempted(outcome)
        row = await the_delivery()
        assert (row.state, row.attempts, row.status_code, row.error) == (
            DeliveryState.PENDING,
            attempts,
            outcome.status,
            outcome.error,
        )
        job = await Job.get(kind=webhook_queue.KIND)
        assert wait <= job.run_at - now() <= wait * (1 + JITTER)
        assert await due() == []
        world.clock.at = job.run_at
    assert now() - started >= timedelta(hours=75, minutes=35, seconds=5)
    await attempted(outcome)
    assert (await the_delivery()).state is DeliveryState.DEAD
    assert (await the_delivery()).attempts == 10
    assert not await Job.exists(kind=webhook_queue.KIND)
    webhook = await Webhook.get()
    assert (webhook.active, webhook.failing_since) == (True, START)


async def test_a_dead_one_that_is_replayed_begins_the_schedule_anew(world: World) -> None:
    webhook = await pinged(world)
    await WebhookDelivery.all().update(state=DeliveryState.DEAD, attempts=10)
    await Job.all().delete()
    await webhooks.replay(await partner(world), webhook.id, since=START)
    await attempted(FAILED)
    job = await Job.get(kind=webhook_queue.KIND)
    assert PAUSES[0] <= job.run_at - now() <= PAUSES[0] * (1 + JITTER)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_receiver_that_asks_for_rest_gets_it(world: World, status: int) -> None:
    webhook = await pinged(world)
    await webhooks.test(await partner(world), webhook.id)
    await attempted(Outcome(status, retry_after="120"))
    assert await due() == []
    world.clock.forward(seconds=119)
    assert await due() == []
    world.clock.forward(seconds=1)
    assert len(await due()) == 2


async def test_a_rest_that_begins_meanwhile_is_kept(world: World) -> None:
    await pinged(world)
    [job] = await due()
    until = now() + timedelta(minutes=1)
    await Webhook.all().update(resting_until=until)
    assert await webhook_delivery.prepare(job, name) is None
    assert (await Job.get(kind=webhook_queue.KIND)).run_at == until
    assert (await the_delivery()).attempts == 0


async def test_other_answers_ask_for_nothing(world: World) -> None:
    await pinged(world)
    await attempted(Outcome(500, retry_after="3600"))
    assert (await Webhook.get()).resting_until is None
    world.clock.forward(seconds=6)
    assert len(await due()) == 1


async def test_gone_switches_it_off_and_tells_people(world: World) -> None:
    webhook = await pinged(world)
    await webhooks.test(await partner(world), webhook.id)
    await attempted(Outcome(410))
    stored = await Webhook.get()
    assert (stored.active, stored.stopped) == (False, WebhookStop.GONE)
    states = [row.state for row in await WebhookDelivery.all().order_by("id")]
    assert states == [DeliveryState.DEAD, DeliveryState.PENDING]
    notices = await Notification.filter(kind=NoticeKind.WEBHOOK_STOPPED)
    people = await User.filter(id__in=[row.user_id for row in notices])
    assert {person.username for person in people} == {"admin", "senior"}
    assert {(row.case_id, row.webhook_id) for row in notices} == {(None, webhook.id)}
    [job] = await due()
    assert await webhook_delivery.prepare(job, name) is None
    assert not await Job.exists(kind=webhook_queue.KIND)


async def test_five_days_of_failures_switch_it_off(world: World) -> None:
    webhook = await hook(world, "EDU-c1")
    actor = await partner(world, "EDU-c1")
    await webhooks.test(actor, webhook.id)
    await attempted(FAILED)
    world.clock.forward(days=5, seconds=-1)
    await attempted(FAILED)
    assert (await Webhook.get()).active
    world.clock.forward(days=1)
    await attempted(FAILED)
    stored = await Webhook.get()
    assert (stored.active, stored.stopped) == (False, WebhookStop.FAILING)
    told_people = await Notification.filter(kind=NoticeKind.WEBHOOK_STOPPED).count()
    assert told_people == 2
    await webhooks.switch_on(actor, webhook.id)
    stored = await Webhook.get()
    assert stored.active
    assert {stored.stopped, stored.failing_since} == {None}
    assert await Job.exists(kind=webhook_queue.KIND)


async def test_one_success_in_five_days_is_enough(world: World) -> None:
    webhook = await pinged(world)
    await attempted(FAILED)
    world.clock.forward(days=4)
    await attempted(DELIVERED)
    world.clock.forward(days=2)
    await webhooks.test(await partner(world), webhook.id)
    await attempted(FAILED)
    assert (await Webhook.get()).active


async def test_what_is_no_longer_seen_is_not_sent(world: World) -> None:
    webhook = await hook(world, "EDU-c1")
    await ordered(world, await world.case(agency="EDU"), "EDU-c1")
    assert len(await told(webhook)) > 0
    await Client.all().update(agency_id=world.units["EDU-p2"].id)
    for job in await due():
        assert await webhook_delivery.prepare(job, name) is None
    dead = await WebhookDelivery.filter(state=DeliveryState.DEAD)
    assert dead and {row.error for row in dead} == {"not_visible"}


@pytest.mark.parametrize("why", ["revoked", "expired", "off", "deleted", "delivered"])
async def test_what_is_not_to_be_sent_any_more_is_not(world: World, why: str) -> None:
    webhook = await pinged(world)
    [job] = await due()
    if why == "revoked":
        await Client.all().update(revoked_at=now())
    elif why == "expired":
        await Client.all().update(expires_at=now() - timedelta(seconds=1))
    elif why == "off":
        await webhooks.switch_off(await partner(world), webhook.id)
    elif why == "deleted":
        await webhooks.delete(await partner(world), webhook.id)
    else:
        await WebhookDelivery.all().update(state=DeliveryState.DELIVERED)
    assert await webhook_delivery.prepare(job, name) is None
    assert not await Job.exists(kind=webhook_queue.KIND)
    if why in ("revoked", "expired", "off"):
        assert (await the_delivery()).state is DeliveryState.PENDING


async def test_a_webhook_deleted_while_it_was_called(world: World) -> None:
    webhook = await pinged(world)
    job, attempt = await prepared()
    await webhooks.delete(await partner(world), webhook.id)
    await webhook_delivery.record(job, attempt, DELIVERED)
    assert not await Job.exists(kind=webhook_queue.KIND)


@pytest.mark.parametrize("outcome", [DELIVERED, FAILED, Outcome(410)])
async def test_who_lost_the_lease_notes_nothing(world: World, outcome: Outcome) -> None:
    """A worker killed after the receiver's answer: another one sends it again, with the same id."""
    await pinged(world)
    job, attempt = await prepared()
    world.clock.at += jobs.LEASE + timedelta(seconds=1)
    _, again = await prepared()
    assert again.headers["webhook-id"] == attempt.headers["webhook-id"]
    async with unchanged():
        with pytest.raises(LeaseLost):
            await webhook_delivery.record(job, attempt, outcome)


@given(st.integers(1, 9), st.integers(0, 200_000), st.floats(0, 1))
def test_pauses_grow_and_respect_what_was_asked(attempts: int, wanted: int, chance: float) -> None:
    found = pause(attempts, timedelta(seconds=wanted), chance)
    assert found >= PAUSES[attempts - 1]
    assert found >= timedelta(seconds=wanted)
    assert found <= max(PAUSES[attempts - 1] * (1 + JITTER), timedelta(seconds=wanted))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", 0),
        ("-5", 0),
        ("", 0),
        ("soon", 0),
        ("1e3", 0),
        ("١٢", 0),
        ("99999999999999999999", 86_400),
        ("Tue, 24 Nov 2026 06:05:00 GMT", 300),
        ("Tue, 24 Nov 2026 05:00:00 GMT", 0),
        ("Tue, 24 Nov 2026 06:05:00 -0000", 300),
        ("Tue, 24 Nov 2099 06:05:00 GMT", 86_400),
        ("Tue, 99 Nov 2026 06:05:00 GMT", 0),
    ],
)
def test_retry_after(header: str, seconds: int) -> None:
    assert rest(header, START) == timedelta(seconds=seconds)


@given(st.text(max_size=40))
def test_any_retry_after_is_borne(header: str) -> None:
    assert timedelta(0) <= rest(header, START) <= timedelta(days=1)
