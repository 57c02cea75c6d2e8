"""The one visibility rule (design §2): every read and write of a case passes here.

An actor who may not see a case gets `not_found`, as if it did not exist.
"""

from __future__ import annotations

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from domain import calls, keys, tracking_code
from domain.actors import CASES_READ, IDENTITY_READ, Actor
from domain.errors import DomainError, NotFound
from models import Case, CaseEvent, Referral
from models.enums import ActorKind, AgencyLevel, ReporterKind, Role

_NOBODY = Q(id=-1)


def rule(actor: Actor) -> Q:
    """The condition on `Case` under which `actor` sees it."""
    if actor.kind in (ActorKind.SYSTEM, ActorKind.CITIZEN) or actor.role is Role.SUPERVISOR:
        return Q()
    if actor.kind is ActorKind.CLIENT:
        return _subtree(actor) if CASES_READ in actor.scopes else _NOBODY
    if actor.role is Role.OPERATOR:
        return _operator(actor)
    if actor.role is Role.SENIOR:
        return Q(main_agency_id=actor.main_agency_id)
    if actor.role is Role.COORDINATOR:
        return _referred(actor)
    if actor.role in (Role.HEAD, Role.INSPECTOR) and actor.agency_id:
        return _subtree(actor)
    if actor.role is Role.HEAD:
        return Q()
    return _NOBODY


def cases(actor: Actor) -> QuerySet[Case]:
    return Case.filter(rule(actor))


def referrals(actor: Actor) -> QuerySet[Referral]:
    """Referrals that `actor` sees, of cases that `actor` sees."""
    if sees_own_referrals_only(actor):
        return Referral.filter(referral_rule(actor))
    return Referral.filter(case_id__in=Subquery(cases(actor).values("id")))


def referral_rule(actor: Actor) -> Q:
    """Which referrals of a visible case `actor` sees."""
    if sees_own_referrals_only(actor):
        return Q(agency__lineage__startswith=actor.lineage)
    return Q()


async def case(actor: Actor, key: int | str) -> Case:
    """The case by id or tracking code."""
    return await _one(cases(actor), key)


def has_code(code: str) -> Q:
    """The condition on `Case` that it has this tracking code, in anybody's writing."""
    return Q(tracking_code=tracking_code.parse(code) or "")


async def locked_case(actor: Actor, key: int | str, expected_version: int | None = None) -> Case:
    """The case, locked for the running transaction; `stale` when it moved on meanwhile.

    One statement sees and locks: what became invisible while it waited for the lock is not found.
    """
    locked = await _one(_locking(cases(actor)), key)
    if expected_version is not None and locked.version != expected_version:
        raise DomainError("stale", "version")
    return locked


async def locked_referral(
    actor: Actor, referral_id: int, expected_version: int | None = None
) -> tuple[Referral, Case]:
    """An own or lower unit's referral with its case, locked."""
    found = await referrals(actor).filter(id=keys.row_id(referral_id, "referral")).first()
    if found is None:
        raise NotFound("referral")
    locked = await locked_case(actor, found.case_id, expected_version)
    fresh = await Referral.get(id=referral_id).select_related("agency")
    return fresh, locked


def event_rule(actor: Actor) -> Q:
    """Which entries of a visible case's timeline `actor` sees: of referrals, those they see."""
    if not sees_own_referrals_only(actor):
        return Q()
    own = Referral.filter(referral_rule(actor)).values("id")
    return Q(referral_id=None) | Q(referral_id__in=Subquery(own))


def order_rule(actor: Actor) -> Q:
    """Which action orders of a visible case `actor` sees: those behind referrals they see."""
    if not sees_own_referrals_only(actor):
        return Q()
    own = Referral.filter(referral_rule(actor), order_id__isnull=False).values("order_id")
    return Q(id__in=Subquery(own))


def sees_own_referrals_only(actor: Actor) -> bool:
    """Below the main agency people and systems see the referrals of their unit and lower ones."""
    system = actor.kind is ActorKind.CLIENT and actor.agency_level is not AgencyLevel.MAIN
    return actor.role is Role.COORDINATOR or system


def events(actor: Actor, case_row: Case) -> QuerySet[CaseEvent]:
    return CaseEvent.filter(event_rule(actor), case_id=case_row.id).order_by("id")


def shows_identity(actor: Actor, case_row: Case) -> bool:
    """Whether the citizen's identity may be opened: by consent, never for an employee (G2)."""
    if actor.role in (Role.SUPERVISOR, Role.OPERATOR):
        return True
    return case_row.consent and case_row.reporter_kind is ReporterKind.CITIZEN


def shows_messages(actor: Actor, case_row: Case) -> bool:
    """Whether the words of the SMS with the citizen may be read; a partner needs identity:read."""
    partner = actor.kind is ActorKind.CLIENT and IDENTITY_READ not in actor.scopes
    return not partner and shows_identity(actor, case_row)


async def _one(query: QuerySet[Case], key: int | str) -> Case:
    if isinstance(key, str):
        query = query.filter(has_code(key))
    else:
        query = query.filter(id=keys.row_id(key, "case"))
    found = await query.first()
    if found is None:
        raise NotFound("case")
    return found


def _locking(query: QuerySet[Case]) -> QuerySet[Case]:
    return query.select_for_update(of=(Case._meta.db_table,))


def _operator(actor: Actor) -> Q:
    callers = calls.speaking(actor).values("caller")
    return Q(registered_by_id=actor.user_id) | Q(mobile__in=Subquery(callers))


def _referred(actor: Actor) -> Q:
    own = Referral.filter(agency__lineage__startswith=actor.lineage).values("case_id")
    return Q(id__in=Subquery(own))


def _subtree(actor: Actor) -> Q:
    if actor.agency_level is AgencyLevel.MAIN:
        return Q(main_agency_id=actor.main_agency_id)
    return Q(agency__lineage__startswith=actor.lineage) | _referred(actor)
