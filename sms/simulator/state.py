"""What the parts of the simulator share: store, clock, faults, and word of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from sms.simulator.config import SimulatorConfig
from sms.simulator.faults import Faults, defaults
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
        self.wake = asyncio.Event()
        self.version = 0
        self.news = asyncio.Event()
        self.in_flight: set[int] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.pool = ThreadPoolExecutor(WEBHOOK_THREADS, thread_name_prefix="webhook")
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.mount("http://", HTTPAdapter(pool_maxsize=WEBHOOK_THREADS))
        self.seed()

    def seed(self) -> None:
        """The two demo citizens, on a fresh store only."""
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
        self.seed()
        self.changed()

    def now(self) -> float:
        """The simulated time, Unix seconds."""
        return self.config.clock() + float(self.store.setting("clock_offset", 0.0))

    def forward(self, seconds: float) -> None:
        """Let time pass at once. It never goes back."""
        offset = float(self.store.setting("clock_offset", 0.0)) + seconds
        self.store.set_setting("clock_offset", offset)
        self.changed()

    def new_id(self, table: str) -> int:
        """A message id never given before, not even before a reset."""
        last = self.store.value(f"SELECT max(id) FROM {table}") or 0
        return max(int(last) + 1, int(self.config.clock() * 1000))

    @property
    def faults(self) -> Faults:
        calm = defaults(self.config.dedupe_local_ids)
        return calm | self.store.setting("faults", {})

    def set_faults(self, changes: Faults) -> None:
        self.store.set_setting("faults", self.store.setting("faults", {}) | changes)
        self.changed()

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

    def changed(self) -> None:
        """Something happened: wake the network and tell the browsers."""
        self.wake.set()
        self.version += 1
        news, self.news = self.news, asyncio.Event()
        news.set()

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.http.close()
        self.store.close()
