"""Start the simulator inside a test and speak to it over HTTP."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

from sms.simulator import SimulatorConfig
from sms.simulator.app import server

API_KEY = "simulatorkey0123456789"
LINE = "3000128"
SECOND_LINE = "10009128"
SECOND_TOKEN = "second-token-0123456789"


class RunningSimulator:
    """A simulator that listens on `base_url` with the key `api_key` and the line `line`.

    Its second provider is at `second_url`, with the token `second_token` and `second_line`.
    """

    def __init__(self, base_url: str, config: SimulatorConfig) -> None:
        self.base_url = base_url
        self.config = config
        self.api_key = config.api_key
        self.line = config.line
        self.second_url = f"{base_url}/second/messages"
        self.second_token = config.second_token
        self.second_line = config.second_line
        self._http = requests.Session()
        self._http.trust_env = False

    def get(self, path: str) -> Any:
        return self._json(self._http.get(self.base_url + path, timeout=10))

    def post(self, path: str, **body: Any) -> Any:
        return self._json(self._http.post(self.base_url + path, json=body, timeout=10))

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """What a phone was sent (`direction` `to_phone`) and has sent, oldest first."""
        return list(self.get(f"/_sim/phones/{phone}/messages"))

    def texts(self, phone: str) -> list[str]:
        """The texts sent to a phone, oldest first."""
        return [row["text"] for row in self.messages(phone) if row["direction"] == "to_phone"]

    def reply(self, phone: str, text: str, line: str | None = None) -> int:
        """Send a text from a phone; the message id."""
        body = {"text": text} if line is None else {"text": text, "line": line}
        return int(self.post(f"/_sim/phones/{phone}/reply", **body)["message_id"])

    def reply_twice(self, phone: str, text: str) -> list[int]:
        """Send the same text twice, as a citizen who presses again; the message ids."""
        return list(self.post(f"/_sim/phones/{phone}/reply", text=text, twice=True)["message_ids"])

    def hear(self, phone: str, heard: bool = True) -> None:
        """Answer the call that reads a text out, or turn it away."""
        self.post(f"/_sim/phones/{phone}/incoming", heard=heard)

    def handsets(self) -> dict[str, Any]:
        """What all phones hold together: counts, repeated texts, texts after an opt-out."""
        return dict(self.get("/_sim/handsets"))

    def account(self, **changes: int | str) -> dict[str, Any]:
        """Change credit (Rial) and settings of the account; all of them."""
        return dict(self.post("/_sim/account", **changes))

    def phone(self, phone: str, state: str) -> None:
        """Turn a switch: on, off, ad_block, never, slow."""
        self.post(f"/_sim/phones/{phone}", state=state)

    def call(self, phone: str, event: str = "ringing") -> dict[str, Any]:
        """Place a call or carry it on: ringing, answered, ended."""
        return dict(self.post(f"/_sim/phones/{phone}/call", event=event))

    def faults(self, **changes: float | bool | str | None) -> dict[str, Any]:
        """Change faults (docs/simulator.md); all of them."""
        return dict(self.post("/_sim/faults", **changes))

    def forward(self, seconds: float) -> float:
        """Let simulated time pass; the simulated time."""
        return float(self.post("/_sim/clock", forward=seconds)["now"])

    def calls(self) -> list[dict[str, Any]]:
        """The last API calls, newest first."""
        return list(self.get("/_sim/calls"))

    def webhooks(self) -> list[dict[str, Any]]:
        """The last calls to the application, newest first."""
        return list(self.get("/_sim/webhooks"))

    def wait_for_hook(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The newest call to the application that is as wanted, within ten seconds."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = [hook for hook in self.webhooks() if wanted(hook)]
            if found:
                return found[0]
        raise AssertionError(self.webhooks())

    def retry(self, hook_id: int) -> None:
        """Make a call to the application once more, now."""
        self.post(f"/_sim/webhooks/{hook_id}/retry")

    def reset(self) -> None:
        self.post("/_sim/reset")

    def close(self) -> None:
        self._http.close()

    @staticmethod
    def _json(reply: requests.Response) -> Any:
        body = reply.json()
        if reply.status_code >= 400:
            raise AssertionError(f"{reply.status_code} {body}")
        return body


@contextlib.contextmanager
def running_simulator(**changes: Any) -> Iterator[RunningSimulator]:
    """Run a simulator in a thread on a free port; `changes` are fields of its configuration.

    By default texts move on at once (no delays) and webhooks are repeated every 50 ms.
    """
    values: dict[str, Any] = {
        "api_key": API_KEY,
        "line": LINE,
        "delay_accept": 0.0,
        "delay_deliver": 0.0,
        "webhook_retry": 0.05,
        "call_secret": "call-secret",
        "verifier_token": "verifier-token",
        "second_token": SECOND_TOKEN,
        "second_line": SECOND_LINE,
    }
    config = SimulatorConfig(**(values | changes))
    with listening_socket() as listener:
        running = server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        simulator = RunningSimulator(f"http://127.0.0.1:{listener.getsockname()[1]}", config)
        try:
            simulator.get("/_sim/clock")
            yield simulator
        finally:
            simulator.close()
            running.should_exit = True
            thread.join(10)


@contextlib.contextmanager
def listening_socket() -> Iterator[socket.socket]:
    """A socket that already queues connections, so that no test waits for a server to start."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        yield listener
