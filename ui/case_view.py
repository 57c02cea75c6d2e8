"""The case page's view: head, steps, tree, rounds, timeline and conversation from its rows."""

from __future__ import annotations

from typing import Any

from domain import clock, identity, jalali, places, steps, visibility
from domain.permissions import OPEN_REFERRAL
from domain.text import to_persian_digits
from models import Case, CaseEvent, Referral, Round
from models.enums import ActorKind, CaseStatus, ReferralStatus, Role
from ui import labels
from ui.case_rows import Rows
from ui.navigation import ROLE_LABELS

Row = dict[str, Any]
_ENDED = {
    CaseStatus.OUT_OF_SCOPE: "این پرونده خارج از شمول ۱۲۸ شناخته شد و در هیچ شاخصی به شمار نمی‌آید.",
    CaseStatus.DUPLICATE: "این موضوع در پرونده اصلی پیگیری می‌شود.",
    CaseStatus.WITHDRAWN: "پیگیری به درخواست شهروند پایان یافت.",
}


def build(rows: Rows) -> Row:
    """Everything that the page shows but for the acts; refreshed while the page is open."""
    case = rows.case
    return {
        "case": case,
        "stamp": rows.stamp,
        "clock": _clock(rows),
        "step": step(rows),
        "step_notes": _step_notes(rows),
        "ended": _ended(case),
        "facts": _facts(rows),
        "tree": tree(rows),
        "orders": _orders(rows),
        "rounds": _rounds(rows),
        "timeline": [_event(rows, row) for row in reversed(rows.events)],
        "messages": conversation(rows),
        "conversation_href": f"/conversations/{rows.contact.id}" if rows.contact else None,
        "breaches": [_breach(row) for row in rows.breaches],
    }


def step(rows: Rows) -> int:
    """Which of the six steps the case is in; 7 when all are done."""
    return steps.current(rows.case, rows.current.id, rows.referrals)


def tree(rows: Rows) -> list[Row]:
    """Referrals below their parents; of the rounds before only those that were worked on."""
    nodes = {row.id: _node(rows, row) for row in rows.referrals}
    roots: list[Row] = []
    for row in rows.referrals:
        parent = nodes.get(row.parent_id) if row.parent_id else None
        (parent["children"] if parent else roots).append(nodes[row.id])
    return roots


def conversation(rows: Rows) -> list[Row]:
    """Texts to and from the citizen in order. No number is ever shown here."""
    sent = [
        {
            "text": row.text,
            "direction": "out",
            "at": row.accepted_at or row.created_at,
            "state": row.state,
            "kind": labels.MESSAGE.get(row.kind),
            "parts": row.parts or None,
        }
        for row in rows.sent
    ]
    received = [
        {
            "text": row.text,
            "direction": "in",
            "at": row.received_at,
            "state": "received",
            "kind": None,
            "parts": None,
        }
        for row in rows.received
    ]
    return sorted(sent + received, key=lambda row: row["at"])


def who_reported(rows: Rows) -> str:
    return labels.REPORTER[rows.case.reporter_kind]


def withheld(rows: Rows) -> str | None:
    """Why the identity stays closed to this person, or None when it may be opened."""
    if visibility.shows_identity(rows.actor, rows.case):
        return None
    if identity.confidential(rows.case):
        return "محرمانه؛ گزارش‌دهنده از کارکنان است"
    return "محرمانه؛ شهروند به نمایش هویت رضایت نداده است"


def _clock(rows: Rows) -> Row:
    case = rows.case
    remaining = int(clock.remaining(case).total_seconds())
    return {
        "remaining": remaining,
        "total": rows.limit,
        "paused": case.paused_at is not None,
        "until": rows.question.expires_at if rows.question else None,
        "due_at": case.due_at,
        "taken": rows.limit - remaining if case.answered_at else None,
        "paused_seconds": rows.current.paused_seconds,
        "shown": case.answered_at is not None or case.closed_at is None,
    }


def _step_notes(rows: Rows) -> dict[int, str]:
    """When each step of the running round was passed; the call is passed as it is registered."""
    moments = steps.passed(rows.case, rows.current, rows.events, step(rows))
    return {
        number: jalali.format_time(at)
        for number, at in enumerate(moments.values(), 1)
        if at is not None and number not in (1, 6)
    }


def _ended(case: Case) -> Row | None:
    text = _ENDED.get(case.status)
    if text is None:
        return None
    return {"text": text, "original": case.duplicate_of}


def _facts(rows: Rows) -> list[tuple[str, object]]:
    case = rows.case
    others = "، ".join(item.short for item in rows.others)
    facts: list[tuple[str, object]] = [
        ("نوع", f"{labels.KIND[case.kind]}، {who_reported(rows)}"),
        ("ثبت", f"{jalali.format_datetime(case.registered_at)}، {labels.CHANNEL[case.channel]}"),
        ("دستگاه", _agency(case)),
        ("محل", places.full_path(case.place)),
        ("شاخص", case.indicator.short),
    ]
    if others:
        facts.append(("شاخص‌های دیگر", others))
    if case.incident is not None:
        facts.append(("رخداد", f"{case.incident.title}{_alike(rows.same_incident)}"))
    if case.misrouted:
        facts.append(("ارجاع نادرست", f"{to_persian_digits(case.misrouted)} بار"))
    return facts


def _agency(case: Case) -> str:
    """The agency with those above it."""
    own, above = case.agency.name, case.agency.path
    if own in above:
        return above
    if not above and case.agency_id != case.main_agency_id:
        above = case.main_agency.name
    return f"{own}، {above}" if above else own


def _alike(count: int) -> str:
    return f" ({to_persian_digits(count)} پرونده دیگر)" if count else ""


def _node(rows: Rows, row: Referral) -> Row:
    still_open = row.status in OPEN_REFERRAL and rows.case.answered_at is None
    running = still_open and row.status is not ReferralStatus.REFERRED
    hours = clock.service_calendar()
    paused_at = rows.case.paused_at
    return {
        "unit": row.agency.name,
        "level_label": labels.AGENCY_LEVEL[row.agency.level],
        "status": row.status,
        "coordinator": "، ".join(rows.coordinators.get(row.agency_id, [])) or None,
        "remaining": (int(clock.until(row.due_at, paused_at).total_seconds()) if running else None),
        "total": max(60, int(hours.between(row.created_at, row.due_at).total_seconds())),
        "paused": paused_at is not None,
        "current": row.agency_id == rows.actor.agency_id and still_open,
        "result": _outcome(row),
        "children": [],
    }


def _outcome(row: Referral) -> str:
    if row.status is ReferralStatus.RETURNED:
        return f"دلیل بازگرداندن: {row.return_reason}"
    done = f"\nاقدام‌ها: {row.actions}" if row.actions else ""
    return row.result + done if row.result else ""


def _orders(rows: Rows) -> list[Row]:
    """A coordinator sees the orders behind the referrals that they see."""
    behind = {row.order_id for row in rows.referrals}
    every = rows.actor.role is not Role.COORDINATOR
    return [
        {
            "text": row.text,
            "who": row.issued_by.full_name if row.issued_by else "سامانه دستگاه",
            "at": row.created_at,
            "due_at": row.due_at,
            "round": row.round.number,
        }
        for row in rows.orders
        if every or row.id in behind
    ]


def _rounds(rows: Rows) -> list[Row]:
    verdicts = {row.round_id: row for row in rows.verdicts}
    return [_round(rows, row, verdicts.get(row.id)) for row in reversed(rows.rounds)]


def _round(rows: Rows, row: Round, verdict: Any) -> Row:
    taken = clock.taken(row)
    return {
        "name": labels.round_name(row.number),
        "level": labels.DECISION_LEVEL[row.level],
        "started_at": row.started_at,
        "answered_at": row.answered_at,
        "result": row.result,
        "result_by": row.result_by.full_name if row.result_by else None,
        "producer": row.producer.name if row.producer else None,
        "taken": None if taken is None else int(taken.total_seconds()),
        "total": rows.limit,
        "paused_seconds": row.paused_seconds,
        "verdict": verdict,
    }


def _event(rows: Rows, row: CaseEvent) -> Row:
    title, icon_name, tone = labels.event(row)
    changed = row.from_status is not None and row.from_status != row.to_status
    return {
        "title": title,
        "icon": icon_name,
        "tone": tone,
        "at": row.at,
        "who": _who(rows, row),
        "text": labels.event_text(row),
        "from": row.from_status if changed else None,
        "to": row.to_status if changed else None,
    }


def _who(rows: Rows, row: CaseEvent) -> str | None:
    if row.actor_kind is ActorKind.SYSTEM:
        return "سامانه"
    if row.actor_kind is ActorKind.CITIZEN:
        return "گزارش‌دهنده" if identity.confidential(rows.case) else "شهروند"
    if row.user is not None:
        unit = f" {row.agency.name}" if row.agency else ""
        return f"{row.user.full_name}، {ROLE_LABELS[row.user.role]}{unit}"
    return row.client.name if row.client else None


def _breach(row: Any) -> Row:
    return {
        "id": row.id,
        "round": labels.round_name(row.round.number),
        "at": row.created_at,
        "explanation": row.explanation,
        "explained_at": row.explained_at,
        "by": row.explained_by.full_name if row.explained_by else None,
        "agency": row.agency.name,
    }
