"""GraphiQL: for those who are signed in, from here alone, as the licence table says."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from graphql_schema import graphiql
from tests.support.web import application, browser, signed_in
from tests.support.world import World

ROOT = Path(__file__).parents[2]


async def test_strangers_are_sent_to_sign_in(world: World) -> None:
    async with browser(application(graphiql.routes)) as stranger:
        reply = await stranger.get("/graphiql")
    assert (reply.status_code, reply.headers["location"]) == (303, "/login?next=/graphiql")


async def test_staff_get_the_page_and_its_files(world: World) -> None:
    token = await signed_in(world.users["supervisor"])
    async with browser(application(graphiql.routes), token=token) as staff:
        page = await staff.get("/graphiql")
        addresses = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
        files = [await staff.get(address) for address in addresses]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert [reply.headers["content-type"].split(";")[0] for reply in files] == [
        "text/css",
        "text/javascript",
    ]
    assert all("immutable" in reply.headers["cache-control"] for reply in files)
    assert not re.search(r"<script>|<style|style=| on[a-z]+=", page.text), "refused by the policy"


@pytest.mark.parametrize("name", ["x.js", "..%2fapp.py", "graphiql.js.map"])
async def test_nothing_else_is_served(world: World, name: str) -> None:
    async with browser(application(graphiql.routes)) as stranger:
        assert (await stranger.get(f"/graphiql/{name}")).status_code == 404
        kept = await stranger.get("/graphiql/graphiql.css")
    assert kept.headers["cache-control"] == "public, max-age=300"


def test_the_files_are_those_of_the_licence_table() -> None:
    table = (ROOT / "docs/licences/README.md").read_text(encoding="utf-8")
    for file in (ROOT / "graphql_schema/static").iterdir():
        assert hashlib.sha256(file.read_bytes()).hexdigest() in table, file.name
        assert b"@font-face" not in file.read_bytes()
