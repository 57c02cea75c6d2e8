from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from api.verifier import HttpVerifier
from tests.support.simulator import RunningSimulator, running_simulator

NATIONAL_ID = "0012345679"
MOBILE = "+989121234567"


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator() as running:
        yield running


def of(simulator: RunningSimulator, token: str = "verifier-token") -> HttpVerifier:
    return HttpVerifier(f"{simulator.base_url}/verifier/match", token)


async def test_the_registry_says_whose_mobile_it_is(simulator: RunningSimulator) -> None:
    assert await of(simulator).matches(NATIONAL_ID, MOBILE) is True
    assert await of(simulator).matches("1276543212", MOBILE) is False


async def test_a_registry_that_refuses_us_cannot_tell(simulator: RunningSimulator) -> None:
    assert await of(simulator, "wrong-token").matches(NATIONAL_ID, MOBILE) is None


async def test_a_registry_that_is_down_cannot_tell() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert await HttpVerifier(url, "token").matches(NATIONAL_ID, MOBILE) is None


async def test_a_registry_that_does_not_answer_in_time_cannot_tell() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert await HttpVerifier(url, "token", 0.1).matches(NATIONAL_ID, MOBILE) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, b"\xff"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"matched": "yes"}'),
        (200, b'{"matched": null}'),
        (302, b'{"matched": true}'),
        (500, b'{"matched": true}'),
    ],
)
async def test_what_is_no_answer_decides_nothing(status: int, body: bytes) -> None:
    asked: list[tuple[str | None, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            asked.append((self.headers["Authorization"], json.loads(self.rfile.read(length))))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        verifier = HttpVerifier(f"http://127.0.0.1:{server.server_port}", "token")
        assert await verifier.matches(NATIONAL_ID, MOBILE) is None
        thread.join(5)
    assert asked == [("Bearer token", {"national_id": NATIONAL_ID, "mobile": MOBILE})]
