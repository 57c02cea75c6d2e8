"""What is claimed to be fast, beside a limit measured in the same run: `make bench`."""

from __future__ import annotations

import argparse
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.bench import data, graphql, loading, report, sms, sms_report

PARTS = ("loading", "graphql", "sms")
_LIBRARIES = ("uvicorn", "uvloop", "starlette", "strawberry-graphql", "graphql-core", "asyncpg")


def main() -> None:
    given = _arguments()
    if given.part in ("all", "loading"):
        loading.run()
    if given.part in ("all", "graphql"):
        kinds = [given.database] if given.database else data.DATABASES
        runs = []
        for kind in kinds:
            runs.append(graphql.run(_options(given, kind)))
            if given.write:  # after each database: a run takes a while
                beside = sms_report.kept(given.write)
                given.write.write_text(report.page(runs, _machine()) + beside)
    if given.part in ("all", "sms"):
        _sms(given)


def _sms(given: argparse.Namespace) -> None:
    print(sms_report.header())
    parts = given.only.split(",") if given.part == "sms" and given.only else sms.PARTS
    found = []
    for kind in [given.database] if given.database else data.DATABASES:
        found += sms.run(kind, parts, lambda one: print(sms_report.line(one), flush=True))
        if given.write:
            sms_report.write(given.write, sms_report.section(found, _machine()))


def _options(given: argparse.Namespace, kind: str) -> graphql.Options:
    return graphql.Options(
        cases=given.cases,
        kind=kind,
        seconds=given.seconds,
        rounds=given.rounds,
        directory=given.directory,
        only=given.only.split(",") if given.only else [],
    )


def _machine() -> str:
    """What the figures depend on."""
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{psutil.cpu_count()} CPUs ({platform.machine()}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, {versions}"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="?", default="all", choices=["all", *PARTS])
    parser.add_argument("--database", choices=data.DATABASES, help="one of the two")
    parser.add_argument("--only", metavar="a,b", help="keys of scenarios, or of the SMS part's")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also as a page, Markdown")
    graph = parser.add_argument_group("the GraphQL part")
    graph.add_argument("--cases", type=int, default=1_000_000, help="cases in the database")
    graph.add_argument("--seconds", type=float, default=5, help="of one round")
    graph.add_argument("--rounds", type=int, default=3)
    graph.add_argument(
        "--directory", type=Path, default=data.ROOT / "var" / "bench", help="of kept databases"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
