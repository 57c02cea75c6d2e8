"""Who asks in the GraphQL part, and what the database holds for them to ask about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain import clients
from domain.actors import CASES_READ, CASES_WRITE, FIGURES_READ, SYSTEM
from models import Client

MAIN_AGENCIES = 6
CODES = 4_000
_ENDED = "('closed', 'withdrawn', 'out_of_scope')"
_BUDGET = 2_000_000_000
"""Requests and cost a minute: the check is made, nobody is refused."""


@dataclass(frozen=True)
class Partner:
    """A partner's system: the code of its agency, its key, its units, codes of cases it sees."""

    agency: str
    key: str
    units: list[str]
    codes: list[str]


@dataclass(frozen=True)
class Sample:
    """Partners of the main agencies with most cases, one of a county, and what is asked about."""

    main: list[Partner]
    county: Partner
    places: list[str]
    earliest: datetime
    latest: datetime


async def prepare(opened: Any) -> Sample:
    """Give the agencies with most cases keys and sample what they see. Needs the open database."""
    mains = await opened.rows(
        "SELECT a.code, a.id, a.lineage FROM agency a JOIN (SELECT main_agency_id, count(*) AS n"
        f" FROM cases WHERE status IN {_ENDED} GROUP BY 1) c ON c.main_agency_id = a.id"
        f" ORDER BY n DESC LIMIT {MAIN_AGENCIES}"
    )
    [county] = await opened.rows(
        "SELECT a.code, a.id, a.lineage FROM agency a JOIN (SELECT agency_id, count(*) AS n"
        f" FROM cases WHERE status IN {_ENDED} GROUP BY 1) c ON c.agency_id = a.id"
        " WHERE level = 'county' ORDER BY n DESC LIMIT 1"
    )
    [(earliest, latest)] = await opened.rows(
        "SELECT min(registered_at), max(registered_at) FROM cases"
    )
    return Sample(
        main=[await _partner(opened, *row) for row in mains],
        county=await _partner(opened, *county),
        places=await opened.values(
            "SELECT code FROM place WHERE level = 'village' AND active ORDER BY code LIMIT 5000"
        ),
        earliest=_moment(earliest),
        latest=_moment(latest),
    )


async def _partner(opened: Any, code: str, number: int, lineage: str) -> Partner:
    key = f"bench-{number}.{'0123456789' * 3}"
    if not await Client.exists(id=f"bench-{number}"):
        scopes = [CASES_READ, CASES_WRITE, FIGURES_READ]
        await clients.create(SYSTEM, code, f"سامانه {code}", scopes, key=key)
    await Client.filter(id=f"bench-{number}").update(
        requests_per_minute=_BUDGET, cost_per_minute=_BUDGET
    )
    seen = f"agency_id IN (SELECT id FROM agency WHERE lineage LIKE '{lineage}%')"
    share = await opened.values(f"SELECT count(*) FROM cases WHERE {seen}")
    step = max(1, share[0] // CODES)
    return Partner(
        code,
        key,
        await opened.values(
            f"SELECT code FROM agency WHERE active AND lineage LIKE '{lineage}%' ORDER BY id"
        ),
        await opened.values(
            f"SELECT tracking_code FROM (SELECT tracking_code, row_number() OVER (ORDER BY id) AS n"
            f" FROM cases WHERE {seen} AND status IN {_ENDED}"
            f") AS found WHERE n % {step} = 0 LIMIT {CODES}"
        ),
    )


def _moment(value: datetime | str) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(UTC)
