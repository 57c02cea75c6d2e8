"""Registration of a case and its automatic referral to the senior coordinator (S2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from tortoise.models import Model

from domain import (
    clock,
    contacts,
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
from models import Agency, Call, Case, CaseEvent, Citizen, Place, Round, User, statements
from models.database import atomic, transaction
from models.enums import (
    ActorKind,
    CaseKind,
    CaseStatus,
    Channel,
    DecisionLevel,
    EventKind,
    Language,
    NoticeKind,
    ReporterKind,
    Role,
    TextKind,
)

E = TypeVar("E", bound=StrEnum)
M = TypeVar("M", bound=Model)

MAX_OTHER_INDICATORS = 8
HANDED_ON = 2
"""The version of a new case: registered, and handed on at once."""


@dataclass(frozen=True)
class Draft:
    """What is typed at intake, unchecked. `like` is a case of the same incident, if any.

    `language` and `voice` are how the citizen wants to be spoken to (A8); None leaves it as it is.
    """

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
    language: object = None
    voice: bool | None = None


@dataclass(frozen=True)
class Checked:
    """A draft whose every field holds."""

    kind: CaseKind
    reporter_kind: ReporterKind
    agency: Agency
    place: Place
    indicator_id: int
    other_ids: list[int]
    subject: str
    text: str
    language: Language | None


@dataclass(frozen=True)
class _Named:
    """What the codes of a draft stand for; agency and place have the columns of `_NAMED` only."""

    agency: Agency | None
    place: Place | None
    indicators: dict[str, int]


_NAMED = f"""
    SELECT agency.id, agency.main_id, agency.lineage,
        place.code, place.province_id, place.county_id,
        indicator.code AS indicator, indicator.id AS indicator_id
    FROM (SELECT 1 AS one) AS draft
    LEFT JOIN agency ON agency.code = $1 AND agency.active
    LEFT JOIN place ON place.code = $2 AND place.active
    LEFT JOIN indicator ON indicator.active
        AND indicator.code IN ({", ".join(f"${n + 3}" for n in range(MAX_OTHER_INDICATORS + 1))})
    ORDER BY indicator.version"""  # noqa: S608 - only numbers of parameters


async def register(actor: Actor, check_id: int, draft: Draft) -> Case:
    """Register the case of a caller whose identity is proved, refer it and start the clock.

    The same form sent twice in one call makes one case.
    """
    permissions.require_role(actor, Role.OPERATOR)
    proof = await identity.proved(actor, check_id)
    assert proof.citizen is not None
    checked = await check(draft)
    like = await _like(SYSTEM, draft.like, checked) if draft.like else None
    async with atomic():
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
    like = await _like(actor, draft.like, checked) if draft.like else None
    async with atomic():
        citizen = await identity.citizen_of(full_name, identity_number)
        return await _create(actor, checked, draft, citizen, number, None, like)


async def _like(actor: Actor, code: object, checked: Checked) -> Case:
    """The case of the same agency, as `actor` sees it, with which the new one makes an incident."""
    try:
        found = await visibility.case(actor, str(code))
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
        indicator_id=checked.indicator_id,
        folded=_folded(checked),
    ).first()


async def refer_to_senior(case: Case) -> None:
    """Hand the case to the main agency's senior coordinator, or keep it in the centre's queue."""
    people = await _hand_on(case)
    await events.touch(case)
    await events.append(_handing_on(case))
    await _announce(case, people)


async def _hand_on(case: Case) -> list[User]:
    """Decide who holds the case, unsaved; the people to be told."""
    people = await staff.seniors(case.main_agency_id)
    case.at_centre = not await staff.is_received(case.main_agency_id, people)
    if case.at_centre:
        return await staff.supervisors()
    events.advance(case, Move.REFER_TO_SENIOR)
    return people


def _handing_on(case: Case) -> CaseEvent:
    """The timeline's entry about who holds the case now."""
    if case.at_centre:
        return events.entry(case, SYSTEM, EventKind.NO_SENIOR)
    return events.entry(
        case,
        SYSTEM,
        EventKind.REFER_TO_SENIOR,
        from_status=CaseStatus.REGISTERED,
        to_status=case.status,
    )


async def _announce(case: Case, people: Sequence[User]) -> None:
    kind, event = (
        (NoticeKind.NO_SENIOR, "no_senior") if case.at_centre else (NoticeKind.NEW_CASE, "new")
    )
    await notifications.notify(people, kind, case, f"{event}:{case.id}:{case.misrouted}")


async def refer_waiting(main_agency_id: int) -> None:
    """An agency got somebody who receives its cases: hand over those that waited for one.

    Cases that the agency returned as misrouted stay with the centre.
    """
    async with transaction():
        for case in await Case.filter(
            main_agency_id=main_agency_id, status=CaseStatus.REGISTERED, at_centre=True
        ).select_for_update():
            last = (
                await CaseEvent.filter(
                    case_id=case.id, kind__in=[EventKind.NO_SENIOR, EventKind.RETURN_TO_CENTRE]
                )
                .order_by("-id")
                .first()
            )
            if last is not None and last.kind == EventKind.NO_SENIOR:
                await refer_to_senior(case)


async def check(draft: Draft) -> Checked:
    """What is typed, checked field by field; raises for the first that is wrong."""
    named = await _named(draft)
    if named.agency is None:
        raise DomainError("unknown", "agency")
    if named.place is None:
        raise DomainError("unknown", "place")
    indicator = _indicator(named, draft.indicator, "indicator")
    others = [_indicator(named, code, "other_indicators") for code in _others(draft)]
    return Checked(
        kind=_choice(CaseKind, draft.kind, "kind"),
        reporter_kind=_choice(ReporterKind, draft.reporter_kind, "reporter_kind"),
        agency=named.agency,
        place=named.place,
        indicator_id=indicator,
        other_ids=[key for key in dict.fromkeys(others) if key != indicator],
        subject=clean_line(draft.subject, "subject", max=200, min=3),
        text=clean_text(draft.text, "text", max=5000, min=10),
        language=None if draft.language is None else contacts.parse_language(draft.language),
    )


async def _named(draft: Draft) -> _Named:
    """What a draft names of what is in force, looked up in one query."""
    codes = draft.other_indicators
    others = list(codes[:MAX_OTHER_INDICATORS]) if isinstance(codes, list | tuple) else []
    rows = await statements.fetch(
        _NAMED,
        _code(draft.agency, keys.AGENCY),
        _code(draft.place, keys.PLACE),
        _code(draft.indicator, keys.INDICATOR),
        *(_code(code, keys.INDICATOR) for code in others),
        *[None] * (MAX_OTHER_INDICATORS - len(others)),
    )
    row = rows[0]
    return _Named(
        agency=row["id"] and _only(Agency, row, "id", "main_id", "lineage"),
        place=row["code"] and _only(Place, row, "code", "province_id", "county_id"),
        indicators={row["indicator"]: row["indicator_id"] for row in rows if row["indicator"]},
    )


def _only(model: type[M], row: Mapping[str, Any], *columns: str) -> M:
    return statements.new(model, **{column: row[column] for column in columns})


def _code(value: object, longest: int) -> str | None:
    return value if keys.may_be_code(value, longest) else None


def _others(draft: Draft) -> Sequence[object]:
    codes = draft.other_indicators
    if not isinstance(codes, list | tuple):
        raise DomainError("invalid", "other_indicators")
    if len(codes) > MAX_OTHER_INDICATORS:
        raise DomainError("too_many", "other_indicators", max=MAX_OTHER_INDICATORS)
    return codes


def _indicator(named: _Named, code: object, field_name: str) -> int:
    """The id of the version in force of I1–I8."""
    found = named.indicators.get(code) if isinstance(code, str) else None
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
    policy = await rules.load()
    due_at = clock.due(moment, policy.clock)
    case = _row(actor, checked, moment, due_at)
    case.channel = Channel.PHONE if call else Channel.API
    case.citizen_id = citizen.id
    case.mobile = mobile
    case.consent = draft.consent is True and checked.reporter_kind is ReporterKind.CITIZEN
    case.call_id = call.id if call else None
    case.incident_id = (await lookalikes.incident_of(like)).id if like else None
    people = await _hand_on(case)
    await _insert(case, checked.other_ids)
    current = statements.new(
        Round, case_id=case.id, number=1, level=DecisionLevel.MAIN, started_at=moment, due_at=due_at
    )
    await statements.insert(current)
    await events.append(
        events.entry(case, actor, EventKind.REGISTERED, to_status=CaseStatus.REGISTERED),
        _handing_on(case),
    )
    await ladder.start(current, policy)
    await contacts.prefer(mobile, checked.language, draft.voice)
    code = tracking_code.display(case.tracking_code)
    await outbox.queue(
        TextKind.REGISTERED, mobile, f"case:{case.id}:registered", case=case, code=code
    )
    await _announce(case, people)
    return case


def _row(actor: Actor, checked: Checked, moment: datetime, due_at: datetime) -> Case:
    """The case as far as the checked draft and the clock determine it."""
    return statements.new(
        Case,
        kind=checked.kind,
        reporter_kind=checked.reporter_kind,
        status=CaseStatus.REGISTERED,
        agency_id=checked.agency.id,
        main_agency_id=checked.agency.main_id or checked.agency.id,
        place_id=checked.place.code,
        province_id=checked.place.province_id or checked.place.code,
        county_id=checked.place.county_id,
        indicator_id=checked.indicator_id,
        subject=checked.subject,
        text=checked.text,
        folded=_folded(checked),
        registered_by_id=actor.user_id,
        client_id=actor.client_id,
        registered_at=moment,
        due_at=due_at,
        updated_at=moment,
        version=HANDED_ON,
    )


def _folded(checked: Checked) -> str:
    return fold(f"{checked.subject} {checked.text}")


async def _insert(case: Case, other_indicators: Sequence[int]) -> None:
    """Write the case under a tracking code that no other has."""
    case.tracking_code = tracking_code.generate()
    while not await statements.insert(case, unless="tracking_code"):
        case.tracking_code = tracking_code.generate()
    if other_indicators:
        places = ", ".join(f"($1, ${number + 2})" for number in range(len(other_indicators)))
        await statements.fetch(
            f"INSERT INTO case_indicator (case_id, indicator_id) VALUES {places}",  # noqa: S608
            case.id,
            *other_indicators,
        )
