"""Units that a case can be referred to: those near its place, or found by words."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

from tortoise.expressions import Q

from domain import agencies, keys, permissions
from domain.actors import CASES_WRITE
from models import Agency, Case, Client, Referral, User
from models.enums import AgencyLevel, Role
from ui import labels

SHOWN = 6
_NEAR = 40
_RANK = {level: rank for rank, level in enumerate(AgencyLevel)}


async def choices(
    case: Case, below: Agency | None, text: str, chosen: Sequence[str], busy: Set[int]
) -> list[dict[str, Any]]:
    """What is chosen, then what was found by `text`, or else the units nearest to the case.

    `below` limits them to units below a referring one; `busy` have an open referral already.
    """
    units = await (_found(case, text) if text.strip() else _near(case, below))
    kept = await _chosen(case, chosen)
    known = {unit.id for unit in kept}
    fresh = [
        unit
        for unit in units
        if unit.id not in known | busy and (below is None or _below(unit, below))
    ]
    offered = [*kept, *fresh[:SHOWN]]
    staffed = await _staffed(offered)
    return [_option(unit, unit.id in known, unit.id in staffed) for unit in offered]


async def busy(case: Case) -> set[int]:
    """Units of the case with an open referral."""
    open_ones = Referral.filter(case_id=case.id, status__in=list(permissions.OPEN_REFERRAL))
    return {row.agency_id for row in await open_ones.only("id", "agency_id")}


def _option(unit: Agency, checked: bool, staffed: bool) -> dict[str, Any]:
    hint = labels.AGENCY_LEVEL[unit.level]
    if not staffed:
        hint += "؛ راهبر ندارد، به واحد بالاتر می‌رود"
    return {"value": unit.code, "label": unit.name, "hint": hint, "checked": checked}


async def _found(case: Case, text: str) -> list[Agency]:
    return await agencies.search(
        text, limit=SHOWN * 3, place=case.place, within_main=case.main_agency_id
    )


async def _near(case: Case, below: Agency | None) -> list[Agency]:
    """The unit complained of and those above it, then units of its place, nearest first."""
    lineage = [int(part) for part in case.agency.lineage.strip("/").split("/") if part]
    around = [part for part in case.place.lineage.strip("/").split("/") if part]
    here = Q(id__in=lineage) | Q(place_id__in=around)
    query = Agency.filter(here, main_id=case.main_agency_id, active=True)
    if below is not None:
        query = query.filter(lineage__startswith=below.lineage)
    units = await query.order_by("id").limit(_NEAR)
    return sorted(
        units,
        key=lambda unit: (unit.id != case.agency_id, unit.id not in lineage, -_RANK[unit.level]),
    )


async def _chosen(case: Case, codes: Sequence[str]) -> list[Agency]:
    known = [code for code in codes if keys.may_be_code(code)][:40]
    if not known:
        return []
    wanted = Agency.filter(code__in=known, main_id=case.main_agency_id, active=True)
    return await wanted.order_by("id")


async def _staffed(units: Sequence[Agency]) -> set[int]:
    """Units with a coordinator, or a partner's system in the place of one."""
    ids = [unit.id for unit in units]
    if not ids:
        return set()
    people = User.filter(agency_id__in=ids, role=Role.COORDINATOR, active=True)
    clients = await Client.filter(agency_id__in=ids, revoked_at=None)
    found = {row.agency_id for row in await people if row.agency_id is not None}
    return found | {row.agency_id for row in clients if CASES_WRITE in row.scopes}


def _below(unit: Agency, top: Agency) -> bool:
    return unit.id != top.id and unit.lineage.startswith(top.lineage)
