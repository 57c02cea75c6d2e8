"""Persian names of what the domain names in English: events, levels, notices, messages."""

from __future__ import annotations

from typing import Final

from domain import tracking_code
from domain.text import to_persian_digits
from models import CaseEvent
from models.enums import (
    ActorKind,
    AgencyLevel,
    CaseKind,
    Channel,
    DecisionLevel,
    ReporterKind,
)

AGENCY_LEVEL: Final = {
    AgencyLevel.MAIN: "دستگاه اصلی",
    AgencyLevel.SUBSIDIARY: "تابعه",
    AgencyLevel.PROVINCIAL: "استانی",
    AgencyLevel.COUNTY: "شهرستانی",
}
DECISION_LEVEL: Final = {
    DecisionLevel.COUNTY: "سطح شهرستان",
    DecisionLevel.PROVINCIAL: "سطح استان",
    DecisionLevel.SUBSIDIARY: "دستگاه تابعه",
    DecisionLevel.MAIN: "دستگاه اصلی",
    DecisionLevel.NATIONAL: "مرکز ملی",
}
KIND: Final = {CaseKind.COMPLAINT: "شکایت", CaseKind.REQUEST: "درخواست"}
REPORTER: Final = {ReporterKind.CITIZEN: "شهروند", ReporterKind.EMPLOYEE: "کارمند دستگاه"}
CHANNEL: Final = {Channel.PHONE: "تماس با ۱۲۸", Channel.API: "سامانه دستگاه"}

EVENT: Final[dict[str, tuple[str, str, str]]] = {
    "registered": ("ثبت پرونده", "file-text", "neutral"),
    "refer_to_senior": ("ارجاع به راهبر ارشد", "send", "neutral"),
    "no_senior": ("در صف مرکز: دستگاه راهبر ارشد ندارد", "landmark", "neutral"),
    "return_to_centre": ("بازگشت به مرکز: ارجاع نادرست", "undo-2", "neutral"),
    "reroute": ("ارجاع به دستگاه دیگر", "network", "primary"),
    "order": ("دستور اقدام", "gavel", "primary"),
    "referred": ("ارجاع به واحد", "send", "neutral"),
    "accepted": ("پذیرش ارجاع", "user-check", "primary"),
    "reported": ("گزارش نتیجه", "check", "ok"),
    "returned": ("بازگرداندن ارجاع", "undo-2", "neutral"),
    "referral_cancelled": ("لغو ارجاع", "ban", "neutral"),
    "children_reported": ("نتیجه همه واحدهای پایین‌دست رسید", "list-checks", "neutral"),
    "all_reported": ("نتیجه همه ارجاع‌ها رسید", "list-checks", "ok"),
    "ask": ("پرسش از شهروند؛ مهلت متوقف شد", "message-square", "violet"),
    "reply": ("پاسخ شهروند؛ مهلت ادامه یافت", "message-square", "violet"),
    "answer": ("ثبت نتیجه و اعلام به شهروند", "circle-check", "ok"),
    "close": ("بسته شدن پرونده", "lock", "neutral"),
    "reopen_to_review": ("بازگشایی در سطح بالاتر", "rotate-ccw", "primary"),
    "reopen_to_handling": ("بازگشایی در سطح بالاتر", "rotate-ccw", "primary"),
    "withdraw": ("انصراف شهروند", "x", "neutral"),
    "mark_duplicate": ("تکراری شناخته شد", "copy", "neutral"),
    "mark_out_of_scope": ("خارج از شمول شناخته شد", "ban", "neutral"),
    "breach": ("مهلت پاسخ گذشت", "clock", "late"),
    "breach_explained": ("توضیح بالاترین مقام اجرایی", "landmark", "primary"),
    "note": ("یادداشت", "pencil", "neutral"),
    "feedback": ("نظر شهروند", "star", "ok"),
    "feedback_comment": ("توضیح شهروند", "message-square", "neutral"),
    "feedback_corrected": ("اصلاح نظر شهروند", "star", "neutral"),
    "late_feedback": ("نظر دیرهنگام شهروند", "star", "neutral"),
    "final_verdict": ("نظر مرکز ملی در این پرونده نهایی است", "scale", "neutral"),
    "text_settled": ("پیامک شهروند بررسی شد", "check", "neutral"),
}
LADDER: Final = {
    "reminder": ("یادآوری مهلت", "hourglass", "warn"),
    "warning": ("هشدار نزدیکی پایان مهلت", "hourglass", "warn"),
    "centre": ("آگاهی مرکز ملی از ادامه تأخیر", "clock", "late"),
    "centre_head": ("آگاهی رئیس مرکز ملی از ادامه تأخیر", "clock", "late"),
}
NOTICE: Final = {
    "new_case": ("پرونده تازه برای بررسی", "file-text"),
    "no_senior": ("پرونده‌ای به دستگاهی بی‌راهبر ارشد رسید", "landmark"),
    "misrouted": ("پرونده‌ای به مرکز بازگشت", "undo-2"),
    "referral": ("ارجاع تازه به واحد شما", "send"),
    "children_reported": ("نتیجه واحدهای پایین‌دست رسید", "list-checks"),
    "all_reported": ("نتیجه همه ارجاع‌ها رسید؛ نوبت ثبت نتیجه است", "list-checks"),
    "citizen_replied": ("شهروند به پرسش پاسخ داد یا مهلت پاسخ تمام شد", "message-square"),
    "reopened": ("پرونده در سطحی بالاتر بازگشایی شد", "rotate-ccw"),
    "reminder": ("یادآوری: نیمی از مهلت گذشته است", "hourglass"),
    "warning": ("هشدار: مهلت رو به پایان است", "hourglass"),
    "breach": ("مهلت سه‌ساعته گذشت؛ توضیح شما لازم است", "clock"),
    "centre": ("تأخیر پرونده‌ای ادامه دارد", "clock"),
    "centre_head": ("تأخیر پرونده‌ای از یک روز گذشت", "clock"),
    "late_feedback": ("نظر دیرهنگام شهروند رسید", "star"),
}
MESSAGE: Final = {
    "registered": "کد رهگیری",
    "out_of_scope": "مرجع رسیدگی",
    "question": "پرسش",
    "result": "نتیجه",
    "survey": "نظرسنجی",
    "survey_reminder": "یادآوری نظرسنجی",
    "survey_clarify": "نظرسنجی",
    "survey_comment": "نظرسنجی",
    "survey_thanks": "سپاس",
    "survey_reopened": "بازگشایی",
    "survey_reopened_thanks": "بازگشایی",
    "survey_final": "نظر نهایی",
    "survey_corrected": "اصلاح نظر",
    "status": "وضعیت",
    "withdrawn": "پایان پیگیری",
    "duplicate": "پیوست به پرونده اصلی",
}
_SCORED = frozenset({"feedback", "feedback_corrected", "late_feedback"})
_UNKNOWN: Final = ("رویداد", "info", "neutral")


def event(row: CaseEvent) -> tuple[str, str, str]:
    """Title, icon and tone of a timeline entry."""
    if row.kind == "ladder":
        return LADDER.get(row.text, _UNKNOWN)
    if row.kind == "reply" and row.actor_kind is ActorKind.SYSTEM:
        return "مهلت پاسخ شهروند تمام شد؛ رسیدگی ادامه یافت", "hourglass", "violet"
    return EVENT.get(row.kind, _UNKNOWN)


def event_text(row: CaseEvent) -> str:
    """What a timeline entry says beside its title; codes in it become words."""
    text = row.text
    if row.kind == "ladder":
        return ""
    if row.kind in _SCORED:
        return f"نمره {to_persian_digits(text)} از ۵"
    if row.kind == "mark_duplicate":
        return f"پرونده اصلی: {to_persian_digits(tracking_code.display(text))}"
    if row.kind == "close" and text == "no_feedback":
        return "در مهلت نظرسنجی نظری نرسید."
    if row.kind in ("close", "reopen_to_review", "reopen_to_handling") and text.isdecimal():
        return f"نمره شهروند {to_persian_digits(text)} از ۵"
    return text


def round_name(number: int) -> str:
    names = ("نخست", "دوم", "سوم", "چهارم")
    return (
        f"دور {names[number - 1]}" if number <= len(names) else f"دور {to_persian_digits(number)}"
    )
