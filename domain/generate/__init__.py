"""Generated cases for demonstrations, tests and measurements.

Histories are played in memory by the pure rules of the service (table of moves, clock, ladder,
levels) and written in bulk; `domain.integrity.check` finds no difference from real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from domain import rules, service, sms_rollup
from domain.generate import moments, nation, staffing
from domain.generate.author import Author
from domain.generate.callers import Callers
from domain.generate.codes import Codes
from domain.generate.history import Setting
from domain.generate.write import Batch
from domain.rules import Rules
from domain.time import now
from models import database

__all__ = ["generate"]

Progress = Callable[[int, int], object]
CHUNK = 1000


async def generate(
    cases: int,
    months: int,
    *,
    seed: int | None = None,
    focus: str | None = None,
    policy: Rules | None = None,
    progress: Progress | None = None,
) -> int:
    """Add `cases` cases registered between `months` months ago and now; how many were added.

    Chunks are committed one by one, so that what was done stays when this is interrupted. `focus`
    is the code of a unit whose levels get more of the open cases; `policy` the rules under which
    they were handled, by default those in force. Raises DomainError `required` without places or
    agencies, `unknown` for a `focus` that is no unit.
    """
    rng = Random(seed)  # noqa: S311 (a story, not a secret)
    country = await nation.load()
    moment = now()
    setting = Setting(
        nation=country,
        rules=policy or await rules.load(),
        now=moment,
        rng=rng,
        batch=Batch(),
        line=service.current().sms_line,
    )
    author = Author(setting, await Callers.load(rng), await Codes.load(rng), focus)
    await staffing.fill(rng)
    await nation.load_staff(country)
    since = moments.start(moment, months)
    done = 0
    for opening in author.openings(since, cases):
        author.tell(opening)
        done += 1
        if done % CHUNK == 0 or done == cases:
            await setting.batch.save()
            setting.batch.rows.clear()
            author.forget()
            if progress is not None:
                progress(done, cases)
    await sms_rollup.count_anew()
    await database.connection().execute_script("ANALYZE")  # after so many rows, better plans
    return done
