"""Keeping webhooks: a partner its own, an administrator all, nobody else any."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain import service, webhook_address, webhooks
from domain.actors import CASES_READ, CASES_WRITE, Actor, of_client
from domain.time import now
from domain.webhooks import State
from models import Client, Job, Webhook, WebhookDelivery
from models.enums import DeliveryState, WebhookStop
from tests.support.hooks import ALL, HERE, hook, partner, told
from tests.support.refusals import BAD_KEYS, refusal, refused, refuses
from tests.support.world import START, World, client

OTHERS = ["operator", "senior", "county", "head", "inspector", "supervisor"]
TO = webhook_address.Address(True, "partner.example", 443, "/")
Act = Callable[[Actor, int], Awaitable[object]]
ACTS: dict[str, Act] = {
    "change": lambda actor, key: webhooks.change(actor, key, TO, ["case.changed"]),
    "off": webhooks.switch_off,
    "on": webhooks.switch_on,
    "delete": webhooks.delete,
    "roll": webhooks.roll_secret,
    "test": webhooks.test,
    "replay": lambda actor, key: webhooks.replay(actor, key, since=START),
}
every = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


async def settle(webhook: Webhook, state: DeliveryState = DeliveryState.DEAD) -> None:
    """Everything told so far has come to its end."""
    await WebhookDelivery.filter(webhook_id=webhook.id).update(
        state=state, attempts=10, error="timeout", status_code=500
    )
    await Job.filter(kind="webhook.deliver").delete()


async def test_a_partner_makes_one_and_sees_the_secret_once(world: World) -> None:
    actor = await partner(world)
    await world.case()
    made, secret = await webhooks.create(actor, TO, ["clock.warning", "case.changed"])
    stored = await Webhook.get()
    assert made.id == stored.id and secret.startswith("whsec_")
    assert service.current().vault.open(stored.secret) == secret
    assert secret not in stored.secret and len(stored.secret) <= 200
    assert (stored.url, stored.topics) == (
        "https://partner.example/",
        ["case.changed", "clock.warning"],
    )
    assert (stored.client_id, stored.active, stored.created_at) == ("client-EDU", True, now())
    _, another = await webhooks.create(actor, TO, ["case.changed"])
    assert another != secret


async def test_an_administrator_makes_one_for_a_client(world: World) -> None:
    await partner(world)
    made, _ = await webhooks.create(world["admin"], TO, ALL, "client-EDU")
    assert made.client_id == "client-EDU"
    for bad in BAD_KEYS:
        await refused(webhooks.create(world["admin"], TO, ALL, bad), "not_found")
    await Client.all().update(revoked_at=now())
    await refused(webhooks.create(world["admin"], TO, ALL, "client-EDU"), "not_found")


async def test_a_partner_makes_none_for_another(world: World) -> None:
    await partner(world, "ENE")
    made, _ = await webhooks.create(await partner(world), TO, ALL, "client-ENE")
    assert made.client_id == "client-EDU"


@pytest.mark.parametrize("name", OTHERS)
async def test_no_other_staff(world: World, name: str) -> None:
    webhook = await hook(world)
    actor = world[name]
    await refused(webhooks.create(actor, TO, ALL, "client-EDU"), "forbidden")
    await refused(webhooks.address(actor, "https://partner.example"), "forbidden")
    for act in ACTS.values():
        await refused(act(actor, webhook.id), "forbidden")
    assert not await webhooks.of(actor).exists()
    assert not await webhooks.deliveries(actor).exists()


@every
async def test_a_key_that_may_not_read_cases_keeps_none(world: World, act: Act) -> None:
    webhook = await hook(world)
    actor = replace(await partner(world), scopes=frozenset({CASES_WRITE}))
    await refused(act(actor, webhook.id), "forbidden")
    assert not await webhooks.of(actor).exists()


@every
async def test_another_partner_does_not_learn_of_it(world: World, act: Act) -> None:
    webhook = await hook(world)
    await refused(act(await partner(world, "ENE"), webhook.id), "not_found")


@every
async def test_what_is_not_there(world: World, act: Act) -> None:
    actor = await partner(world)
    await refuses(lambda key: act(actor, key), BAD_KEYS, ("not_found", "webhook"))  # type: ignore[arg-type]


@every
async def test_an_administrator_may(world: World, act: Act) -> None:
    webhook = await hook(world)
    await act(world["admin"], webhook.id)


async def test_topics_are_known_and_some(world: World) -> None:
    actor = await partner(world)
    webhook = await hook(world)
    wrong: list[tuple[list[object], str]] = [
        ([], "required"),
        (["x"], "unknown"),
        ([None], "unknown"),
        ([[]], "unknown"),
    ]
    for bad, code in wrong:
        assert await refusal(webhooks.create(actor, TO, bad)) == (code, "topics")
        assert await refusal(webhooks.change(actor, webhook.id, topics=bad)) == (code, "topics")
    assert await Webhook.all().count() == 1


async def test_at_most_five_for_each_client(world: World) -> None:
    actor = await partner(world)
    for _ in range(5):
        await webhooks.create(actor, TO, ALL)
    await refused(webhooks.create(actor, TO, ALL), "too_many")
    await webhooks.create(await partner(world, "ENE"), TO, ALL)


async def test_what_is_not_given_stays(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    await webhooks.change(actor, webhook.id, TO)
    assert (await Webhook.get()).topics == ALL
    await webhooks.change(actor, webhook.id, topics=["case.changed", "case.changed"])
    stored = await Webhook.get()
    assert (stored.url, stored.topics, stored.active) == (TO.url, ["case.changed"], True)


async def test_states(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)

    async def state() -> State:
        row = await Webhook.get().select_related("client")
        return webhooks.state(row, row.client)

    assert await state() is State.ACTIVE
    await Webhook.all().update(failing_since=now())
    assert await state() is State.FAILING
    await Client.all().update(expires_at=now() - timedelta(seconds=1))
    assert await state() is State.PAUSED
    await Client.all().update(expires_at=None, scopes=[CASES_WRITE])
    assert await state() is State.PAUSED
    await Client.all().update(scopes=[CASES_READ], revoked_at=now())
    assert await state() is State.PAUSED
    await webhooks.switch_off(actor, webhook.id)
    assert await state() is State.OFF
    for why, expected in [
        (WebhookStop.GONE, State.STOPPED_GONE),
        (WebhookStop.FAILING, State.STOPPED_FAILING),
    ]:
        await Webhook.all().update(stopped=why, active=False)
        assert await state() is expected
    await Client.all().update(revoked_at=None)
    await webhooks.switch_on(actor, webhook.id)
    assert await state() is State.ACTIVE


async def test_off_and_on_loses_nothing(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    await world.case()
    before = len(await told(webhook))
    await webhooks.switch_off(actor, webhook.id)
    await Job.filter(kind="webhook.deliver").delete()
    await world.case("+989121110000")
    assert len(await told(webhook)) == before > 0
    await webhooks.switch_on(actor, webhook.id)
    assert await Job.filter(kind="webhook.deliver").count() == before
    assert len(await told(webhook)) > before


async def test_deleting_takes_what_was_to_be_sent(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    await world.case()
    await told(webhook)
    gone = await webhooks.delete(actor, webhook.id)
    assert gone.id == webhook.id
    assert not await Webhook.exists() and not await WebhookDelivery.exists()


async def test_rolling_keeps_the_old_secret_for_a_day(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    _, secret = await webhooks.roll_secret(actor, webhook.id)
    stored = await Webhook.get()
    assert service.current().vault.open(stored.secret) == secret
    assert stored.previous_secret == webhook.secret
    assert stored.previous_until == now() + timedelta(hours=24)


async def test_a_ping_waits_to_be_sent(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    for _ in range(2):
        ping = await webhooks.test(actor, webhook.id)
    assert (ping.topic, ping.event_id, ping.state) == ("webhook.ping", None, DeliveryState.PENDING)
    assert await Job.filter(kind="webhook.deliver").count() == 2


async def test_nothing_is_sent_by_hand_to_one_that_is_off(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    await webhooks.switch_off(actor, webhook.id)
    await refused(webhooks.test(actor, webhook.id), "webhook_off")
    await refused(webhooks.replay(actor, webhook.id, since=START), "webhook_off")


@pytest.mark.parametrize("end", [DeliveryState.DEAD, DeliveryState.DELIVERED])
async def test_replaying_sends_the_same_again(world: World, end: DeliveryState) -> None:
    actor, webhook = await partner(world), await hook(world)
    await world.case()
    before = await told(webhook)
    await settle(webhook, end)
    [one] = await webhooks.replay(actor, webhook.id, before[0].id)
    assert (one.key, one.state, one.attempts, one.error, one.status_code) == (
        before[0].key,
        DeliveryState.PENDING,
        0,
        "",
        None,
    )
    assert [job.subject_id for job in await Job.filter(kind="webhook.deliver")] == [one.id]
    found = await webhooks.replay(actor, webhook.id, since=START)
    assert [row.id for row in found] == [row.id for row in before[1:]]
    assert await Job.filter(kind="webhook.deliver").count() == len(before)
    assert await webhooks.replay(actor, webhook.id, since=START) == []


async def test_replaying_since_a_moment(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    await world.case()
    early = await told(webhook)
    world.clock.forward(hours=1)
    await world.case("+989121110000")
    late = (await told(webhook))[len(early) :]
    await settle(webhook)
    found = await webhooks.replay(actor, webhook.id, since=now())
    assert [row.id for row in found] == [row.id for row in late] != []


async def test_what_cannot_be_replayed(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    other = await hook(world)
    await world.case()
    [waiting, *_] = await told(webhook)
    key = webhook.id
    await refused(webhooks.replay(actor, key, waiting.id), "already_waiting")
    await refused(webhooks.replay(actor, other.id, waiting.id), "not_found")
    await refused(webhooks.replay(actor, key), "required")
    await refused(webhooks.replay(actor, key, waiting.id, START), "required")
    bad = [value for value in BAD_KEYS if value is not None]
    await refuses(
        lambda value: webhooks.replay(actor, key, value),  # type: ignore[arg-type]
        bad,
        ("not_found", "delivery"),
    )


async def test_each_sees_their_own(world: World) -> None:
    mine, theirs = await hook(world), await hook(world, "ENE", HERE)
    await world.case()
    await told(mine)
    actor = await partner(world)
    assert [row.id for row in await webhooks.of(actor)] == [mine.id]
    assert {row.webhook_id for row in await webhooks.deliveries(actor)} == {mine.id}
    assert await webhooks.deliveries(actor, theirs.id) == []
    assert await webhooks.of(world["admin"]).count() == 2
    stranger = await of_client(await client(world, "CUL"))
    assert await webhooks.of(stranger) == []
