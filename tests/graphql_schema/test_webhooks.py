"""Webhooks through GraphQL: made, kept, listed, replayed; the secret is shown once."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

import models
from domain import service, webhook_queue
from domain.actors import of_client
from domain.time import now
from graphql_schema import compiler, documents
from graphql_schema.context import Context
from graphql_schema.schema import core, schema
from models.enums import DeliveryState
from tests.graphql_schema.conftest import Api, Apis, gid
from tests.support.hooks import HERE, hook, told
from tests.support.unchanged import contents, unchanged
from tests.support.world import START, World

KINDS = {
    "createWebhook": "CreateWebhookInput",
    "updateWebhook": "UpdateWebhookInput",
    "deleteWebhook": "WebhookInput",
    "rollWebhookSecret": "WebhookInput",
    "testWebhook": "WebhookInput",
    "replayWebhookDeliveries": "ReplayWebhookDeliveriesInput",
}
SELECTIONS = {
    "createWebhook": "webhook { id url topics state } secret",
    "updateWebhook": "webhook { id url topics state }",
    "deleteWebhook": "deletedId",
    "rollWebhookSecret": "webhook { id previousSecretUntil } secret",
    "testWebhook": "deliveries { id type state event { id } }",
    "replayWebhookDeliveries": "deliveries { id state }",
}
NEW: dict[str, Any] = {"url": HERE, "topics": ["CASE_CHANGED"]}
ERRORS = "errors { code field message }"
ON_ONE = [name for name in KINDS if name != "createWebhook"]


async def do(api: Api, mutation: str, **given: Any) -> Any:
    query = f"""mutation ($input: {KINDS[mutation]}!) {{
        {mutation}(input: $input) {{ {SELECTIONS[mutation]} {ERRORS} }} }}"""
    return (await api.ask(query, input=given))[mutation]


async def refusal(api: Api, mutation: str, **given: Any) -> tuple[str, str | None]:
    async with unchanged():
        done = await do(api, mutation, **given)
    [error] = done.pop("errors")
    assert error["message"] and set(done.values()) == {None}
    return error["code"], error["field"]


def given(mutation: str, webhook: models.Webhook) -> dict[str, Any]:
    if mutation == "createWebhook":
        return dict(NEW)
    changes: dict[str, Any] = {
        "updateWebhook": {"topics": ["CLOCK_WARNING"]},
        "replayWebhookDeliveries": {"since": START.isoformat()},
    }
    return {"webhookId": gid(webhook), **changes.get(mutation, {})}


def test_every_mutation_is_tested() -> None:
    assert core.mutation_type is not None
    assert set(KINDS) == {name for name in core.mutation_type.fields if "Webhook" in name}


@pytest.fixture
async def webhook(world: World) -> models.Webhook:
    """EDU's webhook, to which one message was sent in vain."""
    made = await hook(world)
    await world.case()
    await told(made)
    first = await models.WebhookDelivery.all().order_by("id").first()
    assert first is not None
    await models.WebhookDelivery.filter(id=first.id).update(
        state=DeliveryState.DEAD, attempts=10, status_code=500
    )
    await models.Job.filter(kind=webhook_queue.KIND, subject_id=first.id).delete()
    return made


@pytest.mark.parametrize("mutation", KINDS)
async def test_a_partner_and_an_administrator_may(
    world: World, api: Apis, webhook: models.Webhook, mutation: str
) -> None:
    for name in ("EDU", "admin"):
        own = {"clientId": "client-EDU"} if (name, mutation) == ("admin", "createWebhook") else {}
        if not await models.Webhook.exists(id=webhook.id):
            webhook = await hook(world)
        done = await do(await api(name), mutation, **given(mutation, webhook), **own)
        assert done.pop("errors") == []
        assert None not in done.values()


@pytest.mark.parametrize("mutation", KINDS)
async def test_others_may_not(
    world: World, api: Apis, webhook: models.Webhook, mutation: str
) -> None:
    wanted = given(mutation, webhook)
    for name in ("senior", "supervisor", "operator"):
        assert await refusal(await api(name), mutation, **wanted) == ("forbidden", None)
    writer = await api("EDU", "cases:write")
    assert await refusal(writer, mutation, **wanted) == ("forbidden", None)


@pytest.mark.parametrize("mutation", ON_ONE)
async def test_another_partner_learns_nothing(
    world: World, api: Apis, webhook: models.Webhook, mutation: str
) -> None:
    stranger = await api("ENE")
    wanted = given(mutation, webhook)
    assert await refusal(stranger, mutation, **wanted) == ("not_found", "webhookId")
    for bad in ("", "nonsense", gid(await models.Case.get())):
        wanted["webhookId"] = bad
        assert await refusal(stranger, mutation, **wanted) == ("not_found", "webhookId")


@pytest.mark.parametrize("mutation", KINDS)
async def test_a_repeat_does_nothing_and_shows_no_secret(
    world: World, api: Apis, webhook: models.Webhook, mutation: str
) -> None:
    partner = await api("EDU")
    wanted = {**given(mutation, webhook), "idempotencyKey": "k-1"}
    first = await do(partner, mutation, **wanted)
    async with unchanged():
        again = await do(partner, mutation, **wanted)
    if "secret" in first:
        secret = first.pop("secret")
        assert secret.startswith("whsec_")
        assert again.pop("secret") is None
        stored = await models.IdempotentReply.get()
        assert secret not in repr(stored.reply)
    assert again == first
    other = {"topics": ["REFERRAL_ASSIGNED"]} if "topics" in wanted else {"webhookId": "x"}
    found = await refusal(partner, mutation, **{**wanted, **other})
    assert found == ("conflict", "idempotencyKey")


async def test_a_secret_is_in_no_other_answer(
    world: World, api: Apis, webhook: models.Webhook
) -> None:
    answer = await (await api("EDU")).send("{ webhooks { nodes { secret } } }")
    assert answer["errors"][0]["extensions"]["code"] == "invalid_document"
    assert service.current().vault.open(webhook.secret) not in repr(await contents())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"url": "http://partner.example"}, ("address_refused", "url")),
        ({"url": "https://10.0.0.1/"}, ("address_refused", "url")),
        ({"url": "https://nobody.example/"}, ("unresolvable", "url")),
        ({"url": "nonsense"}, ("invalid", "url")),
        ({"url": ""}, ("required", "url")),
        ({"topics": []}, ("required", "topics")),
    ],
)
async def test_bad_input(
    world: World,
    api: Apis,
    webhook: models.Webhook,
    changes: dict[str, Any],
    expected: tuple[str, str],
) -> None:
    partner = await api("EDU")
    assert await refusal(partner, "createWebhook", **{**NEW, **changes}) == expected
    known = {"webhookId": gid(webhook), **changes}
    assert await refusal(partner, "updateWebhook", **known) == expected


async def test_an_administrator_names_the_client(world: World, api: Apis) -> None:
    admin = await api("admin")
    await hook(world)
    assert await refusal(admin, "createWebhook", **NEW) == ("not_found", "clientId")
    for _ in range(4):
        await do(admin, "createWebhook", **NEW, clientId="client-EDU")
    found = await refusal(admin, "createWebhook", **NEW, clientId="client-EDU")
    assert found == ("too_many", "webhooks")


async def test_switching_and_what_needs_it_on(
    world: World, api: Apis, webhook: models.Webhook
) -> None:
    partner, one = await api("EDU"), gid(webhook)
    done = await do(partner, "updateWebhook", webhookId=one, active=False)
    assert done["webhook"]["state"] == "OFF"
    for name in ("testWebhook", "replayWebhookDeliveries"):
        assert (await refusal(partner, name, **given(name, webhook)))[0] == "webhook_off"
    done = await do(partner, "updateWebhook", webhookId=one, active=True, url="https://9.9.9.9/x")
    assert done["webhook"]["state"] == "ACTIVE"
    assert done["webhook"]["url"] == "https://9.9.9.9/x"


async def test_replaying_one(world: World, api: Apis, webhook: models.Webhook) -> None:
    partner, one = await api("EDU"), gid(webhook)
    dead, waiting = await models.WebhookDelivery.all().order_by("id")
    name = "replayWebhookDeliveries"
    found = await refusal(partner, name, webhookId=one, deliveryId=gid(waiting))
    assert found == ("already_waiting", "deliveryId")
    done = await do(partner, name, webhookId=one, deliveryId=gid(dead))
    assert done["deliveries"] == [{"id": gid(dead), "state": "PENDING"}]
    found = await refusal(partner, name, webhookId=one, deliveryId="nonsense")
    assert found == ("not_found", "deliveryId")
    assert await refusal(partner, name, webhookId=one) == ("required", "since")


LIST = """{ webhooks { totalCount nodes {
    id url topics state clientName createdAt failingSince restingUntil previousSecretUntil
    deliveries(first: 1) { nodes { id } pageInfo { hasNextPage } } } }
  webhookDeliveries { nodes { id messageId type state attempts statusCode error createdAt
    attemptedAt deliveredAt webhook { id } event { kind case { trackingCode } } } } }"""


async def test_lists(world: World, api: Apis, webhook: models.Webhook) -> None:
    other = await hook(world, "ENE")
    case = await models.Case.get()
    found = await (await api("EDU")).ask(LIST)
    [shown] = found["webhooks"]["nodes"]
    assert shown["id"] == gid(webhook) and shown["clientName"] == "سامانه EDU"
    assert shown["topics"] == ["CASE_CHANGED", "REFERRAL_ASSIGNED", "CLOCK_WARNING"]
    newest, oldest = found["webhookDeliveries"]["nodes"]
    assert shown["deliveries"] == {
        "nodes": [{"id": newest["id"]}],
        "pageInfo": {"hasNextPage": True},
    }
    assert (oldest["state"], oldest["attempts"], oldest["statusCode"]) == ("DEAD", 10, 500)
    assert oldest["event"]["case"]["trackingCode"] == case.tracking_code
    everything = await (await api("admin")).ask(LIST)
    assert {row["id"] for row in everything["webhooks"]["nodes"]} == {gid(webhook), gid(other)}
    assert [row["event"] for row in everything["webhookDeliveries"]["nodes"]] == [None, None]
    for name in ("ENE", "senior"):
        nothing = await (await api(name)).ask(LIST)
        assert nothing["webhookDeliveries"]["nodes"] == []
    writer = await api("EDU", "cases:write")
    assert await writer.code("{ webhooks { nodes { id } } }") == "forbidden"


async def test_deliveries_of_one_in_one_state(
    world: World, api: Apis, webhook: models.Webhook
) -> None:
    other = await hook(world, url=HERE)
    query = """query ($webhook: ID, $state: WebhookDeliveryState) {
        webhookDeliveries(webhookId: $webhook, state: $state) { nodes { state } } }"""
    partner = await api("EDU")

    async def states(**given: Any) -> list[str]:
        found = await partner.ask(query, **given)
        return [row["state"] for row in found["webhookDeliveries"]["nodes"]]

    assert await states(webhook=gid(webhook)) == ["PENDING", "DEAD"]
    assert await states(state="DEAD") == ["DEAD"]
    assert await states(webhook=gid(other)) == await states(webhook="x") == []


async def test_a_node_is_seen_by_its_own_only(
    world: World, api: Apis, webhook: models.Webhook
) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    delivery = await models.WebhookDelivery.all().order_by("id").first()
    assert delivery is not None
    for row in (webhook, delivery):
        assert (await (await api("EDU")).ask(query, id=gid(row)))["node"] == {"id": gid(row)}
        assert (await (await api("ENE")).ask(query, id=gid(row)))["node"] is None


async def test_a_revoked_key_pauses_its_webhook(
    world: World, api: Apis, webhook: models.Webhook
) -> None:
    await models.Client.filter(id=webhook.client_id).update(revoked_at=now())
    found = await (await api("admin")).ask("{ webhooks { nodes { state } } }")
    assert found["webhooks"]["nodes"] == [{"state": "PAUSED"}]


PLAIN = """{
  webhooks { nodes { id url createdAt deliveries(first: 1) { nodes { id type state } } } }
  webhookDeliveries(first: 2) { edges { cursor node { id messageId type state attempts error
    webhook { id url } event { id kind case { id } } } } pageInfo { hasNextPage } } }"""


async def test_both_ways_of_reading_give_the_same(
    world: World, api: Apis, webhook: models.Webhook
) -> None:
    """Compiled to one statement or resolved field by field (tests/graphql_schema/test_compiler)."""
    await hook(world, "ENE")
    partner = await of_client(await models.Client.get(id="client-EDU"))
    for actor in (partner, world["admin"], world["senior"]):
        document = documents.prepare(PLAIN)
        compiled = await compiler.answer(document, actor, {})
        context = Context(actor, document)
        expected = await schema.execute(PLAIN, context_value=context)
        assert not expected.errors
        assert compiled is None or compiled == orjson.dumps(expected.data)
