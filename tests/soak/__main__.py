"""`make soak`: messages and surveys by the thousand, while processes die and calls fail."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain import time
from models import database, migrate
from tests.soak.options import DATABASES, Options
from tests.soak.run import Report, Watch, soak
from tests.soak.verify import SHOWN
from tests.support import postgres

console = Console(highlight=False)
_POSTGRES = ("max_connections=100", "listen_addresses=", "shared_buffers=256MB")


def main() -> int:
    given = _arguments()
    kinds = DATABASES if given.database == "both" else (given.database,)
    options = Options(given.messages, given.workers, given.faults, given.seed)
    kept = True
    try:
        for kind in kinds:
            with tempfile.TemporaryDirectory(prefix="favad-soak-") as folder:
                kept = _run(kind, options, Path(folder)) and kept
    except KeyboardInterrupt:
        console.print("stopped")
        return 130
    return 0 if kept else 1


def _run(kind: str, options: Options, folder: Path) -> bool:
    with _database(kind, folder) as url, _bar(kind, options.messages) as watch:
        report = asyncio.run(_soak(options, url, folder, watch))
    console.print(_promises(kind, options, report))
    console.print(_counts(report))
    for promise in report.promises:
        for broken in promise.broken[:SHOWN]:
            console.print(f"[red]{promise.name}[/red]: {broken}", soft_wrap=True)
    return report.kept


async def _soak(options: Options, url: str, folder: Path, watch: Watch) -> Report:
    await migrate.migrate(url)
    await database.init(url)
    try:
        return await soak(options, url, folder, watch)
    finally:
        await database.close()
        time.set_clock(None)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite://{folder}/favad.sqlite3"
        return
    cluster = folder / "postgres"
    cluster.mkdir()
    folder.chmod(0o755)
    with postgres.running(cluster, _POSTGRES) as base:
        server = postgres.Server(base)
        postgres.create(server, "favad")
        yield server.url("favad")


@contextmanager
def _bar(kind: str, messages: int) -> Iterator[Watch]:
    columns = (
        TextColumn(kind),
        TextColumn("{task.description:<14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=messages)

        def watch(stage: str, settled: int) -> None:
            if stage:
                bar.update(task, description=stage)
            if settled >= 0:
                bar.update(task, completed=settled, total=max(messages, settled))

        yield watch


def _promises(kind: str, options: Options, report: Report) -> Table:
    title = f"{kind}, {options.workers} workers, {report.seconds:.0f} s, seed {options.seed}"
    table = Table("promise", title=title, title_justify="left")
    for name in ("looked at", "broken"):
        table.add_column(name, justify="right")
    for promise in report.promises:
        broken = len(promise.broken)
        style = "red" if broken else None
        table.add_row(promise.name, f"{promise.looked_at:,}", f"{broken:,}", style=style)
    return table


def _counts(report: Report) -> Table:
    table = Table("what happened")
    table.add_column("times", justify="right")
    for name, number in report.counts.items():
        table.add_row(name, f"{number:,}")
    return table


def _arguments() -> argparse.Namespace:
    usual = Options()
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--messages", type=int, default=usual.messages)
    parser.add_argument("--workers", type=int, default=usual.workers)
    parser.add_argument("--faults", type=_share, default=usual.faults, help="share of the calls")
    parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    parser.add_argument("--seed", type=int, default=usual.seed)
    return parser.parse_args()


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 0.5:
        raise argparse.ArgumentTypeError("from 0 to 0.5")
    return value


if __name__ == "__main__":
    sys.exit(main())
