"""Persian words for gateways, what they can do, halts and alarms."""

from __future__ import annotations

from typing import Final

from domain import jalali
from domain.text import to_persian_digits
from models import ProviderAlarm, SendingHalt
from models.enums import Resumption
from ui.templates import money

GATEWAY: Final = {"kavenegar": "کاوه‌نگار", "http": "درگاه دوم", "": "هنوز به درگاهی نرفته"}
CAPABILITY: Final = {
    "statuses": "پیگیری وضعیت",
    "lookup": "یافتن پیام نامعلوم",
    "receive": "دریافت پیامک",
    "blocked": "فهرست شماره‌های بسته",
    "account": "اعتبار و تنظیمات حساب",
    "codes": "کد یک‌بارمصرف با قالب",
    "calls": "خواندن نتیجه در تماس",
}
_CHORE: Final = {
    "sms.reconcile": "یافتن پیام نامعلوم",
    "sms.statuses": "پیگیری وضعیت پیامک‌ها",
    "sms.receive": "دریافت پیامک‌های رسیده",
    "sms.read_again": "بازخوانی پیامک‌های رسیده",
    "sms.blocked": "خواندن فهرست شماره‌های بسته",
    "sms.credit": "پرسش اعتبار",
    "sms.account": "خواندن تنظیمات حساب",
}
_SETTING: Final = {
    "debugmode": (
        "حالت آزمایشی حساب روشن است",
        "با debugmode هیچ پیامکی به دست شهروند نمی‌رسد؛ آن را در پنل سرویس‌دهنده خاموش کنید.",
    ),
    "resendfailed": (
        "ارسال دوبارهٔ خودکار روشن است",
        "با resendfailed ممکن است پیامکی دو بار برسد؛ آن را در پنل سرویس‌دهنده خاموش کنید.",
    ),
}
_RESUMES: Final = {
    Resumption.OPERATOR: "پس از رفع مشکل، ارسال را از سر بگیرید.",
    Resumption.CREDIT: "با افزایش اعتبار، ارسال خودبه‌خود از سر گرفته می‌شود.",
}


def gateway(name: str) -> str:
    return GATEWAY.get(name, name)


def capabilities(names: frozenset[str]) -> list[str]:
    """What a gateway can do, always in the same order."""
    return [label for name, label in CAPABILITY.items() if name in names]


def halt_title(row: SendingHalt, all_lines: str) -> str:
    place = gateway(row.gateway)
    if row.line == all_lines:
        return f"ارسال از {place} متوقف است"
    return f"ارسال از خط {to_persian_digits(row.line)} {place} متوقف است"


def halt_end(row: SendingHalt) -> str:
    """How sending resumes."""
    if row.resumes is Resumption.TIME and row.until is not None:
        at = jalali.format_time(row.until)
        return f"ساعت {at} خودبه‌خود از سر گرفته می‌شود."
    return _RESUMES[row.resumes]


def alarm(row: ProviderAlarm) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    kind, _, rest = row.code.partition(":")
    if row.code == "credit":
        left = money(int(row.detail)) if row.detail.isdecimal() else "اندک"
        return "اعتبار حساب رو به پایان است", f"اعتبار باقی‌مانده: {left}"
    if kind == "off":
        return f"«{_CHORE.get(rest, rest)}» برای این حساب مجاز نیست", row.detail
    if kind == "code":
        return f"پاسخ پیش‌بینی‌نشده: کد {to_persian_digits(rest)}", row.detail
    return _SETTING.get(row.code, (row.code, row.detail))
