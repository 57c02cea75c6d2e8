"""Bodies far too large, sent to the real server: refused early, and the server goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from graphql_schema.limits import MAX_BODY
from tests.support.running import RunningService, running_service

pytestmark = pytest.mark.processes

HUGE = 100 * 1024 * 1024
VIEWER = {"query": "{ viewer { kind } }"}


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[RunningService]:
    async with running_service(database_url) as running:
        yield running


@pytest.fixture
async def partner(service: RunningService) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": f"Bearer {service.keys['EDU']}", "content-type": "application/json"}
    async with httpx2.AsyncClient(
        base_url=service.base_url, headers=headers, trust_env=False
    ) as http:
        yield http


async def test_a_huge_body_in_pieces(partner: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(HUGE // MAX_BODY):
            yield b" " * MAX_BODY

    reply = await partner.post("/graphql", content=pieces())
    assert reply.status_code == 413
    assert reply.json()["errors"][0]["extensions"] == {"code": "body_too_large"}
    assert (await partner.post("/graphql", json=VIEWER)).json()["data"]["viewer"]


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_a_huge_body_is_refused_before_it_is_sent(service: RunningService, path: str) -> None:
    host, _, port = service.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {service.keys['EDU']}\r\nContent-Length: {HUGE}\r\n\r\n".encode()
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()
    await writer.wait_closed()
