"""What the case page reads, with a fixed number of queries whatever the case has been through."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from domain import breaches, contacts, permissions, rules, visibility
from domain.actors import Actor
from domain.permissions import Act, ReferralAct
from models import (
    ActionOrder,
    Breach,
    Case,
    CaseEvent,
    Contact,
    Feedback,
    InboxMessage,
    Indicator,
    OutboxMessage,
    Question,
    Referral,
    Round,
    User,
)
from models.enums import ReferralStatus, Role, TextKind

SECRET_MESSAGES = (TextKind.IDENTITY_CODE,)
"""Texts that only the caller may read."""
_OPEN = (ReferralStatus.PENDING, ReferralStatus.ACCEPTED)


@dataclass(frozen=True)
class Rows:
    """A case with everything that belongs to it, as `actor` may see it."""

    actor: Actor
    case: Case
    others: list[Indicator]
    rounds: list[Round]
    verdicts: list[Feedback]
    referrals: list[Referral]
    coordinators: dict[int, list[str]]
    orders: list[ActionOrder]
    events: list[CaseEvent]
    sent: list[OutboxMessage]
    received: list[InboxMessage]
    breaches: list[Breach]
    question: Question | None
    same_incident: int
    limit: int
    contact: Contact | None

    @property
    def handling(self) -> bool:
        return any(
            row.status in _OPEN and permissions.handles(self.actor, row.agency)
            for row in self.referrals
        )

    @property
    def acts(self) -> frozenset[Act]:
        return permissions.acts(self.actor, self.case, handling=self.handling)

    def referral_acts(self, row: Referral) -> frozenset[ReferralAct]:
        return permissions.referral_acts(self.actor, self.case, row)

    @property
    def stamp(self) -> str:
        last = self.events[-1].id if self.events else 0
        return _stamp(last, max((row.updated_at for row in self.sent), default=None))

    @property
    def current(self) -> Round:
        return self.rounds[-1]


async def load(actor: Actor, case_id: int) -> Rows:
    """Raises `not_found` for a case that the actor may not see."""
    case = await visible(actor, case_id)
    referrals = await _referrals(actor, case)
    rounds = await _rounds(case)
    return Rows(
        actor=actor,
        case=case,
        others=await case.other_indicators.all().order_by("code"),
        rounds=rounds,
        verdicts=await _verdicts(rounds),
        referrals=referrals,
        coordinators=await _coordinators(referrals),
        orders=await _orders(case, referrals),
        events=await visibility.events(actor, case).select_related("user", "client", "agency"),
        sent=await OutboxMessage.filter(case_id=case.id)
        .exclude(kind__in=SECRET_MESSAGES)
        .order_by("id"),
        received=await InboxMessage.filter(case_id=case.id).order_by("id"),
        breaches=await _breaches(actor, rounds),
        question=await _question(case),
        same_incident=await _same_incident(actor, case),
        limit=int((await rules.load()).clock.total_seconds()),
        contact=await _contact(actor, case),
    )


async def visible(actor: Actor, case_id: int) -> Case:
    """The case with the rows that its head shows, in one query."""
    found = (
        await visibility.cases(actor)
        .filter(id=case_id)
        .select_related("agency", "main_agency", "place", "indicator", "incident", "duplicate_of")
        .first()
    )
    return found or await visibility.case(actor, case_id)


async def stamp(case: Case) -> str:
    """Changes whenever the page would: an event, or news of an SMS. See `Rows.stamp`."""
    event = await CaseEvent.filter(case_id=case.id).order_by("-id").first()
    message = await OutboxMessage.filter(case_id=case.id).order_by("-updated_at").first()
    return _stamp(event.id if event else 0, message.updated_at if message else None)


def _stamp(event_id: int, news: datetime | None) -> str:
    return f"{event_id}-{int(news.timestamp() * 1000) if news else 0}"


async def _referrals(actor: Actor, case: Case) -> list[Referral]:
    seen = visibility.referrals(actor).filter(case_id=case.id)
    return await seen.order_by("id").select_related("agency", "round")


async def _rounds(case: Case) -> list[Round]:
    rounds = Round.filter(case_id=case.id).order_by("number")
    return await rounds.select_related("producer", "result_by")


async def _verdicts(rounds: list[Round]) -> list[Feedback]:
    answered = [row.id for row in rounds if row.answered_at is not None]
    if not answered:
        return []
    return await Feedback.filter(round_id__in=answered, superseded=False).order_by("id")


async def _orders(case: Case, referrals: list[Referral]) -> list[ActionOrder]:
    if not any(row.order_id for row in referrals):
        return []
    orders = ActionOrder.filter(case_id=case.id).order_by("id")
    return await orders.select_related("issued_by", "round")


async def _breaches(actor: Actor, rounds: list[Round]) -> list[Breach]:
    late = [row.id for row in rounds if row.breached_at is not None]
    if not late:
        return []
    found = breaches.of(actor).filter(round_id__in=late)
    return await found.select_related("round", "agency", "explained_by")


async def _question(case: Case) -> Question | None:
    if case.paused_at is None:
        return None
    return await Question.filter(case_id=case.id, ended_at=None).first()


async def _coordinators(referrals: list[Referral]) -> dict[int, list[str]]:
    """Names of the coordinators of each unit that has been referred to."""
    names: dict[int, list[str]] = defaultdict(list)
    units = {row.agency_id for row in referrals}
    if units:
        people = User.filter(agency_id__in=list(units), role=Role.COORDINATOR, active=True)
        for unit, name in await people.order_by("id").values_list("agency_id", "full_name"):
            names[unit].append(name)
    return dict(names)


async def _contact(actor: Actor, case: Case) -> Contact | None:
    """The other end of the conversation, for who may see all of it."""
    if actor.role not in contacts.READERS:
        return None
    return await contacts.visible(actor).filter(mobile=case.mobile).first()


async def _same_incident(actor: Actor, case: Case) -> int:
    """How many other visible cases belong to the same incident."""
    if case.incident_id is None:
        return 0
    others = visibility.cases(actor).filter(incident_id=case.incident_id).exclude(id=case.id)
    return await others.count()
