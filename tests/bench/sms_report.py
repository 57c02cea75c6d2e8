"""What the SMS part found, as lines of a table and as a section of docs/benchmarks.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAMES: Final = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
_BEGIN, _END = "<!-- sms -->", "<!-- /sms -->"
_WIDTHS = "{:<12}{:<56}{:>14}{:>14}{:>8}{:>8}"


@dataclass(frozen=True)
class Found:
    """One figure beside what it is compared with, and the ratio that is aimed at.

    `least`: the ratio must be at least `aim`, else at most.
    """

    kind: str
    what: str
    measured: str
    beside: str
    ratio: float
    aim: float | None = None
    least: bool = False

    @property
    def verdict(self) -> str:
        if self.aim is None:
            return ""
        reached = self.ratio >= self.aim if self.least else self.ratio <= self.aim
        return "reached" if reached else "missed"

    @property
    def aimed(self) -> str:
        return "" if self.aim is None else f"{'≥' if self.least else '≤'} {self.aim:g}"


def header() -> str:
    return "\n" + _WIDTHS.format("database", "SMS", "measured", "beside", "ratio", "aim")


def line(found: Found) -> str:
    shown = _WIDTHS.format(
        NAMES[found.kind], found.what, found.measured, found.beside, f"{found.ratio:.2f}",
        found.aimed,
    )  # fmt: skip
    return f"{shown} {found.verdict}".rstrip()


def section(all_found: list[Found], machine: str) -> str:
    """The section of the page of documentation."""
    rows = [
        f"| {NAMES[one.kind]} | {one.what} | {one.measured} | {one.beside} | {one.ratio:.2f} |"
        f" {', '.join(filter(None, (one.aimed, one.verdict)))} |"
        for one in all_found
    ]
    head = ["| database | what | measured | beside | ratio | aim |", "|---|---|---:|---:|---:|---|"]
    return "\n".join(
        [_BEGIN, _INTRODUCTION, f"Measured on {machine}.", "", *head, *rows, "", _READING, _END, ""]
    )


def write(page: Path, text: str) -> None:
    """Put the section in the place of the one that is there, else at the end."""
    known = page.read_text(encoding="utf-8") if page.exists() else ""
    page.write_text(f"{without(known)}\n{text}".lstrip("\n"), encoding="utf-8")


def kept(page: Path) -> str:
    """The section of a page, to be put back after the rest is written anew; empty without one."""
    known = page.read_text(encoding="utf-8") if page.exists() else ""
    found = re.search(f"{_BEGIN}.*{_END}\n?", known, re.DOTALL)
    return found.group() if found else ""


def without(text: str) -> str:
    return re.sub(f"\n?{_BEGIN}.*{_END}\n?", "", text, flags=re.DOTALL)


_INTRODUCTION = """## SMS

What sending costs, by

```console
make bench PART=sms WRITE=docs/benchmarks.md
```

which leaves the rest of this page as it is. `DB=sqlite ONLY=throughput,memory,claim` measure less.
"""
_READING = """\
- **throughput**: one worker process (`favad worker`, eight requests at once) sends to a simulator
  that answers each after 100 ms, from the tenth to the ninetieth hundredth of the messages. The
  ideal is concurrency ÷ latency, 80 a second. The bare loop is eight threads that do nothing but
  post the same forms by `requests` to the same simulator; what it misses of the ideal is
  the simulator's and the machine's.
- **memory**: resident size of the worker's process after 10,000 and after 50,000 messages to a
  simulator that answers at once. SQLite's page cache is 2 MiB in it instead of 32: it fills up to
  its limit whatever is sent.
- **claiming**: 50 jobs are claimed by one statement, then each message is read with all that
  decides and begun by one more, as the sender does. Median of rounds that alternate between a
  database with a backlog of 1,000 and one of 1,000,000; what is claimed is settled after each
  round, and as many come in. *After deletions*: 100,000 jobs that were due before all others have
  just been deleted; until autovacuum comes, PostgreSQL passes by what is left of them in the index.
- Both databases have fresh statistics. PostgreSQL: `shared_buffers=512MB`, else as it
  comes, asked through a Unix socket. SQLite: WAL, `synchronous=NORMAL`."""
