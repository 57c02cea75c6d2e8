"""The senior coordinator's review (S3): action order, return to the centre; and its reroute."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain import (
    clock,
    events,
    keys,
    notifications,
    permissions,
    rules,
    staff,
    visibility,
)
from domain.actors import Actor
from domain.cases import refer_to_senior
from domain.errors import DomainError
from domain.permissions import OPEN_REFERRAL, Act
from domain.text import clean_line, clean_text
from domain.time import now
from domain.workflow import Move
from models import ActionOrder, Agency, Case, Referral, Round
from models.database import atomic
from models.enums import EventKind, NoticeKind, ReferralStatus

MIN_MINUTES = 5
MAX_MINUTES = 7 * 24 * 60
MAX_UNITS = 20
_WHOLE_NUMBER = re.compile(r"-?\d{1,10}")


async def order(
    actor: Actor,
    case_key: int | str,
    text: object,
    units: Sequence[object],
    minutes: object = None,
    expected_version: int | None = None,
) -> ActionOrder:
    """Issue an action order with a deadline to one or several units (their codes) at once.

    Without `minutes` the deadline leaves the result its budget. A unit without a coordinator is
    passed over for the nearest one above it.
    """
    instruction = clean_text(text, "text", max=2000, min=5)
    span = _minutes(minutes)
    async with atomic():
        case = await visibility.locked_case(actor, case_key, expected_version)
        permissions.require(actor, case, Act.ORDER)
        targets = await target_units(case, units)
        current = await clock.current_round(case)
        policy = await rules.load()
        due_at = _deadline(case, span, policy)
        row = await ActionOrder.create(
            case=case,
            round=current,
            text=instruction,
            due_at=due_at,
            issued_by_id=actor.user_id,
            created_at=now(),
        )
        await events.move(case, Move.ORDER, actor, text=instruction)
        await clock.first_action(case)
        for unit in targets:
            await create_referral(actor, case, current, unit, instruction, due_at, order=row)
    return row


async def return_to_centre(
    actor: Actor, case_key: int | str, reason: object, expected_version: int | None = None
) -> Case:
    """The agency is the wrong one: the case goes back to the centre; misrouting is measured."""
    why = clean_line(reason, "reason", max=500, min=5)
    async with atomic():
        case = await visibility.locked_case(actor, case_key, expected_version)
        permissions.require(actor, case, Act.RETURN_TO_CENTRE)
        case.misrouted += 1
        case.at_centre = True
        await events.move(case, Move.RETURN_TO_CENTRE, actor, text=why)
        await clock.first_action(case)
        people = await staff.supervisors()
        await notifications.notify(
            people, NoticeKind.MISROUTED, case, f"misrouted:{case.id}:{case.misrouted}"
        )
    return case


async def reroute(
    actor: Actor,
    case_key: int | str,
    agency_code: object,
    reason: object,
    expected_version: int | None = None,
) -> Case:
    """The centre sends a case to the right agency. The clock goes on; it is the citizen's."""
    why = clean_line(reason, "reason", max=500, min=5)
    async with atomic():
        case = await visibility.locked_case(actor, case_key, expected_version)
        permissions.require(actor, case, Act.REROUTE)
        agency = await Agency.get_or_none(code=keys.code(agency_code, "agency"))
        if agency is None or not agency.active:
            raise DomainError("unknown", "agency")
        case.agency_id = agency.id
        case.main_agency_id = agency.main_id or agency.id
        await events.move(case, Move.REROUTE, actor, text=f"{agency.name}: {why}")
        await refer_to_senior(case)
    return case


async def target_units(
    case: Case, codes: Sequence[object], *, below: Agency | None = None
) -> list[Agency]:
    """The attended units behind `codes`: of the case's agency, without an open referral, unique.

    `below` limits them to units below a referring one.
    """
    if not codes:
        raise DomainError("required", "units")
    if not isinstance(codes, list | tuple):
        raise DomainError("invalid", "units")
    if len(codes) > MAX_UNITS:
        raise DomainError("too_many", "units", max=MAX_UNITS)
    open_units = set(
        await Referral.filter(case_id=case.id, status__in=list(OPEN_REFERRAL)).values_list(
            "agency_id", flat=True
        )
    )
    chosen: dict[int, Agency] = {}
    for code in codes:
        unit = await _unit(case, code, below)
        if unit.id in open_units:
            raise DomainError("already_referred", "units")
        chosen[unit.id] = unit
    return list(chosen.values())


async def create_referral(
    actor: Actor,
    case: Case,
    current: Round,
    unit: Agency,
    instruction: str,
    order_due: datetime,
    *,
    order: ActionOrder | None = None,
    parent: Referral | None = None,
) -> Referral:
    """Hand work to one unit within the hop's budget and tell its coordinators."""
    policy = await rules.load()
    budget = now() + timedelta(minutes=policy.referral_budget)
    referral = await Referral.create(
        case=case,
        round=current,
        order=order,
        parent=parent,
        agency=unit,
        status=ReferralStatus.PENDING,
        instruction=instruction,
        due_at=min(budget, order_due),
        created_at=now(),
    )
    await events.record(case, actor, EventKind.REFERRED, text=unit.name, referral=referral)
    people = await staff.coordinators(unit.id)
    await notifications.notify(people, NoticeKind.REFERRAL, case, f"referral:{referral.id}")
    return referral


async def _unit(case: Case, code: object, below: Agency | None) -> Agency:
    unit = await Agency.get_or_none(code=keys.code(code, "units"))
    if unit is None or not unit.active or (unit.main_id or unit.id) != case.main_agency_id:
        raise DomainError("unknown", "units")
    if below is not None and not _below(unit, below):
        raise DomainError("not_below", "units")
    attended = await staff.attended_unit(unit)
    if attended is None or (below is not None and not _below(attended, below)):
        raise DomainError("no_coordinator", "units")
    return attended


def _below(unit: Agency, top: Agency) -> bool:
    return unit.id != top.id and unit.lineage.startswith(top.lineage)


def _minutes(value: object) -> timedelta | None:
    if value is None or value == "":
        return None
    typed = str(value).strip()
    if not _WHOLE_NUMBER.fullmatch(typed):
        raise DomainError("invalid", "minutes")
    minutes = int(typed)
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise DomainError("out_of_range", "minutes", min=MIN_MINUTES, max=MAX_MINUTES)
    return timedelta(minutes=minutes)


def _deadline(case: Case, span: timedelta | None, policy: rules.Rules) -> datetime:
    if span is not None:
        return now() + span
    earliest = now() + timedelta(minutes=policy.referral_budget)
    return max(earliest, case.due_at - timedelta(minutes=policy.result_budget))
