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
    EventKind,
    LadderRung,
    Language,
    NoticeKind,
    ReporterKind,
    TextKind,
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
    EventKind.REGISTERED: ("ثبت پرونده", "file-text", "neutral"),
    EventKind.REFER_TO_SENIOR: ("ارجاع به راهبر ارشد", "send", "neutral"),
    EventKind.NO_SENIOR: ("در صف مرکز: دستگاه راهبر ارشد ندارد", "landmark", "neutral"),
    EventKind.RETURN_TO_CENTRE: ("بازگشت به مرکز: ارجاع نادرست", "undo-2", "neutral"),
    EventKind.REROUTE: ("ارجاع به دستگاه دیگر", "network", "primary"),
    EventKind.ORDER: ("دستور اقدام", "gavel", "primary"),
    EventKind.REFERRED: ("ارجاع به واحد", "send", "neutral"),
    EventKind.ACCEPTED: ("پذیرش ارجاع", "user-check", "primary"),
    EventKind.REPORTED: ("گزارش نتیجه", "check", "ok"),
    EventKind.RETURNED: ("بازگرداندن ارجاع", "undo-2", "neutral"),
    EventKind.REFERRAL_CANCELLED: ("لغو ارجاع", "ban", "neutral"),
    EventKind.CHILDREN_REPORTED: ("نتیجه همه واحدهای پایین‌دست رسید", "list-checks", "neutral"),
    EventKind.ALL_REPORTED: ("نتیجه همه ارجاع‌ها رسید", "list-checks", "ok"),
    EventKind.ASK: ("پرسش از شهروند؛ مهلت متوقف شد", "message-square", "violet"),
    EventKind.REPLY: ("پاسخ شهروند؛ مهلت ادامه یافت", "message-square", "violet"),
    EventKind.ANSWER: ("ثبت نتیجه و اعلام به شهروند", "circle-check", "ok"),
    EventKind.CLOSE: ("بسته شدن پرونده", "lock", "neutral"),
    EventKind.REOPEN_TO_REVIEW: ("بازگشایی در سطح بالاتر", "rotate-ccw", "primary"),
    EventKind.REOPEN_TO_HANDLING: ("بازگشایی در سطح بالاتر", "rotate-ccw", "primary"),
    EventKind.WITHDRAW: ("انصراف شهروند", "x", "neutral"),
    EventKind.MARK_DUPLICATE: ("تکراری شناخته شد", "copy", "neutral"),
    EventKind.MARK_OUT_OF_SCOPE: ("خارج از شمول شناخته شد", "ban", "neutral"),
    EventKind.BREACH: ("مهلت پاسخ گذشت", "clock", "late"),
    EventKind.BREACH_EXPLAINED: ("توضیح بالاترین مقام اجرایی", "landmark", "primary"),
    EventKind.NOTE: ("یادداشت", "pencil", "neutral"),
    EventKind.FEEDBACK: ("نظر شهروند", "star", "ok"),
    EventKind.FEEDBACK_COMMENT: ("توضیح شهروند", "message-square", "neutral"),
    EventKind.FEEDBACK_CORRECTED: ("اصلاح نظر شهروند", "star", "neutral"),
    EventKind.LATE_FEEDBACK: ("نظر دیرهنگام شهروند", "star", "neutral"),
    EventKind.FINAL_VERDICT: ("نظر مرکز ملی در این پرونده نهایی است", "scale", "neutral"),
    EventKind.TEXT_SETTLED: ("پیامک شهروند بررسی شد", "check", "neutral"),
}
LADDER: Final[dict[str, tuple[str, str, str]]] = {
    LadderRung.REMINDER: ("یادآوری مهلت", "hourglass", "warn"),
    LadderRung.WARNING: ("هشدار نزدیکی پایان مهلت", "hourglass", "warn"),
    LadderRung.CENTRE: ("آگاهی مرکز ملی از ادامه تأخیر", "clock", "late"),
    LadderRung.CENTRE_HEAD: ("آگاهی رئیس مرکز ملی از ادامه تأخیر", "clock", "late"),
}
NOTICE: Final[dict[str, tuple[str, str]]] = {
    NoticeKind.NEW_CASE: ("پرونده تازه برای بررسی", "file-text"),
    NoticeKind.NO_SENIOR: ("پرونده‌ای به دستگاهی بی‌راهبر ارشد رسید", "landmark"),
    NoticeKind.MISROUTED: ("پرونده‌ای به مرکز بازگشت", "undo-2"),
    NoticeKind.REFERRAL: ("ارجاع تازه به واحد شما", "send"),
    NoticeKind.CHILDREN_REPORTED: ("نتیجه واحدهای پایین‌دست رسید", "list-checks"),
    NoticeKind.ALL_REPORTED: ("نتیجه همه ارجاع‌ها رسید؛ نوبت ثبت نتیجه است", "list-checks"),
    NoticeKind.CITIZEN_REPLIED: ("شهروند به پرسش پاسخ داد یا مهلت پاسخ تمام شد", "message-square"),
    NoticeKind.REOPENED: ("پرونده در سطحی بالاتر بازگشایی شد", "rotate-ccw"),
    NoticeKind.REMINDER: ("یادآوری: نیمی از مهلت گذشته است", "hourglass"),
    NoticeKind.WARNING: ("هشدار: مهلت رو به پایان است", "hourglass"),
    NoticeKind.BREACH: ("مهلت سه‌ساعته گذشت؛ توضیح شما لازم است", "clock"),
    NoticeKind.CENTRE: ("تأخیر پرونده‌ای ادامه دارد", "clock"),
    NoticeKind.CENTRE_HEAD: ("تأخیر پرونده‌ای از یک روز گذشت", "clock"),
    NoticeKind.LATE_FEEDBACK: ("نظر دیرهنگام شهروند رسید", "star"),
    NoticeKind.WEBHOOK_STOPPED: ("وب‌هوک سامانهٔ همکار پیام نمی‌پذیرد و خاموش شد", "ban"),
}
LANGUAGE: Final = {
    Language.PERSIAN: "فارسی",
    Language.AZERI: "ترکی آذربایجانی",
    Language.KURDISH: "کردی",
    Language.ARABIC: "عربی",
    Language.ENGLISH: "انگلیسی",
}
MESSAGE: Final[dict[str, str]] = {
    TextKind.IDENTITY_CODE: "کد یک‌بارمصرف",
    TextKind.REGISTERED: "کد رهگیری",
    TextKind.OUT_OF_SCOPE: "مرجع رسیدگی",
    TextKind.QUESTION: "پرسش",
    TextKind.RESULT: "نتیجه",
    TextKind.SURVEY: "نظرسنجی",
    TextKind.SURVEY_REMINDER: "یادآوری نظرسنجی",
    TextKind.SURVEY_CLARIFY: "نظرسنجی",
    TextKind.SURVEY_COMMENT: "نظرسنجی",
    TextKind.SURVEY_THANKS: "سپاس",
    TextKind.SURVEY_REOPENED: "بازگشایی",
    TextKind.SURVEY_REOPENED_THANKS: "بازگشایی",
    TextKind.SURVEY_FINAL: "نظر نهایی",
    TextKind.SURVEY_CORRECTED: "اصلاح نظر",
    TextKind.STATUS: "وضعیت",
    TextKind.STATUS_UNKNOWN: "وضعیت",
    TextKind.RECEIVED: "رسید پیامک",
    TextKind.WITHDRAWN: "پایان پیگیری",
    TextKind.DUPLICATE: "پیوست به پرونده اصلی",
    TextKind.STAFF_BREACH: "نقض مهلت",
    TextKind.RESULT_CALL: "نتیجه، خوانده در تماس",
    TextKind.OPERATOR_TEXT: "پیام کارشناس",
}
_SCORED: Final = frozenset(
    {EventKind.FEEDBACK, EventKind.FEEDBACK_CORRECTED, EventKind.LATE_FEEDBACK}
)
_DECIDED: Final = frozenset(
    {EventKind.CLOSE, EventKind.REOPEN_TO_REVIEW, EventKind.REOPEN_TO_HANDLING}
)
_UNKNOWN: Final = ("رویداد", "info", "neutral")


def event(row: CaseEvent) -> tuple[str, str, str]:
    """Title, icon and tone of a timeline entry."""
    if row.kind == EventKind.LADDER:
        return LADDER.get(row.text, _UNKNOWN)
    if row.kind == EventKind.REPLY and row.actor_kind is ActorKind.SYSTEM:
        return "مهلت پاسخ شهروند تمام شد؛ رسیدگی ادامه یافت", "hourglass", "violet"
    if row.kind == EventKind.NOTE and row.actor_kind is ActorKind.CITIZEN:
        return "نمره دوباره شهروند، پس از مهلت اصلاح", "star", "neutral"
    return EVENT.get(row.kind, _UNKNOWN)


def event_text(row: CaseEvent) -> str:
    """What a timeline entry says beside its title; codes in it become words."""
    text = row.text
    if row.kind == EventKind.LADDER:
        return ""
    if row.kind in _SCORED:
        return f"نمره {to_persian_digits(text)} از ۵"
    if row.kind == EventKind.MARK_DUPLICATE:
        return f"پرونده اصلی: {to_persian_digits(tracking_code.display(text))}"
    if row.kind == EventKind.CLOSE and text == "no_feedback":
        return "در مهلت نظرسنجی نظری نرسید."
    if row.kind in _DECIDED and text.isdecimal():
        return f"نمره شهروند {to_persian_digits(text)} از ۵"
    return text


def language_options() -> list[dict[str, str]]:
    """Every language for a list to choose from."""
    return [{"value": language.value, "label": name} for language, name in LANGUAGE.items()]


def round_name(number: int) -> str:
    names = ("نخست", "دوم", "سوم", "چهارم")
    return (
        f"دور {names[number - 1]}" if number <= len(names) else f"دور {to_persian_digits(number)}"
    )
