"""The examples of docs/api run as they stand, and its tables are complete."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import socket
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

import models
from graphql_schema import app, limits
from tests.graphql_schema.conftest import Apis, As
from tests.support.world import World, client

ROOT = Path(__file__).parents[2]
README = (ROOT / "docs/api/README.md").read_text(encoding="utf-8")
CODES = {"EDU-p01": "EDU-p1", "c0105": "c1"}
"""Codes of the real lists as the small world has them."""
USED = (
    *("breaches", "cases", "closing", "notes", "places", "questions", "referrals", "results"),
    *("review", "scope", "visibility", "permissions", "workflow", "text", "phone", "national_id"),
    *("feed", "figures", "keys", "webhooks", "webhook_address"),
)
"""Modules of the domain whose refusals reach the API."""


def examples(kind: str) -> list[str]:
    found = re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for real, small in CODES.items():
        found = [text.replace(real, small) for text in found]
    return list(found)


def test_there_are_examples() -> None:
    assert len(examples("sh")) == 4
    assert len(examples("python")) == 1


@pytest.mark.parametrize("command", examples("sh"))
async def test_curl(world: World, api: Apis, command: str) -> None:
    await world.case()
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:3] == ["curl", "-s", "$FAVAD_URL/graphql"]
    given = dict(zip(words[3::2], words[4::2], strict=True))
    assert set(given) == {"-H", "-d"}
    assert "Authorization: Bearer $FAVAD_KEY" in words
    body = json.loads(given["-d"])
    partner = await api("EDU", "cases:read", "cases:write")
    answer = await partner.send(body["query"], **body.get("variables", {}))
    assert "errors" not in answer
    assert all(answer["data"].values())


@pytest.fixture
async def address(world: World, api: Apis) -> AsyncIterator[str]:
    """The API as EDU's partner system sees it, on a real port."""
    await client(world, "EDU", "cases:read", "cases:write")
    partner = await api._actor("EDU", ())
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        As(Starlette(routes=app.routes), partner), log_level="error", ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


async def test_python(world: World, address: str) -> None:
    [program] = examples("python")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        env={
            **os.environ,
            "FAVAD_URL": address,
            "FAVAD_KEY": "id.secret",
            "PYTHONUTF8": "1",
            "NO_PROXY": "127.0.0.1",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    case = await models.Case.get()
    assert case.tracking_code in output.decode()
    assert case.status.value == "answered"


def test_every_code_is_documented() -> None:
    sources = _sources((ROOT / "graphql_schema").rglob("*.py"))
    ours = set(re.findall(r'(?:coded|RequestRefused|DomainError)\(\s*"([a-z_]+)"', sources))
    ours |= {"syntax_error", "internal_error", "invalid_input"}
    used = _sources(ROOT / "domain" / f"{name}.py" for name in USED)
    domain = set(re.findall(r'DomainError\("([a-z_]+)"', used))
    domain |= {"not_found", "forbidden", "identity_withheld"}
    documented = set(re.findall(r"`([a-z_]+)`", README.split("## Errors")[1]))
    assert ours | domain <= documented
    assert documented - ours - domain <= {
        "code",
        "fa",
        "errors",
        "field",
        "message",
        "path",
        "query",
    }


def _sources(paths: Iterable[Path]) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def test_limits_are_documented() -> None:
    for limit in (limits.MAX_TOKENS, limits.MAX_COST):
        assert f"{limit:,}" in README
    for limit in (limits.MAX_DEPTH, limits.MAX_NESTING, limits.MAX_ALIASES, limits.MAX_PAGE):
        assert str(limit) in README
    assert f"{limits.MAX_BODY // 1024} KiB" in README
