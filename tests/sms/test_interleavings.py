"""Workers die, replies get lost, webhooks come twice and in any order, the clock jumps: in whatever
order it happens, the invariants hold after every step, and then everything settles."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from models.enums import MessageState
from tests.support import interleaving, unreliable
from tests.support.interleaving import Interleaving
from tests.support.world import World

pytestmark = [
    pytest.mark.skipif(
        os.environ.get("FAVAD_TEST_DB") == "postgres", reason="its database is an SQLite file"
    ),
    pytest.mark.timeout(900),  # a failure is told in its shortest form, which takes a while
]

WORKER, PAUSE = st.integers(0, 1), st.sampled_from([0, 1, 6, 20, 61, 121])
JUMPS = [1, 61, 121, 600, 3_600, 6 * 3_600, 86_400]
"""Seconds: pauses between attempts, leases, lookups, and what providers remember."""
TEXTS = ["5", "۱", "عالی", "خوب نبود", "۲ هنوز حل نشده", "ممنون", "۳", "5", "۱", "لغو۱۱"]
TOLD = [MessageState.SENT, MessageState.DELIVERED] * 3 + [
    MessageState.ACCEPTED,
    MessageState.FAILED,
    MessageState.UNDELIVERED,
    MessageState.CANCELLED,
    MessageState.BLOCKED,
]
NUMBER, GATEWAY, PHONE = st.integers(0, 99), st.integers(0, 1), st.integers(0, 7)
_FATE = st.sampled_from(unreliable.FATES * 8 + unreliable.HALTING)
ASKED = st.integers(0, interleaving.ASKED - 1)
FATES = st.lists(_FATE, min_size=2, max_size=8)
BACKGROUND = ["domain", "domain", "poll", "reconcile", "probe", "down", "forgetful"] + 3 * [
    "up",
    "resume",
]
RACE = st.sampled_from(["none"] * 16 + ["opt-out", "halt", "dies", "stalls", "overtaken"])

_made: list[tuple[Path, World]] = []


@pytest.fixture(scope="module", autouse=True)
def _template() -> Iterator[None]:
    """The database that every run begins with, and its world."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.sqlite3"
        _made.append((path, asyncio.run(interleaving.make(path))))
        yield
        _made.clear()


class Interleavings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.broken = False
        self.left = ExitStack()
        self.runner = self.left.enter_context(asyncio.Runner())

    @initialize(remembers=st.booleans())
    def begin(self, remembers: bool) -> None:
        template, world = _made[0]
        folder = self.left.enter_context(tempfile.TemporaryDirectory())
        path = shutil.copyfile(template, Path(folder) / "run.sqlite3")
        self.left.enter_context(interleaving.steady(world.clock))
        self.on = Interleaving(world, remembers)
        self.left.callback(lambda: self.runner.run(self.on.close()))
        self.run(self.on.open(path))
        for event in range(8):
            self.run(self.on.queue(event, event))
        self.run(self.on.answer_case())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            self.runner.run(work)
        except BaseException:
            self.broken = True
            raise

    @rule(texts=st.lists(st.tuples(PHONE, st.integers(0, 199)), min_size=1, max_size=5))
    def queue_texts(self, texts: list[tuple[int, int]]) -> None:
        for phone, event in texts:
            self.run(self.on.queue(phone, event))

    @precondition(lambda self: self.on.cases)
    @rule()
    def answer_case(self) -> None:
        self.run(self.on.answer_case())

    @rule(worker=WORKER, after=PAUSE, fates=FATES, race=RACE)
    def one_sends(self, worker: int, after: int, fates: list[str], race: str) -> None:
        self.on.jump(after)
        self.run(self.on.send(worker, fates, race))

    @rule(after=PAUSE, first=FATES, second=FATES)
    def both_send(self, after: int, first: list[str], second: list[str]) -> None:
        self.on.jump(after)
        self.run(self.on.send(0, first))
        self.run(self.on.send(1, second))

    @rule(first=FATES, second=FATES)
    def doubts_are_settled_and_sent(self, first: list[str], second: list[str]) -> None:
        self.run(self.on.settle_doubts())
        self.run(self.on.send(0, first))
        self.run(self.on.learn())
        self.run(self.on.send(1, second))

    @precondition(lambda self: any(flight.waits for flight in self.on.flights))
    @rule(which=NUMBER, end=st.sampled_from(["answered", "given up", "dies"]))
    def end_flight(self, which: int, end: str) -> None:
        self.run(self.on.end_flight(which, end))

    @precondition(lambda self: any(flight.unheard for flight in self.on.flights))
    @rule(which=NUMBER)
    def arrive(self, which: int) -> None:
        self.on.arrive(which)

    @rule(
        told=st.lists(st.tuples(st.integers(0, 12), st.sampled_from(TOLD)), min_size=1, max_size=4),
        times=st.integers(1, 2),
    )
    def providers_tell(self, told: list[tuple[int, MessageState]], times: int) -> None:
        for which, state in told:
            self.run(self.on.tell(which, state, times))

    @rule(what=st.sampled_from(BACKGROUND), which=GATEWAY)
    def in_the_background(self, what: str, which: int) -> None:
        self.run(self.on.background(what, self.on.gateways[which]))

    @rule(phone=ASKED, text=st.sampled_from(TEXTS), times=st.integers(1, 2))
    def citizen_texts(self, phone: int, text: str, times: int) -> None:
        self.run(self.on.text(phone, text, times))

    @rule(which=NUMBER)
    def send_again(self, which: int) -> None:
        self.run(self.on.send_again(which))

    @rule(seconds=st.sampled_from(JUMPS))
    def time_passes(self, seconds: int) -> None:
        self.on.jump(seconds)

    @invariant()
    def holds(self) -> None:
        self.run(self.on.check())

    def teardown(self) -> None:
        with self.left:
            if not self.broken:
                self.run(self.on.settle())


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(
    max_examples=int(os.environ.get("FAVAD_TEST_INTERLEAVINGS", "60")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
