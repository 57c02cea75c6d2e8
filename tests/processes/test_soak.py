"""A small `make soak`: some hundred messages while workers die and calls fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain import time
from tests.soak.options import Options
from tests.soak.run import soak

pytestmark = pytest.mark.processes

SMALL = Options(messages=150, workers=2, kills=3, web_kills=1, troubles=2, patience=60.0)


async def test_through_deaths_and_faults_every_promise_is_kept(db: str, tmp_path: Path) -> None:
    try:
        report = await soak(SMALL, db, tmp_path, lambda _stage, _settled: None)
    finally:
        time.set_clock(None)
    assert {promise.name: promise.broken for promise in report.promises if promise.broken} == {}
    assert report.counts["messages"] >= SMALL.bulk + 2 * SMALL.cases
    assert report.counts["workers killed"] > 0
