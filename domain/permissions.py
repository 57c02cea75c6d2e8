"""Who may do what, in which status (design §2): one answer for checks, screens and the API."""

from __future__ import annotations

from enum import StrEnum

from tortoise.expressions import Q

from domain import workflow
from domain.actors import CASES_WRITE, Actor
from domain.errors import DomainError, Forbidden
from domain.workflow import Move
from models import Agency, Case, Referral
from models.enums import ActorKind, AgencyLevel, CaseStatus, ReferralStatus, Role

OPEN_REFERRAL = frozenset(
    {ReferralStatus.PENDING, ReferralStatus.ACCEPTED, ReferralStatus.REFERRED}
)


class Act(StrEnum):
    """Acts on a case; each has one use case."""

    ORDER = "order"
    RECORD_RESULT = "record_result"
    RETURN_TO_CENTRE = "return_to_centre"
    REROUTE = "reroute"
    ASK_CITIZEN = "ask_citizen"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    MARK_DUPLICATE = "mark_duplicate"
    MARK_OUT_OF_SCOPE = "mark_out_of_scope"
    EXPLAIN_BREACH = "explain_breach"
    NOTE = "note"


class ReferralAct(StrEnum):
    ACCEPT = "accept"
    REFER = "refer"
    REPORT = "report"
    RETURN = "return"


_MOVES = {
    Act.ORDER: Move.ORDER,
    Act.RECORD_RESULT: Move.ANSWER,
    Act.RETURN_TO_CENTRE: Move.RETURN_TO_CENTRE,
    Act.REROUTE: Move.REROUTE,
    Act.ASK_CITIZEN: Move.ASK,
    Act.WITHDRAW: Move.WITHDRAW,
    Act.MARK_DUPLICATE: Move.MARK_DUPLICATE,
    Act.MARK_OUT_OF_SCOPE: Move.MARK_OUT_OF_SCOPE,
}
_REFERRAL_ACTS = {
    ReferralStatus.PENDING: frozenset(
        {ReferralAct.ACCEPT, ReferralAct.REFER, ReferralAct.REPORT, ReferralAct.RETURN}
    ),
    ReferralStatus.ACCEPTED: frozenset({ReferralAct.REFER, ReferralAct.REPORT, ReferralAct.RETURN}),
}


def require_role(actor: Actor, *roles: Role) -> None:
    if actor.role not in roles:
        raise Forbidden()


def require_scope(actor: Actor, scope: str) -> None:
    """A partner's key must carry `scope`; staff need none."""
    if actor.kind is ActorKind.CLIENT and scope not in actor.scopes:
        raise Forbidden()


def reviews(actor: Actor, case: Case) -> bool:
    """Whether the case, when under review, is held by `actor`."""
    if case.at_centre:
        return actor.role is Role.SUPERVISOR
    if actor.kind is ActorKind.CLIENT:
        return (
            CASES_WRITE in actor.scopes
            and actor.agency_level is AgencyLevel.MAIN
            and actor.agency_id == case.main_agency_id
        )
    return actor.role is Role.SENIOR and actor.main_agency_id == case.main_agency_id


def handles(actor: Actor, unit: Agency) -> bool:
    """Whether referrals of `unit` are `actor`'s to handle; a partner's key covers its subtree."""
    if actor.kind is ActorKind.CLIENT:
        return CASES_WRITE in actor.scopes and actor.within(unit)
    return actor.role is Role.COORDINATOR and actor.agency_id == unit.id


def handled_units(actor: Actor) -> Q | None:
    """`handles` as a condition on `Referral`; None for who handles nothing."""
    if actor.kind is ActorKind.CLIENT and CASES_WRITE in actor.scopes and actor.lineage:
        return Q(agency__lineage__startswith=actor.lineage)
    return Q(agency_id=actor.agency_id) if actor.role is Role.COORDINATOR else None


def acts(actor: Actor, case: Case, *, handling: bool = False) -> frozenset[Act]:
    """Acts open to `actor` now. `handling`: the actor holds an open referral of the case."""
    may: set[Act] = set()
    if reviews(actor, case):
        may |= {Act.ORDER, Act.RECORD_RESULT, Act.ASK_CITIZEN, Act.NOTE}
        may |= {Act.MARK_DUPLICATE, Act.RETURN_TO_CENTRE} if not case.at_centre else set()
    if handling:
        may |= {Act.ASK_CITIZEN, Act.NOTE}
    if actor.role is Role.OPERATOR:
        may |= {Act.WITHDRAW, Act.REOPEN, Act.NOTE}
    if actor.role is Role.SUPERVISOR:
        may |= {Act.WITHDRAW, Act.REOPEN, Act.REROUTE, Act.NOTE}
        may |= {Act.MARK_DUPLICATE, Act.MARK_OUT_OF_SCOPE}
    if actor.role is Role.HEAD:
        may |= {Act.NOTE} if actor.agency_id is None else {Act.NOTE, Act.EXPLAIN_BREACH}
    return frozenset(act for act in may if _in_time(act, case))


def referral_acts(actor: Actor, case: Case, referral: Referral) -> frozenset[ReferralAct]:
    """Acts open to `actor` on one referral (its `agency` must be loaded)."""
    if case.status is not CaseStatus.IN_HANDLING or referral.status not in _REFERRAL_ACTS:
        return frozenset()
    return _REFERRAL_ACTS[referral.status] if handles(actor, referral.agency) else frozenset()


def require(actor: Actor, case: Case, act: Act, *, handling: bool = False) -> None:
    """Refuse an act: `wrong_state` when only the status forbids it, else `forbidden`."""
    if act in acts(actor, case, handling=handling):
        return
    if not _in_time(act, case):
        raise DomainError("wrong_state")
    raise Forbidden()


def require_on_referral(actor: Actor, case: Case, referral: Referral, act: ReferralAct) -> None:
    if not handles(actor, referral.agency):
        raise Forbidden()
    if act not in referral_acts(actor, case, referral):
        raise DomainError("wrong_state")


def _in_time(act: Act, case: Case) -> bool:
    move = _MOVES.get(act)
    if act is Act.REROUTE:
        return case.status is CaseStatus.REGISTERED and case.at_centre
    if act is Act.REOPEN:
        return case.status is CaseStatus.CLOSED
    return move is None or workflow.allows(case.status, move)
