"""A conversation as its page shows it: days, texts with their histories, what may be done."""

from __future__ import annotations

from typing import Any, Final

from domain import jalali, outbox, phone, sending
from domain.conversation_list import Listed
from domain.conversations import Conversation, Text
from domain.text import to_persian_digits
from models import InboxMessage, MessageStep, OutboxMessage
from models.enums import (
    InboxState,
    Language,
    Meaning,
    MessageChannel,
    MessageState,
    Settlement,
)
from ui import labels
from ui.case_rows import SECRET_MESSAGES

Row = dict[str, Any]
MEANING: Final[dict[str, str]] = {
    Meaning.OPT_OUT: "لغو دریافت پیام",
    Meaning.OPT_IN: "درخواست دریافت دوبارهٔ پیام",
    Meaning.STATUS: "پرسش وضعیت پرونده",
    Meaning.STATUS_UNKNOWN: "کد رهگیری ناشناخته",
    Meaning.STATUS_LIMITED: "پرسش وضعیت، بیش از حد",
    Meaning.REPLY: "پاسخ به پرسش",
    Meaning.SCORE: "نمرهٔ نظرسنجی",
    Meaning.COMMENT: "توضیح نظرسنجی",
    Meaning.NOTE: "یادداشت شهروند",
    Meaning.CORRECTION: "اصلاح نمره",
    Meaning.LATE_SCORE: "نمرهٔ دیرهنگام",
    Meaning.CLARIFIED: "نامشخص؛ نمرهٔ روشن خواسته شد",
    Meaning.OPERATOR: "پیام آزاد",
}
SETTLEMENT: Final = {
    Settlement.READ: "خوانده شد",
    Settlement.SCORED: "نمره داده شد",
    Settlement.ATTACHED: "به پرونده پیوست",
    Settlement.CALLED_BACK: "تماس با شهروند در دستور کار است",
}
GATEWAY: Final = {"kavenegar": "کاوه‌نگار", "http": "درگاه دوم", "": ""}
OPTED_OUT: Final = {
    "reply": "با پیامک شهروند",
    "blocked": "با بستن خط پیامک از سوی شهروند",
}


def build(found: Conversation) -> Row:
    """Everything of the page that changes while it is open."""
    return {
        "contact": found.contact,
        "number": phone.mask(found.contact.mobile),
        "language": labels.LANGUAGE[found.contact.language],
        "days": _days(found),
        "cases": found.cases,
        "opted_out": found.opted_out,
        "opted_out_how": OPTED_OUT.get(found.opted_out.reason, "") if found.opted_out else "",
        "opted_in": found.opted_in,
        "owed_calls": found.owed_calls,
    }


def listed(item: Listed) -> Row:
    """A conversation as a row of the list; without a word of it."""
    return {
        "id": item.contact.id,
        "href": f"/conversations/{item.contact.id}",
        "number": phone.mask(item.contact.mobile),
        "language": labels.LANGUAGE[item.contact.language],
        "foreign": item.contact.language is not Language.PERSIAN,
        "voice": item.contact.voice,
        "last": _last(item.last),
        "at": item.at,
        "unclear": item.unclear,
        "unreceived": item.unreceived,
        "owed_calls": item.owed_calls,
        "opted_out": item.opted_out,
    }


def _last(row: Text | None) -> Row | None:
    if isinstance(row, OutboxMessage):
        return {"kind": labels.MESSAGE.get(row.kind, ""), "state": row.state, "out": True}
    if row is not None:
        return {"kind": MEANING.get(row.handled_as, ""), "state": "received", "out": False}
    return None


def _days(found: Conversation) -> list[Row]:
    """Texts by the day on which they were written, oldest first."""
    days: list[Row] = []
    links = {case.id: {"id": case.id, "code": case.tracking_code} for case in found.cases}
    for text in found.texts:
        row = _sent(found, text) if isinstance(text, OutboxMessage) else _received(found, text)
        row["case"] = links.get(text.case_id) if text.case_id else None
        day = jalali.format_date(row["at"])
        if not days or days[-1]["date"] != day:
            days.append({"date": day, "label": jalali.long_date(row["at"]), "texts": []})
        days[-1]["texts"].append(row)
    return days


def _sent(found: Conversation, row: OutboxMessage) -> Row:
    secret = row.kind in SECRET_MESSAGES
    spoken = row.channel is MessageChannel.CALL
    return {
        "id": row.id,
        "key": f"out-{row.id}",
        "direction": "out",
        "kind": labels.MESSAGE.get(row.kind, ""),
        "text": None if secret else row.text,
        "at": row.created_at,
        "state": row.state,
        "spoken": spoken,
        "parts": None if spoken else row.parts or None,
        "cost": row.cost,
        "route": _route(row),
        "language": labels.LANGUAGE[row.language] if row.language != Language.PERSIAN else "",
        "author": found.authors.get(row.author_id) if row.author_id else None,
        "wrong": _wrong(row),
        "history": [_step(found, step, row) for step in found.steps[row.id]],
        "again": row.state in sending.RESENDABLE and not secret and not found.opted_out,
    }


def _received(found: Conversation, row: InboxMessage) -> Row:
    settled = SETTLEMENT[row.settled_as] if row.settled_as else ""
    return {
        "id": row.id,
        "key": f"in-{row.id}",
        "direction": "in",
        "kind": MEANING.get(row.handled_as, ""),
        "text": row.text,
        "at": row.received_at,
        "state": row.state,
        "unclear": row.state is InboxState.UNCLEAR,
        "settled": settled,
        "author": found.authors.get(row.settled_by_id) if row.settled_by_id else None,
    }


def _route(row: OutboxMessage) -> str:
    gateway = GATEWAY.get(row.gateway, row.gateway)
    if row.channel is MessageChannel.CALL:
        return gateway
    return f"{gateway}، خط {to_persian_digits(row.line)}" if gateway else ""


def _wrong(row: OutboxMessage) -> str:
    """Why the message did not arrive, or is held up."""
    return _reason(row.error, row.error_code)


def _reason(note: str, code: int | None) -> str:
    text = outbox.explained(note)
    number = f"کد {to_persian_digits(code)}" if code is not None else ""
    return f"{text} ({number})" if text and number else text or number


def _step(found: Conversation, step: MessageStep, row: OutboxMessage) -> Row:
    author = found.authors.get(step.author_id) if step.author_id else None
    return {
        "at": step.at,
        "later": jalali.format_date(step.at) != jalali.format_date(row.created_at),
        "state": step.state,
        "title": _title(step),
        "gateway": GATEWAY.get(step.gateway, step.gateway),
        "reason": _reason(step.note, step.code),
        "author": author,
    }


def _title(step: MessageStep) -> str:
    """What happened, where the state alone does not say it."""
    if step.state is not MessageState.PENDING:
        return ""
    if step.author_id is None:
        return "بازگشت به صف"
    return "ارسال دوباره" if step.note else "نوشته شد"
