"""Lists of executive agencies as files, and the units that patterns make of them (A2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.bulk import Line, read
from domain.text import fold
from models.enums import AgencyLevel

_LONGEST_CODE: Final = 32
_LEVELS: Final = tuple(AgencyLevel)

# code → (name, code of the province)
Places = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Unit:
    """An agency as a list or a pattern gives it; `parent` and `place` are codes."""

    code: str
    name: str
    kind: str
    level: AgencyLevel
    parent: str | None
    place: str | None = None
    name_en: str = ""
    generated: bool = False


def read_units(agencies: Path, provincial: Path, provinces: Places) -> list[Unit]:
    """The agencies of two files, parents first.

    A blank parent makes a main agency; with a parent, those of `agencies` are subsidiary and those
    of `provincial` provincial. Raises DomainError file_….
    """
    columns = ("code", "name_fa", "name_en", "kind", "parent_code")
    units: dict[str, Unit] = {}
    lines: dict[str, Line] = {}
    for line in read(agencies, columns):
        _add(units, lines, line, AgencyLevel.SUBSIDIARY, None)
    for line in read(provincial, (*columns, "province_code")):
        place = line.code("province_code", longest=16)
        if place not in provinces:
            line.refuse("file_orphan", "province_code")
        _add(units, lines, line, AgencyLevel.PROVINCIAL, place)
    ordered: dict[str, Unit] = {}
    for unit in units.values():
        for member in reversed(_chain(unit, units, lines)):
            ordered[member.code] = member
    return list(ordered.values())


def generate_units(
    listed: Iterable[Unit], patterns: Path, provinces: Places, counties: Places
) -> list[Unit]:
    """Provincial and county units by pattern, for the agencies of `listed`; provincial ones first.

    A later pattern overrides an earlier one for the counties it names; a pattern whose agency is
    not listed makes nothing. Raises DomainError file_….
    """
    owners = {unit.code: unit for unit in listed}
    units: dict[str, Unit] = {}
    for line in read(patterns, ("prefix", "parent", "provincial_name", "county_name", "only")):
        made = (*_in_provinces(line, owners, provinces), *_in_counties(line, owners, counties))
        units |= {unit.code: unit for unit in made}
    return sorted(units.values(), key=lambda unit: _LEVELS.index(unit.level))


def _add(
    units: dict[str, Unit],
    lines: dict[str, Line],
    line: Line,
    level: AgencyLevel,
    place: str | None,
) -> None:
    code = line.code("code", longest=_LONGEST_CODE)
    if code in units:
        line.refuse("file_duplicate", "code")
    parent = line.code("parent_code", longest=_LONGEST_CODE, required=False) or None
    lines[code] = line
    units[code] = Unit(
        code=code,
        name=line.text("name_fa", longest=120),
        kind=line.code("kind", longest=30),
        level=level if parent else AgencyLevel.MAIN,
        parent=parent,
        place=place,
        name_en=line.text("name_en", longest=200, required=False),
    )


def _chain(unit: Unit, units: Mapping[str, Unit], lines: Mapping[str, Line]) -> Sequence[Unit]:
    """A unit and those above it; refuses a missing parent, a circle, a parent of lower level."""
    chain = [unit]
    while (code := chain[-1].parent) is not None:
        parent, child = units.get(code), chain[-1]
        if (
            parent is None
            or parent in chain
            or _LEVELS.index(parent.level) > _LEVELS.index(child.level)
        ):
            lines[child.code].refuse("file_orphan", "parent_code")
        chain.append(parent)
    return chain


def _in_provinces(line: Line, owners: Mapping[str, Unit], provinces: Places) -> Iterator[Unit]:
    pattern = line.text("provincial_name", longest=100, required=False)
    for place, (name, _) in provinces.items():
        owner = _owner(line, owners, place)
        if pattern and owner is not None:
            yield _made(line, pattern, name, owner, AgencyLevel.PROVINCIAL, owner.code, place)


def _in_counties(line: Line, owners: Mapping[str, Unit], counties: Places) -> Iterator[Unit]:
    pattern = line.text("county_name", longest=100, required=False)
    only = {fold(name) for name in line.cells["only"].split("|") if name}
    for place, (name, province) in counties.items():
        owner = _owner(line, owners, province)
        if pattern and owner is not None and (not only or fold(name) in only):
            provincial = f"{line.cells['prefix']}-{province}"
            parent = provincial if line.cells["provincial_name"] else owner.code
            yield _made(line, pattern, name, owner, AgencyLevel.COUNTY, parent, place)


def _owner(line: Line, owners: Mapping[str, Unit], province: str) -> Unit | None:
    return owners.get(line.cells["parent"].replace("{province}", province))


def _made(
    line: Line,
    pattern: str,
    name: str,
    owner: Unit,
    level: AgencyLevel,
    parent: str,
    place: str,
) -> Unit:
    return Unit(
        code=f"{line.code('prefix', longest=20)}-{place}",
        name=pattern.replace("{}", name),
        kind=owner.kind,
        level=level,
        parent=parent,
        place=place,
        generated=True,
    )
