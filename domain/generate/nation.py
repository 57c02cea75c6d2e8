"""The country as the generator sees it: places, agencies, people and texts, read once."""

from __future__ import annotations

import csv
import hashlib
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Generic, TypeVar

from domain.errors import DomainError
from domain.generate.vocabulary import BY_CODE, BY_KIND, THEMES, Theme
from models import Agency, Indicator, MessageTemplate, Place, User
from models.enums import AgencyLevel, Language, PlaceLevel, Role

T = TypeVar("T")

POPULATION = Path(__file__).parent / "data" / "provinces.csv"
_SMALLEST_PROVINCE = 500_000
_URBAN = 0.72
_TOWN = 60
"""How many villages' callers a town has, where both are drawn together."""
_SHARES = {
    "EDU": 13.0,
    "LAB-SSO": 14.0,
    "MOH": 6.0,
    "MOI-IMO": 3.0,
    "MOI-SABT": 6.0,
    "FIN-TAX": 4.0,
    "FIN-MELLI": 3.5,
    "FIN-SEPAH": 3.0,
    "FIN-MASK": 2.0,
    "FIN-KESH": 2.0,
    "LAB-REFAH": 1.5,
    "ENE-NWW": 5.0,
    "ENE-TAV": 5.0,
    "PET-NIGC": 3.0,
    "NIOPDC": 1.0,
    "ICT-POST": 3.0,
    "AGR": 3.5,
    "LAB": 3.0,
    "LAB-BEH": 2.5,
    "IKRF": 2.0,
    "RUD": 2.5,
    "BMEI": 2.0,
    "IMT": 2.5,
    "SCI": 1.5,
    "IAU": 2.0,
    "JUD-REG": 3.0,
    "MOI": 2.0,
}
"""Approximate shares of organisations; others have 0.15 each, units in a province 1."""


@dataclass(slots=True)
class Weighted(Generic[T]):
    """Things to draw from, each as often as its weight says."""

    items: list[T] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)

    def add(self, item: T, weight: float) -> None:
        self.items.append(item)
        self.totals.append((self.totals[-1] if self.totals else 0.0) + weight)

    def draw(self, rng: Random) -> T:
        return self.items[bisect_left(self.totals, rng.random() * self.totals[-1])]


@dataclass(slots=True)
class Unit:
    """An agency with what the generator wants to know of it."""

    id: int
    code: str
    name: str
    level: AgencyLevel
    main_id: int
    chain: list[Unit]
    theme: Theme
    quality: float
    place: str | None = None
    children: list[Unit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place a case may come from."""

    code: str
    province: str
    county: str | None


class Nation:
    """Everything that histories draw from."""

    def __init__(self) -> None:
        self.units: dict[int, Unit] = {}
        self.organisations: Weighted[Unit] = Weighted()
        self.offices: dict[tuple[int, str], list[Unit]] = defaultdict(list)
        self.provinces: Weighted[str] = Weighted()
        self.towns: dict[str, Weighted[Spot]] = {}
        self.villages: dict[str, Weighted[Spot]] = {}
        self.around: dict[str, Weighted[Spot]] = defaultdict(Weighted)
        self.staff: dict[tuple[Role, int | None], list[int]] = defaultdict(list)
        self.indicators: dict[str, int] = {}
        self.templates: dict[tuple[str, Language], str] = {}

    def spot(self, rng: Random) -> Spot:
        province = self.provinces.draw(rng)
        villages = self.villages.get(province)
        if villages is not None and rng.random() > _URBAN:
            return villages.draw(rng)
        return self.towns[province].draw(rng)

    def spot_at(self, place: str, rng: Random) -> Spot:
        """Somewhere in a province or county, which is where a unit's citizens come from."""
        return self.around[place].draw(rng) if place in self.around else self.spot(rng)

    def office(self, organisation: Unit, spot: Spot, rng: Random) -> Unit:
        """The unit of an organisation that serves a place; itself where it has none."""
        county = self.offices.get((organisation.id, spot.county or ""))
        if county and rng.random() < 0.8:
            return rng.choice(county)
        province = self.offices.get((organisation.id, spot.province))
        if province and rng.random() < 0.95:
            return rng.choice(province)
        return organisation

    def person(self, role: Role, agency_id: int | None, rng: Random) -> int:
        return rng.choice(self.staff[role, agency_id])


async def load() -> Nation:
    """Read the country but for its people. DomainError `required` when places or agencies are not
    loaded."""
    nation = Nation()
    await _load_places(nation)
    await _load_agencies(nation)
    indicators = Indicator.filter(active=True).order_by("version")
    nation.indicators = {row.code: row.id for row in await indicators}
    templates = MessageTemplate.filter(active=True).order_by("version")
    nation.templates = {(row.key, Language(row.language)): row.text for row in await templates}
    return nation


async def load_staff(nation: Nation) -> None:
    """Read who is there."""
    rows = User.filter(active=True).order_by("id").values_list("role", "agency_id", "id")
    for role, agency_id, number in await rows:
        nation.staff[role, agency_id].append(number)


async def _load_places(nation: Nation) -> None:
    people = _population()
    rows = await Place.filter(active=True).values_list(
        "code", "name", "level", "kind", "province_id", "county_id"
    )
    for code, name, level, kind, province, county in rows:
        home = province or code
        spot = Spot(code, home, county)
        if level is PlaceLevel.PROVINCE:
            nation.provinces.add(code, people.get(name, _SMALLEST_PROVINCE))
            nation.towns.setdefault(home, Weighted())
        elif level in (PlaceLevel.CITY, PlaceLevel.COUNTY):
            weight = _town_weight(code)
            nation.towns.setdefault(home, Weighted()).add(spot, weight)
            _surround(nation, spot, weight * _TOWN)
        elif level is PlaceLevel.VILLAGE and kind != "site":
            weight = 12.0 if kind == "large" else 1.0
            nation.villages.setdefault(home, Weighted()).add(spot, weight)
            _surround(nation, spot, weight)
    for province, towns in nation.towns.items():
        if not towns.items:
            towns.add(Spot(province, province, None), 1.0)
    if not nation.provinces.items:
        raise DomainError("required", "places")


def _surround(nation: Nation, spot: Spot, weight: float) -> None:
    nation.around[spot.province].add(spot, weight)
    if spot.county is not None:
        nation.around[spot.county].add(spot, weight)


async def _load_agencies(nation: Nation) -> None:
    rows = await Agency.filter(active=True).order_by("lineage")
    for row in sorted(rows, key=lambda agency: agency.lineage.count("/")):
        above = nation.units.get(row.parent_id or 0)
        unit = Unit(
            id=row.id,
            code=row.code,
            name=row.name,
            level=row.level,
            main_id=row.main_id or row.id,
            chain=[],
            theme=_theme(row.code, row.kind, above),
            quality=_quality(row.code, above),
            place=row.place_id,
        )
        unit.chain = [*(above.chain if above else ()), unit]
        nation.units[unit.id] = unit
        if above is not None:
            above.children.append(unit)
        _place_unit(nation, unit, row)
    if not nation.units:
        raise DomainError("required", "agencies")


def _place_unit(nation: Nation, unit: Unit, row: Agency) -> None:
    if row.place_id is None:
        nation.organisations.add(unit, _SHARES.get(unit.code, 0.15))
        return
    owner = next((u for u in reversed(unit.chain[:-1]) if _national(u)), unit.chain[0])
    nation.offices[owner.id, row.place_id].append(unit)
    if not row.generated and row.kind in ("municipality", "medical_university", "governorate"):
        nation.organisations.add(unit, 0.12)


def _national(unit: Unit) -> bool:
    return unit.level in (AgencyLevel.MAIN, AgencyLevel.SUBSIDIARY)


def _theme(code: str, kind: str, above: Unit | None) -> Theme:
    name = BY_CODE.get(code) or BY_KIND.get(kind)
    if name is not None:
        return THEMES[name]
    return above.theme if above is not None else THEMES["general"]


def _quality(code: str, above: Unit | None) -> float:
    """How well a unit works, 0–1: its own from its code, and something of those above it."""
    own = hashlib.sha256(code.encode()).digest()[0] / 255
    if above is None:
        return own
    return 0.75 * above.quality + 0.25 * own


def _town_weight(code: str) -> float:
    """A few large towns and many small ones, the same at every run."""
    share = (hashlib.sha256(code.encode()).digest()[0] + 1) / 256
    return 1 / share


def _population() -> dict[str, int]:
    with POPULATION.open(encoding="utf-8", newline="") as file:
        return {row["name_fa"]: int(row["population"]) for row in csv.DictReader(file)}
