"""The GraphQL part: the product beside hand-written servers, on one database, in one run.

Both answers are compared before they are measured. Rounds alternate; the median counts.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import orjson

from models import database
from tests.bench import agreement, data, load, partners, processes, report
from tests.bench.processes import Server
from tests.bench.report import Result, Side
from tests.bench.scenarios import SCENARIOS, Asked, Scenario

CONNECTIONS = 16
WARM_UP = 1.0
MOST_REQUESTS = 20_000
"""Different requests of one round; a round that reads goes through them again and again."""
MOST_WRITES_A_SECOND = 4_000


@dataclass(frozen=True)
class Options:
    cases: int
    kind: str
    seconds: float
    rounds: int
    directory: Path
    only: list[str]


def run(options: Options) -> report.Run:
    """Measure every scenario on one database; a line is printed as each is done."""
    made = data.ensure(options.kind, options.cases, options.directory)
    print(report.header(options.kind, options.cases))
    with data.served(options.kind, made) as url, tempfile.TemporaryDirectory() as folder:
        sample = asyncio.run(_prepare(url))
        stage = _Stage(options, url, sample, Path(folder), processes.Database(made))
        results = []
        for scenario in SCENARIOS:
            if options.only and scenario.key not in options.only:
                continue
            try:
                results.append(stage.play(scenario))
            except agreement.Disagreement as reason:
                print(f"({scenario.key}) {scenario.title}: not measured, {reason}")
        asyncio.run(_tidy(url))
    return report.Run(options.kind, options.cases, options.seconds, options.rounds, results)


async def _prepare(url: str) -> partners.Sample:
    await _tidy(url)
    await database.init(url)
    data.configure()
    try:
        async with data.session(url) as opened:
            return await partners.prepare(opened)
    finally:
        await database.close()


async def _tidy(url: str) -> None:
    async with data.session(url) as opened:
        await agreement.forget_new_rows(opened)


class _Stage:
    """The servers and the requests of one database."""

    def __init__(
        self,
        options: Options,
        url: str,
        sample: partners.Sample,
        folder: Path,
        database: processes.Database,
    ) -> None:
        self.options, self.url, self.sample = options, url, sample
        self.folder, self.database = folder, database

    def play(self, scenario: Scenario) -> Result:
        with ExitStack() as stack:
            product, beside = (
                stack.enter_context(processes.running(name, self.url, self.folder / f"{name}.log"))
                for name in ("product", scenario.beside)
            )
            ask = partial(requests, self.sample)
            asyncio.run(agreement.check(self.url, scenario, product, beside, ask))
            for server in (product, beside):
                self._round(scenario, server, WARM_UP)
                server.forget_peak()
            rounds: dict[str, list[tuple[load.Measured, float, float]]] = {}
            for number in range(self.options.rounds):
                for server in (product, beside) if number % 2 == 0 else (beside, product):
                    measured = self._round(scenario, server, self.options.seconds)
                    rounds.setdefault(server.name, []).append(measured)
            sides = [_side(server, rounds[server.name]) for server in (product, beside)]
        result = Result(scenario, *sides)
        print(report.line(result))
        return result

    def _round(
        self, scenario: Scenario, server: Server, seconds: float
    ) -> tuple[load.Measured, float, float]:
        """What was measured, and the milliseconds of CPU a request of server and database."""
        number = int(MOST_WRITES_A_SECOND * seconds) if scenario.writes else MOST_REQUESTS
        file = self.folder / "requests"
        load.store(file, requests(self.sample, scenario, server.name, number))
        cpu, database_cpu = server.cpu(), self.database.cpu()
        measured = load.run(
            server.port,
            file,
            seconds=seconds,
            connections=CONNECTIONS,
            once=scenario.writes,
        )
        each = 1000 / measured.requests
        return (
            measured,
            (server.cpu() - cpu) * each,
            (self.database.cpu() - database_cpu) * each,
        )


def requests(
    sample: partners.Sample, scenario: Scenario, server: str, number: int
) -> Iterator[bytes]:
    """The HTTP requests of a scenario to one of the servers."""
    for asked in scenario.asked(sample, number):
        yield request(scenario, server, asked)


def request(scenario: Scenario, server: str, asked: Asked) -> bytes:
    """The HTTP request of a question to one of the servers."""
    partner, variables = asked
    if server == "bare":
        return load.request(scenario.path, orjson.dumps(variables), {})
    body = {"query": scenario.document, "variables": variables}
    headers = {"Authorization": f"Bearer {partner.key}"} if server == "product" else {}
    return load.request("/graphql", orjson.dumps(body), headers)


def _side(server: Server, rounds: list[tuple[load.Measured, float, float]]) -> Side:
    def middle(value: Callable[[tuple[load.Measured, float, float]], float]) -> float:
        return median(value(one) for one in rounds)

    return Side(
        name=server.name,
        rate=middle(lambda one: one[0].rate),
        p50=middle(lambda one: one[0].p50),
        p99=middle(lambda one: one[0].p99),
        cpu=middle(lambda one: one[1]),
        database_cpu=middle(lambda one: one[2]),
        peak=server.peak(),
        wrong=sum(one[0].wrong for one in rounds),
        example=next((one[0].example for one in rounds if one[0].example), ""),
    )
