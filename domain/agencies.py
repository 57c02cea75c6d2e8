"""The tree of executive agencies (A2): taking over of lists, and search (S2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tortoise.expressions import Case, Q, When

from domain import agency_lists
from domain.agency_lists import Places, Unit
from domain.bulk import LoadReport, Progress, Row, Table
from domain.text import fold
from models import database
from models.agency import Agency
from models.enums import AgencyLevel, PlaceLevel
from models.place import Place

DATA: Final = Path(__file__).parent / "data"
AGENCIES: Final = DATA / "agencies.csv"
PROVINCIAL: Final = DATA / "agencies_provincial.csv"
UNIT_PATTERNS: Final = DATA / "agency_units.csv"

_TABLE: Final = Table(
    "agency",
    [
        *("code", "id", "name", "name_en", "folded", "kind", "level", "parent_id", "main_id"),
        *("place_id", "lineage", "path", "contact", "generated", "active"),
    ],
    once=("id", "contact"),
)
_ID, _MAIN, _LINEAGE, _PATH = 1, 8, 10, 11
_NEXT_ID: Final = (
    "SELECT setval(pg_get_serial_sequence('agency', 'id'), (SELECT max(id) FROM agency))"
)

_NAME_END: Final = "|"
_LONGEST_FOLDED: Final = 200
_LONGEST_QUERY: Final = 100
_MOST_WORDS: Final = 8
_CANDIDATES: Final = 300


async def load(
    agencies: Path = AGENCIES,
    provincial: Path = PROVINCIAL,
    progress: Progress | None = None,
    patterns: Path = UNIT_PATTERNS,
) -> LoadReport:
    """Take lists of agencies over the stored ones: all of them or, if a file is bad, nothing.

    A blank parent makes a main agency; with a parent, `agencies` gives subsidiary and `provincial`
    provincial ones. `patterns` say which of them have offices all over the country: those get a
    unit in each province and county, marked `generated`. Ids and contacts stay as they are; what
    is no longer in the lists becomes inactive. Places must have been loaded.
    `progress(done, total)` counts rows written.
    Raises DomainError file_… naming file, line and column.
    """
    provinces = await _places(PlaceLevel.PROVINCE)
    counties = await _places(PlaceLevel.COUNTY)
    listed = await asyncio.to_thread(agency_lists.read_units, agencies, provincial, provinces)
    generated = agency_lists.generate_units(listed, patterns, provinces, counties)
    async with database.transaction():
        await _TABLE.lock()
        stored = await _TABLE.stored()
        rows = _rows([*listed, *generated], stored)
        report = await _TABLE.take(rows, stored, progress)
        if database.is_postgres():
            await database.connection().execute_query(_NEXT_ID)
        return report


async def search(
    text: str, *, limit: int = 20, place: Place | None = None, within_main: int | None = None
) -> list[Agency]:
    """Active agencies that hold every word in their name, path or code, the likeliest first.

    With `place` (where the caller is): units there and above it, and national ones, come before
    those elsewhere, and the nearest first; without it, large levels before small ones. Before that
    names that begin with the text, then names that hold all its words, count.
    `within_main` is the id of a main agency to search in.
    """
    words = fold(text[:_LONGEST_QUERY].replace(_NAME_END, " ")).split()[:_MOST_WORDS]
    if not words or limit < 1:
        return []
    found = Agency.filter(*(Q(folded__contains=word) for word in words), active=True)
    if within_main is not None:
        found = found.filter(main_id=within_main)
    candidates = await (
        found.annotate(
            elsewhere=_elsewhere(place),
            beginning=_beginning(" ".join(words)),
            distance=_distance(nearest_first=place is not None),
        )
        .order_by("elsewhere", "beginning", "distance", "folded", "id")
        .limit(max(limit, _CANDIDATES))
        .values_list("id", "folded", "elsewhere", "beginning")
    )
    candidates.sort(key=lambda row: (row[2], row[3], _looseness(row[1], words)))
    ids = [row[0] for row in candidates[:limit]]
    agencies = await Agency.in_bulk(ids, "id")
    return [agencies[id_] for id_ in ids]


def _elsewhere(place: Place | None) -> Case:
    around = Q(place_id__isnull=True)
    if place is not None:
        around |= Q(place_id__in=place.lineage.strip("/").split("/"))
    return Case(When(around, then="0"), default="0" if place is None else "1")


def _beginning(text: str) -> Case:
    return Case(
        When(folded__startswith=text + _NAME_END, then="0"),
        When(folded__startswith=text, then="1"),
        default="2",
    )


def _distance(*, nearest_first: bool) -> Case:
    levels = list(AgencyLevel)[:: -1 if nearest_first else 1]
    return Case(*(When(level=level, then=str(n)) for n, level in enumerate(levels)))


def _looseness(folded: str, words: Sequence[str]) -> int:
    """How a name has the words: 0 all whole, 1 as beginnings of words, 2 inside them, 3 not all."""
    name = folded.split(_NAME_END, 1)[0]
    whole = name.split()
    if all(word in whole for word in words):
        return 0
    if all(f" {word}" in f" {name}" for word in words):
        return 1
    return 2 if all(word in name for word in words) else 3


async def _places(level: PlaceLevel) -> Places:
    rows = await (
        Place.filter(level=level, active=True)
        .order_by("code")
        .values_list("code", "name", "province_id")
    )
    return {code: (name, province) for code, name, province in rows}


def _rows(units: Sequence[Unit], stored: Mapping[str, Row]) -> list[Row]:
    """Rows for units, which come parents first; known codes keep their ids."""
    next_id = max((row[_ID] for row in stored.values()), default=0) + 1
    made: dict[str, Row] = {}
    for unit in units:
        if unit.code in stored:
            id_ = stored[unit.code][_ID]
        else:
            id_, next_id = next_id, next_id + 1
        made[unit.code] = _row(unit, id_, made[unit.parent] if unit.parent else None)
    return list(made.values())


def _row(unit: Unit, id_: int, parent: Row | None) -> Row:
    above = parent[_PATH] if parent else ""
    return (
        *(unit.code, id_, unit.name, unit.name_en, _folded(unit, above), unit.kind),
        *(unit.level.value, parent[_ID] if parent else None, parent[_MAIN] if parent else id_),
        *(unit.place, f"{parent[_LINEAGE] if parent else '/'}{id_}/"),
        *(f"{above} › {unit.name}" if above else unit.name, "", unit.generated, True),
    )


def _folded(unit: Unit, above: str) -> str:
    """What search looks at: the name, a bar, the code, and what the path says beyond the name."""
    folded = f"{fold(unit.name)}{_NAME_END}{fold(unit.code)}"
    for word in fold(above).split():
        if word not in folded:
            folded += f" {word}"
    return folded[:_LONGEST_FOLDED]
