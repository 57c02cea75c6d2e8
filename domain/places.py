"""Places of Iran, province to village (B10): taking over of official lists, and search (S2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Final

from tortoise.expressions import Case, Q, When
from tortoise.queryset import QuerySet

from domain import keys
from domain.bulk import Line, LoadReport, Progress, Table, read
from domain.errors import DomainError
from domain.text import fold, squeeze
from models import database
from models.enums import PlaceLevel
from models.place import Place

DATA: Final = Path(__file__).parent / "data"
DIVISIONS: Final = DATA / "divisions.csv"
VILLAGES: Final = DATA / "villages.csv.gz"

VILLAGE_KINDS: Final = ("large", "village", "site")

# What may hold what. Each level stands after all that can hold it.
_HOLDERS: Final[dict[PlaceLevel, tuple[PlaceLevel, ...]]] = {
    PlaceLevel.PROVINCE: (),
    PlaceLevel.COUNTY: (PlaceLevel.PROVINCE,),
    PlaceLevel.DISTRICT: (PlaceLevel.COUNTY,),
    PlaceLevel.CITY: (PlaceLevel.DISTRICT,),
    PlaceLevel.CITY_ZONE: (PlaceLevel.CITY, PlaceLevel.DISTRICT),
    PlaceLevel.RURAL_DISTRICT: (PlaceLevel.DISTRICT,),
    PlaceLevel.VILLAGE: (PlaceLevel.RURAL_DISTRICT,),
}

_ALL_LEVELS: Final = frozenset(PlaceLevel)
_LARGE_TO_SMALL: Final = (
    PlaceLevel.PROVINCE,
    PlaceLevel.COUNTY,
    PlaceLevel.CITY,
    PlaceLevel.DISTRICT,
    PlaceLevel.CITY_ZONE,
    PlaceLevel.RURAL_DISTRICT,
)

_LEVEL_NAMES: Final = {
    PlaceLevel.PROVINCE: "استان",
    PlaceLevel.COUNTY: "شهرستان",
    PlaceLevel.DISTRICT: "بخش",
    PlaceLevel.CITY: "شهر",
    PlaceLevel.RURAL_DISTRICT: "دهستان",
    PlaceLevel.VILLAGE: "روستای",
}
_TYPED_LEVELS: Final = {fold(name): level for level, name in _LEVEL_NAMES.items()} | {
    "روستا": PlaceLevel.VILLAGE,
    "ده": PlaceLevel.VILLAGE,
}

_TABLE: Final = Table(
    "place",
    [
        *("code", "name", "folded", "level", "kind", "parent_id", "province_id", "county_id"),
        *("lineage", "path", "active"),
    ],
)
_LINEAGE, _PATH = 8, 9
_Row = tuple[str, str, str, str, str, str | None, str, str | None, str, str, bool]

_LAST_CHARACTER: Final = "\U0010ffff"
_CANDIDATES: Final = 2000
_LONGEST_QUERY: Final = 100
_MOST_WORDS: Final = 8


def title(level: PlaceLevel, kind: str, name: str) -> str:
    """A place's name with what it is: «شهرستان اهر», «روستای علی‌آباد»; farms and wells bare."""
    prefix = None if kind == "site" else _LEVEL_NAMES.get(level)
    return f"{prefix} {name}" if prefix else name


def full_path(place: Place) -> str:
    """A place from small to large: «روستای …، دهستان …، بخش …، شهرستان …، استان …»."""
    own = title(place.level, place.kind, place.name)
    return f"{own}، {place.path}" if place.path else own


async def load(
    divisions: Path = DIVISIONS, villages: Path = VILLAGES, progress: Progress | None = None
) -> LoadReport:
    """Take an official list over the stored one: all of it or, if a file is bad, nothing.

    Places that are not in it become inactive and are kept, since cases point at them; a place that
    comes back becomes active. `progress(done, total)` counts rows written.
    Raises DomainError file_… naming file, line and column.
    """
    rows = await asyncio.to_thread(_read_rows, divisions, villages)
    async with database.transaction():
        await _TABLE.lock()
        stored = await _TABLE.stored()
        return await _TABLE.take(rows, stored, progress)


async def search(
    text: str,
    *,
    limit: int = 20,
    within: str | None = None,
    levels: Iterable[PlaceLevel] | None = None,
) -> list[Place]:
    """Active places whose name begins with what was typed, the likeliest first.

    The first words are a name and may end anywhere; words after it narrow by the places around
    («علی آباد اهر»); a leading «شهرستان», «روستای» … narrows by level. Spaces, ZWNJ, ي/ك, digits
    and marks make no difference. An exact name comes before a longer one, a large level before a
    small one. `within` is the code of a place to search in; `levels` limits the result.
    Raises DomainError unknown for a `within` that is no place.
    """
    words = fold(text[:_LONGEST_QUERY]).split()[:_MOST_WORDS]
    if not words or limit < 1:
        return []
    base = Place.filter(active=True)
    if within is not None:
        base = base.filter(_begins("lineage", await _lineage(within)))
    allowed = _ALL_LEVELS if levels is None else frozenset(levels)
    found: dict[str, Place] = {}
    for name, around, meant in _readings(words):
        if not allowed & meant:
            continue
        matches = await _matches(ranked(base, name, allowed & meant), around, limit)
        found |= {place.code: place for place in matches if place.code not in found}
        if len(found) >= limit or (around and matches):
            break
    return list(found.values())[:limit]


def ranked(
    scope: QuerySet[Place], name: str, levels: frozenset[PlaceLevel] = _ALL_LEVELS
) -> QuerySet[Place]:
    """Places of `scope` whose squeezed name begins with `name`, the likeliest first."""
    return (
        _at(scope, levels)
        .filter(_begins("folded", name))
        .annotate(exact=Case(When(folded=name, then="0"), default="1"), rank=_RANK)
        .order_by("exact", "rank", "folded", "path", "code")
    )


def _begins(column: str, prefix: str) -> Q:
    """A prefix as a range, which an index answers on both databases."""
    return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + _LAST_CHARACTER})


_RANK: Final = Case(
    When(kind="large", then="7"),
    When(kind="village", then="8"),
    When(kind="site", then="9"),
    *(When(level=level, then=str(n)) for n, level in enumerate(_LARGE_TO_SMALL)),
    default="8",
)


def _at(scope: QuerySet[Place], levels: frozenset[PlaceLevel]) -> QuerySet[Place]:
    """Only these levels; as an expression, or SQLite walks all villages instead of the names."""
    if len(levels) == len(PlaceLevel):
        return scope
    wanted = Case(When(level__in=list(levels), then="1"), default="0")
    return scope.annotate(wanted=wanted).filter(wanted="1")


def _readings(words: list[str]) -> Iterable[tuple[str, list[str], frozenset[PlaceLevel]]]:
    """The ways to understand what was typed: (the name, words about what is around it, levels).

    A reading with more words in the name comes first, and one that finds something makes those
    with fewer needless.
    """
    yield "".join(words), [], _ALL_LEVELS
    level = _TYPED_LEVELS.get(words[0])
    if level is not None:
        for end in range(len(words), 1, -1):
            yield "".join(words[1:end]), words[end:], frozenset({level})
    for end in range(len(words) - 1, 0, -1):
        yield "".join(words[:end]), words[end:], _ALL_LEVELS


async def _matches(query: QuerySet[Place], around: Sequence[str], limit: int) -> list[Place]:
    if not around:
        return await query.limit(limit)
    candidates = await query.limit(_CANDIDATES).values_list("code", "path")
    wholly = [code for code, path in candidates if _lies_in(path, around, whole=True)]
    partly = [code for code, path in candidates if _lies_in(path, around, whole=False)]
    codes = list(dict.fromkeys(wholly + partly))[:limit]
    places = await Place.in_bulk(codes, "code")
    return [places[code] for code in codes]


def _lies_in(path: str, words: Sequence[str], *, whole: bool) -> bool:
    """Whether each word, alone or joined with those after it, is (or begins) words of the path."""
    joined, bounds = _joined(path)
    return any(
        any(
            joined.startswith(part, start) and (not whole or start + len(part) in bounds)
            for start in bounds
        )
        and (end == len(words) or _lies_in(path, words[end:], whole=whole))
        for end in range(len(words), 0, -1)
        for part in ("".join(words[:end]),)
    )


@lru_cache(maxsize=8192)
def _joined(path: str) -> tuple[str, tuple[int, ...]]:
    """A path squeezed, and where in it words begin and end; neighbours share their path."""
    tokens = fold(path.replace("،", " ")).split()
    return "".join(tokens), (0, *accumulate(map(len, tokens)))


async def _lineage(code: str) -> str:
    place = await Place.get_or_none(code=keys.code(code, "place", keys.PLACE))
    if place is None:
        raise DomainError("unknown", "place")
    return place.lineage


def _read_rows(divisions: Path, villages: Path) -> list[_Row]:
    columns = ("code", "name_fa", "level", "parent_code")
    lines: dict[str, tuple[PlaceLevel, Line]] = {}
    for line in (*read(divisions, columns), *read(villages, (*columns, "kind"))):
        code = line.code("code", longest=16)
        if code in lines:
            line.refuse("file_duplicate", "code")
        lines[code] = _level(line), line
    order = list(_HOLDERS)
    rows: dict[str, _Row] = {}
    for code, (level, line) in sorted(lines.items(), key=lambda item: order.index(item[1][0])):
        rows[code] = _row(code, level, line, rows)
    return list(rows.values())


def _level(line: Line) -> PlaceLevel:
    try:
        return PlaceLevel(line.cells["level"])
    except ValueError:
        line.refuse("file_value", "level")


def _row(code: str, level: PlaceLevel, line: Line, above: dict[str, _Row]) -> _Row:
    name = line.text("name_fa", longest=80)
    kind = _kind(level, line)
    parent = _holder(level, line, above)
    lineage, path = f"{code}/", ""
    province, county = code, code if level is PlaceLevel.COUNTY else None
    if parent is not None:
        lineage = f"{parent[_LINEAGE]}{code}/"
        own = title(PlaceLevel(parent[3]), parent[4], parent[1])
        path = f"{own}، {parent[_PATH]}" if parent[_PATH] else own
        province, county = parent[6], county or parent[7]
    return (
        *(code, name, squeeze(name), level.value, kind, parent[0] if parent else None),
        *(province, county, lineage, path, True),
    )


def _kind(level: PlaceLevel, line: Line) -> str:
    if level is not PlaceLevel.VILLAGE:
        return ""
    kind = line.cells.get("kind", "")
    if kind not in VILLAGE_KINDS:
        line.refuse("file_value", "kind")
    return kind


def _holder(level: PlaceLevel, line: Line, above: dict[str, _Row]) -> _Row | None:
    holders = _HOLDERS[level]
    code = line.code("parent_code", longest=16, required=bool(holders))
    if not holders:
        if code:
            line.refuse("file_orphan", "parent_code")
        return None
    parent = above.get(code)
    if parent is None or PlaceLevel(parent[3]) not in holders:
        line.refuse("file_orphan", "parent_code")
    return parent
