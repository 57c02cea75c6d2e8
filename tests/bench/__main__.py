"""What is claimed to be fast, beside a limit measured in the same run: `make bench`."""

from __future__ import annotations

import argparse
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.bench import data, graphql, loading, report

PARTS = ("loading", "graphql")
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
                given.write.write_text(report.page(runs, _machine()))


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
    graph = parser.add_argument_group("the GraphQL part")
    graph.add_argument("--cases", type=int, default=1_000_000, help="cases in the database")
    graph.add_argument("--database", choices=data.DATABASES, help="one of the two")
    graph.add_argument("--seconds", type=float, default=5, help="of one round")
    graph.add_argument("--rounds", type=int, default=3)
    graph.add_argument("--only", metavar="a,b", help="keys of scenarios")
    graph.add_argument(
        "--directory", type=Path, default=data.ROOT / "var" / "bench", help="of kept databases"
    )
    graph.add_argument("--write", type=Path, metavar="FILE", help="also as a page, Markdown")
    return parser.parse_args()


if __name__ == "__main__":
    main()
