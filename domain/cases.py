"""Registration of a case and its automatic referral to the senior coordinator (S2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from domain import (
    clock,
    events,
    identity,
    keys,
    ladder,
    lookalikes,
    national_id,
    notifications,
    outbox,
    permissions,
    phone,
    rules,
    staff,
    tracking_code,
    visibility,
)
from domain.actors import CASES_WRITE, SYSTEM, Actor
from domain.errors import DomainError, Forbidden, NotFound
from domain.text import clean_line, clean_text, fold
from domain.time import now
from domain.workflow import Move
from models import Agency, Call, Case, CaseEvent, Citizen, Indicator, Place, Round
from models.database import transaction
from models.enums import (
    ActorKind,
    CaseKind,
    CaseStatus,
    Channel,
    DecisionLevel,
    ReporterKind,
    Role,
)

E = TypeVar("E", bound=StrEnum)

MAX_OTHER_INDICATORS = 8
NO_SENIOR = "no_senior"
"""Why a case waits in the centre's queue: its agency has nobody who receives it."""


@dataclass(frozen=True)
class Draft:
    """What is typed at intake, unchecked. `like` is a case of the same incident, if any."""

    kind: object
    reporter_kind: object
    agency: object
    place: object
    indicator: object
    subject: object
    text: object
    other_indicators: Sequence[object] = field(default=())
    consent: bool = False
    like: object = None


@dataclass(frozen=True)
class Checked:
    """A draft whose every field holds."""

    kind: CaseKind
    reporter_kind: ReporterKind
    agency: Agency
    place: Place
    indicator: Indicator
    others: list[Indicator]
    subject: str
    text: str


async def register(actor: Actor, check_id: int, draft: Draft) -> Case:
    """Register the case of a caller whose identity is proved, refer it and start the clock.

    The same form sent twice in one call makes one case.
    """
    permissions.require_role(actor, Role.OPERATOR)
    proof = await identity.proved(actor, check_id)
    assert proof.citizen is not None
    checked = await check(draft)
    like = await _like(draft.like, checked) if draft.like else None
    async with transaction():
        call = await Call.filter(id=proof.call_id).select_for_update().get()
        same = await _registered_before(call, checked)
        if same is not None:
            return same
        return await _create(actor, checked, draft, proof.citizen, proof.mobile, call, like)


async def forward(
    actor: Actor, name: object, id_number: object, mobile: object, draft: Draft
) -> Case:
    """Register a case that a partner agency forwards; the agency vouches for the identity (G6)."""
    if actor.kind is not ActorKind.CLIENT or CASES_WRITE not in actor.scopes:
        raise Forbidden()
    full_name = clean_line(name, "name", max=120, min=3)
    identity_number = national_id.parse(id_number)
    number = phone.parse_mobile(mobile)
    checked = await check(draft)
    if not actor.within(checked.agency):
        raise DomainError("unknown", "agency")
    async with transaction():
        citizen = await identity.citizen_of(full_name, identity_number)
        return await _create(actor, checked, draft, citizen, number, None, None)


async def _like(code: object, checked: Checked) -> Case:
    """The case of the same agency with which the new one makes an incident."""
    try:
        found = await visibility.case(SYSTEM, str(code))
    except NotFound:
        raise DomainError("unknown", "like") from None
    if found.agency_id != checked.agency.id:
        raise DomainError("unknown", "like")
    return found


async def _registered_before(call: Call, checked: Checked) -> Case | None:
    """The case this very form made already: sent twice, or its answer was lost on the way."""
    return await Case.filter(
        call_id=call.id,
        agency_id=checked.agency.id,
        place_id=checked.place.code,
        indicator_id=checked.indicator.id,
        folded=_folded(checked),
    ).first()


async def refer_to_senior(case: Case) -> None:
    """Hand the case to the main agency's senior coordinator, or keep it in the centre's queue."""
    if await staff.has_senior(case.main_agency_id):
        case.at_centre = False
        await events.move(case, Move.REFER_TO_SENIOR, SYSTEM)
        people = await staff.seniors(case.main_agency_id)
        await notifications.notify(people, "new_case", case, f"new:{case.id}:{case.misrouted}")
        return
    case.at_centre = True
    await events.touch(case)
    await events.record(case, SYSTEM, NO_SENIOR)
    people = await staff.supervisors()
    await notifications.notify(people, NO_SENIOR, case, f"no_senior:{case.id}:{case.misrouted}")


async def refer_waiting(main_agency_id: int) -> None:
    """An agency got somebody who receives its cases: hand over those that waited for one.

    Cases that the agency returned as misrouted stay with the centre.
    """
    async with transaction():
        for case in await Case.filter(
            main_agency_id=main_agency_id, status=CaseStatus.REGISTERED, at_centre=True
        ).select_for_update():
            last = (
                await CaseEvent.filter(case_id=case.id, kind__in=[NO_SENIOR, Move.RETURN_TO_CENTRE])
                .order_by("-id")
                .first()
            )
            if last is not None and last.kind == NO_SENIOR:
                await refer_to_senior(case)


async def check(draft: Draft) -> Checked:
    """What is typed, checked field by field; raises for the first that is wrong."""
    agency = await _agency(draft.agency)
    place = await Place.get_or_none(code=keys.code(draft.place, "place", keys.PLACE))
    if place is None or not place.active:
        raise DomainError("unknown", "place")
    indicator = await active_indicator(draft.indicator, "indicator")
    others = await _others(draft.other_indicators)
    return Checked(
        kind=_choice(CaseKind, draft.kind, "kind"),
        reporter_kind=_choice(ReporterKind, draft.reporter_kind, "reporter_kind"),
        agency=agency,
        place=place,
        indicator=indicator,
        others=[item for item in others if item.code != indicator.code],
        subject=clean_line(draft.subject, "subject", max=200, min=3),
        text=clean_text(draft.text, "text", max=5000, min=10),
    )


async def _others(codes: object) -> list[Indicator]:
    """The other indicators, each once."""
    if not isinstance(codes, list | tuple):
        raise DomainError("invalid", "other_indicators")
    if len(codes) > MAX_OTHER_INDICATORS:
        raise DomainError("too_many", "other_indicators", max=MAX_OTHER_INDICATORS)
    found = [await active_indicator(code, "other_indicators") for code in codes]
    return list({item.code: item for item in found}.values())


async def _agency(key: object) -> Agency:
    found = await Agency.get_or_none(code=keys.code(key, "agency"))
    if found is None or not found.active:
        raise DomainError("unknown", "agency")
    return found


async def active_indicator(code: object, field_name: str) -> Indicator:
    """The version in force of I1–I8."""
    wanted = keys.code(code, field_name, keys.INDICATOR)
    found = await Indicator.filter(code=wanted, active=True).order_by("-version").first()
    if found is None:
        raise DomainError("unknown", field_name)
    return found


def _choice(kind: type[E], value: object, field_name: str) -> E:
    for member in kind:
        if member.value == value:
            return member
    raise DomainError("unknown", field_name)


async def _create(
    actor: Actor,
    checked: Checked,
    draft: Draft,
    citizen: Citizen,
    mobile: str,
    call: Call | None,
    like: Case | None,
) -> Case:
    moment = now()
    due_at = clock.due(moment, (await rules.load()).clock)
    case = _row(actor, checked, moment, due_at)
    case.tracking_code = await _unused_code()
    case.channel = Channel.PHONE if call else Channel.API
    case.citizen_id = citizen.id
    case.mobile = mobile
    case.consent = draft.consent is True and checked.reporter_kind is ReporterKind.CITIZEN
    case.call_id = call.id if call else None
    case.incident_id = (await lookalikes.incident_of(like)).id if like else None
    await case.save(force_create=True)
    if checked.others:
        await case.other_indicators.add(*checked.others)
    current = await Round.create(
        case=case, number=1, level=DecisionLevel.MAIN, started_at=moment, due_at=due_at
    )
    await events.record(case, actor, "registered", to_status=CaseStatus.REGISTERED)
    await ladder.start(current)
    code = tracking_code.display(case.tracking_code)
    await outbox.queue("registered", mobile, f"case:{case.id}:registered", case=case, code=code)
    await refer_to_senior(case)
    return case


def _row(actor: Actor, checked: Checked, moment: datetime, due_at: datetime) -> Case:
    """The case as far as the checked draft and the clock determine it."""
    return Case(
        kind=checked.kind,
        reporter_kind=checked.reporter_kind,
        status=CaseStatus.REGISTERED,
        agency_id=checked.agency.id,
        main_agency_id=checked.agency.main_id or checked.agency.id,
        place_id=checked.place.code,
        province_id=checked.place.province_id or checked.place.code,
        county_id=checked.place.county_id,
        indicator_id=checked.indicator.id,
        subject=checked.subject,
        text=checked.text,
        folded=_folded(checked),
        registered_by_id=actor.user_id,
        client_id=actor.client_id,
        registered_at=moment,
        due_at=due_at,
        updated_at=moment,
    )


def _folded(checked: Checked) -> str:
    return fold(f"{checked.subject} {checked.text}")


async def _unused_code() -> str:
    while True:
        code = tracking_code.generate()
        if not await Case.exists(tracking_code=code):
            return code
