"""Webhooks over real HTTP, as the worker sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Library

from api import metrics, webhook_sender
from api.resolver import SystemResolver
from api.worker import Worker
from domain import jobs, notes, service, webhook_address, webhook_delivery, webhook_queue, webhooks
from domain.actors import Actor
from graphql_schema.node import parse_id
from models import Case, Job, Webhook, WebhookDelivery
from models.enums import DeliveryState, WebhookStop
from settings import load
from tests.support.hooks import due, hook, partner, prepared, told
from tests.support.provider import ScriptedGateway
from tests.support.receiver import Received, Receiver, certified, receiving
from tests.support.world import World


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def worker(world: World, db: str) -> AsyncIterator[Worker]:
    made = Worker(load({"FAVAD_DATABASE_URL": db}), ScriptedGateway())
    yield made
    await made.close()


@asynccontextmanager
async def running(*workers: Worker) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.create_task(one.run(stop)) for one in workers]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 20)


async def ping(actor: Actor, webhook: Webhook) -> WebhookDelivery:
    return await webhooks.test(actor, webhook.id)


async def state() -> tuple[DeliveryState, int | None, str]:
    row = await WebhookDelivery.get()
    return row.state, row.status_code, row.error


async def test_a_partner_is_told_and_can_verify_it(
    world: World, worker: Worker, receiver: Receiver
) -> None:
    world.clock.at = datetime.now(UTC)
    actor = await partner(world)
    made, secret = await webhooks.create(
        actor, webhook_address.parse(receiver.url), ["case.changed"]
    )
    case = await world.case()
    await worker.run_due()
    assert len(receiver.received) == 2
    for request in receiver.received:
        assert request.target == "/hook?key=1"
        assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert request.headers["content-type"] == "application/json"
        assert Library(secret).verify(request.body.decode(), request.headers) == request.json
        data = request.json["data"]
        assert parse_id(data["caseId"])[1] == case.id  # type: ignore[index]
        assert data["trackingCode"] == case.tracking_code
    rows = await WebhookDelivery.filter(webhook_id=made.id)
    assert {row.state for row in rows} == {DeliveryState.DELIVERED}
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, DeliveryState.DELIVERED),
        (299, DeliveryState.DELIVERED),
        (301, DeliveryState.PENDING),
        (404, DeliveryState.PENDING),
        (500, DeliveryState.PENDING),
        (410, DeliveryState.DEAD),
    ],
)
async def test_statuses(
    world: World, worker: Worker, receiver: Receiver, status: int, expected: DeliveryState
) -> None:
    receiver.answers(status, location=receiver.url)
    await ping(await partner(world), await hook(world, url=receiver.url))
    await worker.run_due()
    assert await state() == (expected, status, "")
    assert len(receiver.received) == 1
    assert ((await Webhook.get()).stopped is WebhookStop.GONE) is (status == 410)


async def test_retry_after_holds_up_the_whole_webhook(
    world: World, worker: Worker, receiver: Receiver
) -> None:
    receiver.answers(503, retry_after="600")
    actor, webhook = await partner(world), await hook(world, url=receiver.url)
    await ping(actor, webhook)
    await worker.run_due()
    await ping(actor, webhook)
    world.clock.forward(minutes=9)
    await worker.run_due()
    assert len(receiver.received) == 1
    receiver.answers(204)
    world.clock.forward(minutes=1)
    await worker.run_due()
    assert len(receiver.received) == 3
    assert not await WebhookDelivery.filter(state=DeliveryState.PENDING).exists()


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000],
    ids=["closed", "no HTTP", "endless headers"],
)
async def test_broken_receivers(
    world: World, worker: Worker, receiver: Receiver, answer: bytes
) -> None:
    receiver.answer = answer
    await ping(await partner(world), await hook(world, url=receiver.url))
    await worker.run_due()
    assert await state() == (DeliveryState.PENDING, None, "unreachable")


async def test_nobody_listens(world: World, worker: Worker) -> None:
    async with receiving() as gone:
        url = gone.url
    await ping(await partner(world), await hook(world, url=url))
    await worker.run_due()
    assert await state() == (DeliveryState.PENDING, None, "unreachable")


async def test_a_long_body_is_not_read(world: World, worker: Worker, receiver: Receiver) -> None:
    receiver.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\nbegin"
    await ping(await partner(world), await hook(world, url=receiver.url))
    await worker.run_due()
    assert await state() == (DeliveryState.DELIVERED, 200, "")


async def test_a_slow_receiver_is_given_up_in_time(
    world: World, worker: Worker, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "TIMEOUT", 0.1)
    hang = asyncio.Event()

    async def slow(_request: Received) -> bytes:
        await hang.wait()
        return b""

    receiver.answer = slow
    await ping(await partner(world), await hook(world, url=receiver.url))
    await worker.run_due()
    hang.set()
    assert await state() == (DeliveryState.PENDING, None, "timeout")


async def test_a_hanging_receiver_holds_up_no_other(
    world: World, worker: Worker, receiver: Receiver
) -> None:
    hang = asyncio.Event()

    async def slow(_request: Received) -> bytes:
        await hang.wait()
        return b"HTTP/1.1 204 No Content\r\n\r\n"

    async with receiving() as stuck:
        stuck.answer = slow
        actor = await partner(world)
        stuck_hook, good = await hook(world, url=stuck.url), await hook(world, url=receiver.url)
        for _ in range(40):
            await ping(actor, stuck_hook)
        async with running(worker):
            await stuck.until(2)
            for _ in range(3):
                await ping(actor, good)
            await receiver.until(3)
            assert len(stuck.received) == webhook_queue.PER_WEBHOOK
            hang.set()
            await stuck.until(40)


async def test_a_name_that_turns_inward_is_not_called(
    world: World, worker: Worker, receiver: Receiver
) -> None:
    """The name was good when the webhook was made; at sending it leads to this machine."""

    webhook = await hook(world, url=f"https://partner.example:{receiver.port}/")
    await ping(await partner(world), webhook)
    service.configure(replace(service.current(), resolver=Here(), local_webhooks=False))
    await worker.run_due()
    assert await state() == (DeliveryState.PENDING, None, "address_refused")
    assert receiver.received == []


async def test_an_address_that_is_refused_by_now_is_tried_again_like_others(
    world: World, worker: Worker, receiver: Receiver
) -> None:
    """Made when the deployment was simulated, sent when it is not any more."""
    await ping(await partner(world), await hook(world, url=receiver.url))
    service.configure(replace(service.current(), local_webhooks=False))
    await worker.run_due()
    assert await state() == (DeliveryState.PENDING, None, "address_refused")
    assert receiver.received == []


class Here:
    """A name service that leads every name to this machine."""

    async def resolve(self, host: str) -> list[str]:
        return ["127.0.0.1"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("partner.example", (DeliveryState.DELIVERED, 204, "")),
        ("other.example", (DeliveryState.PENDING, None, "unreachable")),
    ],
)
async def test_the_certificate_must_be_the_names(
    world: World, tmp_path: Path, shown: str, expected: tuple[DeliveryState, int | None, str]
) -> None:
    server, trust = certified(shown, tmp_path)
    async with receiving(server) as secured:
        actor = await partner(world)
        service.configure(replace(service.current(), resolver=Here()))
        await ping(actor, await hook(world, url=f"https://partner.example:{secured.port}/x"))
        sender = webhook_sender.WebhookSender(trust)
        for job in await due():
            await sender.run(job)
        await sender.close()
        assert await state() == expected
        hosts = [request.headers["host"] for request in secured.received]
        assert hosts == [f"partner.example:{secured.port}"] * (expected[1] == 204)


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    world: World, worker: Worker, tmp_path: Path
) -> None:
    server, _ = certified("partner.example", tmp_path)
    async with receiving(server) as secured:
        actor = await partner(world)
        service.configure(replace(service.current(), resolver=Here()))
        await ping(actor, await hook(world, url=f"https://partner.example:{secured.port}/x"))
        await worker.run_due()
        assert await state() == (DeliveryState.PENDING, None, "unreachable")
        assert secured.received == []


async def test_the_next_number_of_a_name_is_tried(
    world: World, worker: Worker, receiver: Receiver
) -> None:
    class Names:
        async def resolve(self, host: str) -> list[str]:
            return ["127.0.0.2", "127.0.0.1"]

    url = receiver.url.replace("127.0.0.1", "localhost")
    await ping(await partner(world), await hook(world, url=url))
    service.configure(replace(service.current(), resolver=Names()))
    await worker.run_due()
    assert (await state())[0] is DeliveryState.DELIVERED
    assert receiver.received[0].headers["host"] == f"localhost:{receiver.port}"


async def test_killed_after_the_answer_it_is_sent_again_with_the_same_id(
    world: World, worker: Worker, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_args: object) -> None:
        raise asyncio.CancelledError

    await ping(await partner(world), await hook(world, url=receiver.url))
    with monkeypatch.context() as patched:
        patched.setattr(webhook_delivery, "record", killed)
        job, _ = await prepared()
        sender = webhook_sender.WebhookSender()
        with pytest.raises(asyncio.CancelledError):
            await sender.run(job)
        await sender.close()
    assert (await state())[0] is DeliveryState.PENDING
    await worker.run_due()
    assert len(receiver.received) == 1
    world.clock.at += jobs.LEASE + timedelta(seconds=1)
    await worker.run_due()
    assert (await state())[0] is DeliveryState.DELIVERED
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_two_workers_tell_everything_once(
    world: World, db: str, worker: Worker, receiver: Receiver
) -> None:
    webhook = await hook(world, url=receiver.url)
    case = await world.case()
    for number in range(20):
        await notes.add(world["senior"], case.id, f"یادداشت {number}")
    other = Worker(load({"FAVAD_DATABASE_URL": db}))
    async with running(worker, other):
        await receiver.until(22)
    rows = await told(webhook)
    keys = [request.headers["webhook-id"] for request in receiver.received]
    assert sorted(keys) == sorted(row.key for row in rows)
    assert not await Job.filter(kind=webhook_queue.KIND).exists()


async def test_it_is_measured(world: World) -> None:
    actor, webhook = await partner(world), await hook(world)
    for _ in range(3):
        last = await ping(actor, webhook)
    await WebhookDelivery.filter(id=last.id).update(state=DeliveryState.DEAD)
    await metrics.collect()
    assert metrics.WEBHOOKS_WAITING._value.get() == 2
    assert metrics.WEBHOOKS_DEAD._value.get() == 1
    assert metrics.WEBHOOKS_FAILING._value.get() == 0


async def test_the_systems_name_service() -> None:
    resolver = SystemResolver()
    assert "127.0.0.1" in await resolver.resolve("localhost")
    assert await resolver.resolve("nobody.invalid") == []
    assert await resolver.resolve("x" * 300) == []


async def test_no_personal_data_leaves(world: World, worker: Worker, receiver: Receiver) -> None:
    await hook(world, url=receiver.url)
    case = await world.case()
    await worker.run_due()
    stored = await Case.get(id=case.id)
    sent = b"".join(request.body for request in receiver.received).decode()
    assert stored.tracking_code in sent
    for secret in (stored.mobile[3:], "احمدی", stored.subject, stored.text):
        assert secret and secret not in sent
