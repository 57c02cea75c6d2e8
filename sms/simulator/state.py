"""What the parts of the simulator share: store, clock, faults, and word of changes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3

from sms.simulator.calls import CallLog
from sms.simulator.config import SimulatorConfig
from sms.simulator.faults import Chances, Faults, defaults
from sms.simulator.store import Store

DEMO_PHONES = (
    ("09121234567", "مریم احمدی", "0012345679"),
    ("09351112233", "رضا کریمی", "1276543212"),
)
START_CREDIT = 20_000_000
COST_PER_PART = 1_200
WEBHOOK_THREADS = 16


class State:
    """One simulator. Used from one event loop only."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.store = Store(config.database)
        self.calls = CallLog()
        self.wake = asyncio.Event()
        self.planned = math.inf
        self.version = 0
        self.watchers: set[asyncio.Event] = set()
        self.in_flight: set[int] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.pool = ThreadPoolExecutor(WEBHOOK_THREADS, thread_name_prefix="webhook")
        self.http = urllib3.PoolManager(maxsize=WEBHOOK_THREADS, retries=False)
        self._ids: dict[str, int] = {}
        self.seed()

    def seed(self) -> None:
        """The two demo citizens, on a fresh store only; faults as they were."""
        self._apply(self.store.setting("faults", {}))
        if self.store.setting("seeded", False):
            return
        for number, name, national_id in DEMO_PHONES:
            self.store.run(
                "INSERT OR IGNORE INTO phone (number, name, national_id, active_at) "
                "VALUES (?, ?, ?, 0)",
                number,
                name,
                national_id,
            )
            self.store.run("INSERT OR IGNORE INTO identity VALUES (?, ?)", national_id, number)
        self.store.set_setting("seeded", True)

    def reset(self) -> None:
        """Back to the first start: no messages, no faults, the clock at the real time."""
        self.store.clear()
        self.calls.clear()
        self.seed()
        self.changed()

    def now(self) -> float:
        """The simulated time, Unix seconds."""
        return self.config.clock() + float(self.store.setting("clock_offset", 0.0))

    def forward(self, seconds: float) -> None:
        """Let time pass at once. It never goes back."""
        offset = float(self.store.setting("clock_offset", 0.0)) + seconds
        self.store.set_setting("clock_offset", offset)
        self.wake.set()
        self.changed()

    def new_id(self, table: str) -> int:
        """A message id never given before, not even before a reset."""
        last = self._ids.get(table) or self.store.value(f"SELECT max(id) FROM {table}") or 0
        self._ids[table] = max(int(last) + 1, int(self.config.clock() * 1000))
        return self._ids[table]

    def set_faults(self, changes: Faults) -> None:
        """Change some faults; a seed, also the same one again, starts its choices anew."""
        kept = self.store.setting("faults", {}) | changes
        kept = {name: value for name, value in kept.items() if value is not None}
        self.store.set_setting("faults", kept)
        self._apply(kept, "seed" in changes)
        self.changed()

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.store.set_setting("faults", {})
        self._apply({})
        self.changed()

    def _apply(self, kept: Faults, anew: bool = True) -> None:
        self.faults: Faults = defaults(self.config.dedupe_local_ids) | kept
        if anew:
            self.chances = Chances(self.faults["seed"])

    def happens(self, fault: str, about: str, method: str = "") -> bool:
        """Whether a fault strikes a call of a method that is about something, such as a phone."""
        own = f"{fault}@{method}"
        probability = self.faults[own if own in self.faults else fault]
        return self.chances.happens(probability, f"{fault}/{method}/{about}")

    @property
    def account(self) -> dict[str, str]:
        """The account's settings, as `account/config` shows them."""
        calm = {
            "apilogs": "enabled",
            "dailyreport": "disabled",
            "defaultsender": self.config.line,
            "mincreditalarm": "100000",
            "resendfailed": "disabled",
        }
        debug = "enabled" if self.faults["debug_mode"] else "disabled"
        return calm | self.store.setting("account", {}) | {"debugmode": debug}

    @property
    def templates(self) -> dict[str, str]:
        """Templates of verify/lookup by name."""
        return {**self.config.templates, **self.store.setting("templates", {})}

    def times(self, receptor: str, message: str) -> int:
        """How often a message to a magic number was met before; counts this time too."""
        key = (receptor, message)
        sql = "SELECT times FROM magic WHERE receptor = ? AND message = ?"
        before = int(self.store.value(sql, *key) or 0)
        self.store.run("INSERT OR REPLACE INTO magic VALUES (?, ?, ?)", *key, before + 1)
        return before

    @property
    def credit(self) -> int:
        return int(self.store.setting("credit", START_CREDIT))

    def spend(self, rial: int) -> None:
        self.store.set_setting("credit", self.credit - rial)

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let something go on beside the network; it ends with the simulator."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def plan(self, at: float) -> None:
        """Something falls due at a simulated time: wake the network if that is earlier."""
        if at < self.planned:
            self.planned = at
            self.wake.set()

    def changed(self) -> None:
        """Something happened: tell the browsers that watch."""
        self.version += 1
        for watcher in self.watchers:
            watcher.set()

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.http.clear()
        self.store.close()
