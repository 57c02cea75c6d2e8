"""What was measured, as lines of a table and as the page docs/benchmarks.md."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.scenarios import Scenario


@dataclass(frozen=True)
class Side:
    """One server in one scenario: medians of the rounds. CPU in milliseconds a request."""

    name: str
    rate: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float
    peak: float
    wrong: int
    example: str


@dataclass(frozen=True)
class Result:
    scenario: Scenario
    product: Side
    beside: Side

    @property
    def ratio(self) -> float:
        return self.product.rate / self.beside.rate

    @property
    def by_cpu(self) -> float:
        """The ratio of the CPU of a request, server and database together: hardly disturbed by
        whatever else the machine does."""
        theirs = self.beside.cpu + self.beside.database_cpu
        return theirs / (self.product.cpu + self.product.database_cpu)

    @property
    def reached(self) -> bool:
        return self.ratio >= self.scenario.target and not self.product.wrong


_WIDTHS = "{:<32}{:<12}{:>11}{:>9}{:>9}{:>8}{:>9}{:>10}{:>7}{:>8}{:>8}"


def header(kind: str, cases: int) -> str:
    """The head of a table of results."""
    name = {"postgres": "PostgreSQL", "sqlite": "SQLite"}[kind]
    return "\n" + _WIDTHS.format(
        f"{name}, {cases:,} cases", "", "requests/s", "p50 ms", "p99 ms", "CPU ms", "SQL ms",
        "peak MiB", "ratio", "by CPU", "target",
    )  # fmt: skip


def line(result: Result) -> str:
    """A result as two lines of the table, and what went wrong."""
    verdict = "reached" if result.reached else "missed"
    ends = [f"{value:.2f}" for value in (result.ratio, result.by_cpu, result.scenario.target)]
    lines = [
        _line(f"({result.scenario.key}) {result.scenario.title}", result.product, ends, verdict),
        _line("", result.beside, ["", "", ""], ""),
    ]
    return "\n".join(lines)


def _line(title: str, side: Side, ends: list[str], verdict: str) -> str:
    found = _WIDTHS.format(
        title, side.name, _rate(side.rate), f"{side.p50:.2f}", f"{side.p99:.2f}",
        f"{side.cpu:.3f}", f"{side.database_cpu:.3f}", f"{side.peak:.0f}", *ends,
    ) + f" {verdict}"  # fmt: skip
    if side.wrong:
        found += f"\n  {side.wrong} wrong answers, such as {side.example}"
    return found


@dataclass(frozen=True)
class Run:
    """The results of one database."""

    kind: str
    cases: int
    seconds: float
    rounds: int
    results: list[Result]


def page(runs: list[Run], machine: str) -> str:
    """The page of documentation: what was measured where, and how to read it."""
    parts = [_INTRODUCTION, f"Measured on {machine}.", ""]
    for run in runs:
        name = {"postgres": "PostgreSQL", "sqlite": "SQLite"}[run.kind]
        parts += [
            f"## {name}, {run.cases:,} cases",
            "",
            f"{run.rounds} rounds of {run.seconds:g} s for each server.",
            "",
            *_HEAD,
        ]
        for result in run.results:
            verdict = f"{result.scenario.target:g}, {'reached' if result.reached else 'missed'}"
            title = f"({result.scenario.key}) {result.scenario.title}"
            ends = f"{result.ratio:.2f} | {result.by_cpu:.2f} | {verdict}"
            parts += [_row(title, result.product, ends), _row("", result.beside, "| |")]
        parts.append("")
    return "\n".join([*parts, _READING])


def _row(title: str, side: Side, ends: str) -> str:
    return (
        f"| {title} | {side.name} | {_rate(side.rate)} | {side.p50:.2f} | {side.p99:.2f} |"
        f" {side.cpu:.2f} | {side.database_cpu:.2f} | {side.peak:.0f} | {ends} |"
    )


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


_COLUMNS = ("scenario", "server", "requests/s", "p50 ms", "p99 ms", "CPU ms", "SQL ms",
    "peak MiB", "ratio", "by CPU", "target")  # fmt: skip
_HEAD = (f"| {' | '.join(_COLUMNS)} |", "|---|---|" + "---:|" * 8 + "---|")
_INTRODUCTION = """# Benchmarks

What the GraphQL API costs, beside hand-written servers that give the same answers, measured in the
same run on the same database. This page is written by

```console
make bench PART=graphql WRITE=docs/benchmarks.md
```

The databases of 1,000,000 cases are made at the first run (some minutes, a progress bar) and kept
in `var/bench`. `CASES=30000 DB=sqlite SECONDS=2 ONLY=a,b` measure less; `make bench` alone also
measures loading and searching.
"""
_READING = """## How to read it

- **product**: `favad serve` as in production, one process, asked through `POST /graphql` with a
  partner's key: key check, limits, visibility, logging and every middleware are on.
- **bare**: the limit. A Starlette endpoint by hand (`tests/bench/bare*.py`) that answers the same
  JSON from one SQL statement, through a pool of asyncpg without resetting of connections, or
  through `sqlite3` inside the event loop; no key, no limits, no visibility.
- **strawberry**: the best that is practised with Strawberry by hand
  (`tests/bench/strawberry_best.py`): a loader for each relation, documents parsed and validated
  once. It stands beside documents that the product answers with its ordinary executor.
- 16 connections, each with one request at a time, from a process of its own on the same machine.
  Rounds alternate between both servers; the median counts. Partners of the six main agencies with
  most cases ask about random cases, windows of time, positions of pages and months; *county*: a
  partner of a county's unit, which sees its own part only.
- Before a scenario is measured both servers must give equal JSON for several inputs, or write
  equally many rows in each table; otherwise it is not measured.
- **ratio**: product's requests a second of the other's; **target**: the least it should be.
  **CPU ms**: of the server's process for one request; **SQL ms**: of all processes of PostgreSQL.
  **by CPU**: the ratio of both together, which other work on the machine hardly disturbs.
- PostgreSQL: `shared_buffers=512MB work_mem=16MB random_page_cost=1.1 synchronous_commit=on`,
  no autovacuum while it is measured, asked through a Unix socket. SQLite: WAL,
  `synchronous=NORMAL`.
"""
