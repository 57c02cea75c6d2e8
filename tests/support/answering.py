"""A server that gives one answer, however odd, to everything that it is asked."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.simulator import listening_socket


@dataclass
class Answering:
    """`base` is its address; `heard` are the requests so far, as they came."""

    base: str
    heard: list[bytes] = field(default_factory=list)


def reply(
    status: str, body: bytes | object, kind: str = "application/json", extra: str = ""
) -> bytes:
    """An answer; a body that is not bytes becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{extra}"
    return f"{head}Connection: close\r\n\r\n".encode() + content


@contextlib.contextmanager
def answering(*answers: bytes | None) -> Iterator[Answering]:
    """One answer after the other, the last one for ever; None holds the line in silence."""
    with listening_socket() as listener:
        server = Answering(f"http://127.0.0.1:{listener.getsockname()[1]}")
        held: list[socket.socket] = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    held.append(connection)
                    answer = answers[min(len(server.heard), len(answers) - 1)]
                    server.heard.append(_request(connection))
                    if answer is not None:
                        connection.sendall(answer)
                        connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


def unused_address() -> str:
    """Where nobody listens."""
    with listening_socket() as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _request(connection: socket.socket) -> bytes:
    """A whole request: as much as its Content-Length says."""
    raw = b""
    while True:
        head, found, body = raw.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if found and len(body) >= int(length.group(1) if length else 0):
            return raw
        more = connection.recv(65_536)
        if not more:
            return raw
        raw += more
