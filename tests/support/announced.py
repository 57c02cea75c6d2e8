"""An application that is told things by webhook, for tests of who tells it."""

from __future__ import annotations

import http.server
import queue
import threading
from typing import Any
from urllib.parse import parse_qsl


class Receiver:
    """An application that keeps what it is told and answers as it is set to."""

    def __init__(self) -> None:
        self.got: queue.Queue[tuple[str, dict[str, str], bytes]] = queue.Queue()
        self.statuses: list[int] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.got.put((self.path, dict(self.headers), body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def take(self) -> tuple[str, dict[str, str], bytes]:
        return self.got.get(timeout=10)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.take()[2].decode()))

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
