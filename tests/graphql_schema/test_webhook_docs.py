"""The examples of docs/api/webhooks.md run as they stand, and its tables are complete."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain import service, webhook_delivery, webhook_queue, webhook_signature, webhooks
from domain.feed import Topic
from graphql_schema.node import global_id, parse_id
from models import Webhook
from tests.graphql_schema.conftest import Apis
from tests.support.hooks import HERE, due, hook, told
from tests.support.life import ordered
from tests.support.world import World

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/api/webhooks.md").read_text(encoding="utf-8")
BODY = b'{"type":"webhook.ping","timestamp":"2026-11-24T06:00:00.000000Z","data":{}}'
SECRET = webhook_signature.new_secret()


def example(kind: str) -> str:
    [found] = re.findall(rf"^```{kind}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return str(found)


def signed(at: float, *secrets: str) -> dict[str, str]:
    moment = datetime.fromtimestamp(at, UTC)
    return webhook_signature.headers(webhook_signature.new_key(), moment, BODY, secrets)


def messages() -> list[tuple[str, dict[str, str], bytes, bool]]:
    """What comes, and whether it is ours."""
    other, fresh = webhook_signature.new_secret(), time.time()
    return [
        ("one secret", signed(fresh, SECRET), BODY, True),
        ("two secrets", signed(fresh, other, SECRET), BODY, True),
        ("another secret", signed(fresh, other), BODY, False),
        ("another body", signed(fresh, SECRET), BODY + b" ", False),
        ("too old", signed(fresh - 600, SECRET), BODY, False),
        ("from the future", signed(fresh + 600, SECRET), BODY, False),
        ("no signature", {**signed(fresh, SECRET), "webhook-signature": ""}, BODY, False),
    ]


def test_python() -> None:
    names: dict[str, Any] = {}
    exec(example("python"), names)
    for name, headers, body, ours in messages():
        try:
            names["verify"](SECRET, headers, body)
        except ValueError:
            assert not ours, name
        else:
            assert ours, name


async def test_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node here")
    cases = [[headers, body.decode()] for _, headers, body, _ in messages()]
    program = f"""{example("js")}
        console.log(JSON.stringify({json.dumps(cases)}.map(([headers, body]) => {{
            try {{ verify({json.dumps(SECRET)}, headers, Buffer.from(body)); return true; }}
            catch (error) {{ return false; }}
        }})));"""
    process = await asyncio.create_subprocess_exec(
        node, "-e", program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert json.loads(output) == [ours for _, _, _, ours in messages()]


async def test_making_one(world: World, api: Apis) -> None:
    await hook(world)
    query = example("graphql").replace("https://cases.example.ir/favad", HERE)
    done = (await (await api("EDU")).ask(query))["createWebhook"]
    assert done["errors"] == [] and done["secret"].startswith("whsec_")


async def test_the_payload_is_the_one_shown_and_its_ids_are_those_of_nodes(
    world: World, api: Apis
) -> None:
    webhook = await hook(world, topics=["referral.assigned"])
    await ordered(world, await world.case())
    await told(webhook)
    [job] = await due()
    attempt = await webhook_delivery.prepare(job, global_id)
    assert attempt is not None
    sent, shown = orjson.loads(attempt.body), json.loads(example("json"))
    assert list(sent) == list(shown) and list(sent["data"]) == list(shown["data"])
    for name in ("type", "timestamp"):
        assert sent[name] == shown[name]
    for name in ("status", "kind", "version"):
        assert type(sent["data"][name]) is type(shown["data"][name])
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    ids = [sent["data"][name] for name in ("caseId", "eventId", "referralId")]
    found = (await (await api("EDU")).ask(query, ids=ids))["nodes"]
    assert [row["__typename"] for row in found] == ["Case", "CaseEvent", "Referral"]
    assert all(parse_id(shown["data"][name]) for name in ("caseId", "eventId", "referralId"))
    assert service.current().vault.open((await Webhook.get()).secret) not in attempt.body.decode()


def test_what_is_promised_is_so() -> None:
    hours = [2, 5, 10, 14, 20, 24]
    assert [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)] == list(
        webhook_delivery.PAUSES[:3]
    )
    assert [timedelta(hours=count) for count in hours] == list(webhook_delivery.PAUSES[3:])
    assert (webhook_delivery.PATIENCE.days, webhook_queue.KEPT.days) == (5, 30)
    assert (webhook_queue.PER_WEBHOOK, webhooks.MAX_PER_CLIENT) == (2, 5)
    assert f"{webhook_queue.MOST_WAITING:,}" in TEXT
    assert timedelta(hours=24) == webhooks.OVERLAP


def test_every_code_and_topic_is_documented() -> None:
    paths = [*(ROOT / "domain").glob("webhook*.py"), ROOT / "domain/text.py"]
    used = "".join(path.read_text(encoding="utf-8") for path in paths)
    codes = set(re.findall(r'DomainError\("([a-z_]+)"', used)) - {"too_short"}
    assert codes | {"not_found", "forbidden"} <= set(re.findall(r"`([a-z_]+)`", TEXT))
    for topic in [*Topic, webhooks.PING]:
        assert f"`{topic}`" in TEXT
