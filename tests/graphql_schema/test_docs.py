"""The commands and programs of docs/api run as they stand, and its tables and links hold."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx2
import orjson
import pytest

import models
from domain import tokens
from domain.actors import SCOPES
from domain.errors import MESSAGES
from graphql_schema import documents, limits, streams_ws
from tests.graphql_schema.documentation import DOCS, PAGES, blocks
from tests.support.streams import Served, partner, served
from tests.support.world import World

ROOT = DOCS.parents[1]
COMMANDS = [
    pytest.param(command, id=f"{page}-{number}")
    for page in ("README.md", "http.md", "keys.md")
    for number, command in enumerate(blocks(page, "sh"), 1)
]
OF_PAGES_AND_COMMANDS = {
    *("taken", "too_many_attempts", "identity_required", "already_taken", "wrong_code"),
    *("not_repeated", "identity_mismatch", "wrong_credentials", "locked", "revoked"),
    *("texts_used_up", "texted_enough", "opted_out", "no_survey", "not_a_label"),
    *("braces", "unknown_placeholder", "missing_placeholder", "opt_out_missing"),
    *("too_many_parts", "unchanged"),
}
"""Refusals of the web pages: signing in, calls, accounts, clients. `file_…` are of commands."""


@dataclass(frozen=True)
class Running:
    """The service, and the environment in which its partner's commands run."""

    service: Served
    environment: dict[str, str]

    async def run(self, *words: str) -> str:
        """What a command prints; fails unless it ends well."""
        process = await asyncio.create_subprocess_exec(
            *words,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, complaints = await process.communicate()
        assert process.returncode == 0, complaints.decode()
        return output.decode()


@pytest.fixture
async def running(world: World, db: str) -> AsyncIterator[Running]:
    found = await partner("EDU", *SCOPES)
    await world.case()
    environment = {name: text for name, text in os.environ.items() if "proxy" not in name.lower()}
    async with served(db) as service:
        form = {"grant_type": "client_credentials"}
        name, _, secret = found.key.partition(".")
        async with httpx2.AsyncClient(base_url=service.http, trust_env=False) as http:
            reply = await http.post("/oauth/token", data=form, auth=(name, secret))
        given = {
            "FAVAD_URL": service.http,
            "FAVAD_KEY": found.key,
            "FAVAD_TOKEN": reply.json()["access_token"],
            "PYTHONUTF8": "1",
        }
        assert tokens.looks_like(given["FAVAD_TOKEN"])
        yield Running(service, environment | given)


def test_there_are_commands_and_programs() -> None:
    assert len(COMMANDS) == 8
    assert len(blocks("README.md", "python")) == len(blocks("README.md", "ts")) == 1


@pytest.mark.parametrize("command", COMMANDS)
async def test_curl(running: Running, command: str) -> None:
    answer = orjson.loads(await running.run("bash", "-euc", command))
    if "access_token" in answer:
        return
    assert "errors" not in answer, answer
    known = "140509031234" in command  # a code of nobody's
    assert all(answer["data"].values()) or known


async def test_python(running: Running) -> None:
    [program] = blocks("README.md", "python")
    output = await running.run(sys.executable, "-c", program)
    case = await models.Case.all().order_by("-id").first()
    assert case is not None and case.tracking_code in output
    assert output.split()[-1] == "ANSWERED"


def test_every_code_is_documented() -> None:
    sources = _sources((ROOT / "graphql_schema").rglob("*.py"))
    ours = set(re.findall(r'(?:coded|RequestRefused)\(\s*"([A-Za-z_]+)"', sources))
    ours |= {"syntax_error", "internal_error", "invalid_input"}
    domain = {code for code in MESSAGES if not code.startswith("file_")} - OF_PAGES_AND_COMMANDS
    table = "\n".join(re.findall(r"^\| (`[^|]+) \|", PAGES["errors.md"], re.MULTILINE))
    documented = set(re.findall(r"`([A-Za-z_]+)`", table))
    assert ours | domain == documented


def test_codes_of_pages_and_commands_are_not_raised_by_the_api() -> None:
    sources = _sources((ROOT / "graphql_schema").rglob("*.py"))
    assert not [code for code in OF_PAGES_AND_COMMANDS if f'"{code}"' in sources]


def _sources(paths: Iterable[Path]) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def test_limits_are_documented() -> None:
    rows = dict(re.findall(r"^\| ([^|`(,]+)[^|]* \| ([^|]+) \|", PAGES["limits.md"], re.MULTILINE))
    told = {name.strip(): text for name, text in rows.items()}
    for name, limit in {
        "values in the variables": limits.MAX_VALUES,
        "characters of a document": limits.MAX_DOCUMENT,
        "tokens of a document": limits.MAX_TOKENS,
        "fields inside fields": limits.MAX_DEPTH,
        "brackets inside brackets": limits.MAX_NESTING,
        "aliases": limits.MAX_ALIASES,
        "directives": limits.MAX_DIRECTIVES,
        "fragments": limits.MAX_FRAGMENTS,
        "cost of a document": limits.MAX_COST,
        "operations at once on one WebSocket": streams_ws.MAX_OPERATIONS,
    }.items():
        assert told[name] == f"{limit:,}", name
    assert told["body of a request"] == f"{limits.MAX_BODY // 1024} KiB"
    assert told["rows of a page"] == f"{limits.MAX_PAGE}, {limits.DEFAULT_PAGE} if not said"
    errors = PAGES["errors.md"]
    for limit in (limits.MAX_VALUES, limits.MAX_DOCUMENT, limits.MAX_TOKENS, limits.MAX_COST):
        assert f"over {limit:,}" in errors


def test_the_cost_of_the_example() -> None:
    [document] = blocks("limits.md", "graphql")
    [said] = re.findall(r"= (\d+):", PAGES["limits.md"])
    assert documents.prepare(document).cost == int(said)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (DOCS / (name or page)).resolve()
        assert path.exists(), target
        if anchor:
            assert anchor in _anchors(path.read_text(encoding="utf-8")), target


def _anchors(text: str) -> set[str]:
    """Of the headings, as the usual renderers make them."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_index() -> None:
    assert all(f"({page})" in PAGES["README.md"] for page in PAGES if page != "README.md")
