"""Kavenegar's message statuses and return codes, as data (kavenegar §3, §4)."""

from __future__ import annotations

from dataclasses import dataclass

from models.enums import MessageState
from sms.gateway import Action

STATUSES: dict[int, MessageState | None] = {
    1: MessageState.ACCEPTED,
    2: MessageState.ACCEPTED,
    4: MessageState.SENT,
    5: MessageState.SENT,
    6: MessageState.FAILED,
    10: MessageState.DELIVERED,
    11: MessageState.UNDELIVERED,
    13: MessageState.CANCELLED,
    14: MessageState.BLOCKED,
    50: None,
    100: None,
}
"""The state that a status means; None carries no information."""

UNKNOWN_MESSAGE = 100
"""The provider knows no such message, or none any more."""


def state(status: int) -> MessageState | None:
    """The state that a status means; one never heard of carries no information."""
    return STATUSES.get(status)


@dataclass(frozen=True, slots=True)
class ReturnCode:
    """One `return.status` other than 200: what to do and what it means."""

    code: int
    action: Action
    en: str
    fa: str


RETURN_CODES = {
    row.code: row
    for row in (
        ReturnCode(400, Action.BUG, "parameters are incomplete", "پارامترها ناقص است"),
        ReturnCode(401, Action.HALT, "the account is disabled", "حساب کاربری غیرفعال است"),
        ReturnCode(402, Action.AMBIGUOUS, "the operation failed", "عملیات ناموفق بود"),
        ReturnCode(403, Action.HALT, "the API key is not valid", "کلید دسترسی معتبر نیست"),
        ReturnCode(404, Action.BUG, "no such method", "متد ناشناخته است"),
        ReturnCode(405, Action.BUG, "wrong HTTP verb", "روش فراخوانی اشتباه است"),
        ReturnCode(406, Action.BUG, "a required parameter is empty", "پارامتر اجباری خالی است"),
        ReturnCode(
            407,
            Action.FEATURE_OFF,
            "this call needs an allow-listed IP address",
            "دسترسی به این متد برای این نشانی IP مجاز نیست",
        ),
        ReturnCode(409, Action.RETRY, "the server is busy", "سرور پاسخ‌گو نیست"),
        ReturnCode(410, Action.HALT, "the IP address is not allowed", "نشانی IP مجاز نیست"),
        ReturnCode(411, Action.PERMANENT, "the receptor is not valid", "گیرنده نامعتبر است"),
        ReturnCode(412, Action.HALT_LINE, "the line is not ours", "خط فرستنده از آن ما نیست"),
        ReturnCode(
            413, Action.PERMANENT, "the text is empty or too long", "متن خالی یا بیش از حد بلند است"
        ),
        ReturnCode(414, Action.BUG, "too many rows in one call", "تعداد ردیف‌ها بیش از حد مجاز است"),
        ReturnCode(416, Action.HALT, "the IP address does not match", "نشانی IP همخوان نیست"),
        ReturnCode(417, Action.PERMANENT, "the date is not valid", "تاریخ ارسال نامعتبر است"),
        ReturnCode(418, Action.HALT_CREDIT, "no credit", "اعتبار حساب کافی نیست"),
        ReturnCode(419, Action.BUG, "arrays of unequal length", "طول آرایه‌ها برابر نیست"),
        ReturnCode(
            420, Action.PERMANENT, "links are not allowed", "ارسال پیوند برای این حساب مجاز نیست"
        ),
        ReturnCode(422, Action.PERMANENT, "bad characters in the text", "متن نویسه نامناسب دارد"),
        ReturnCode(424, Action.PERMANENT, "no such template", "الگو پیدا نشد"),
        ReturnCode(
            426,
            Action.PERMANENT,
            "this needs the advanced service",
            "این متد نیازمند سرویس پیشرفته است",
        ),
        ReturnCode(
            427, Action.HALT_LINE, "the line needs an access level", "این خط نیازمند سطح دسترسی است"
        ),
        ReturnCode(428, Action.PERMANENT, "a call is not possible", "تماس صوتی ممکن نیست"),
        ReturnCode(429, Action.PAUSE, "the IP address is restricted", "نشانی IP محدود شده است"),
        ReturnCode(
            430, Action.HALT, "the account's identity is not verified", "هویت حساب احراز نشده است"
        ),
        ReturnCode(431, Action.PERMANENT, "the token is not valid", "ساختار کد صحیح نیست"),
        ReturnCode(
            432, Action.PERMANENT, "the template lacks its token", "پارامتر کد در الگو نیست"
        ),
        ReturnCode(449, Action.EMPTY, "nothing found", "چیزی پیدا نشد"),
        ReturnCode(
            451,
            Action.SLOW_DOWN,
            "too many calls in a short time",
            "فراخوانی بیش از حد در بازه زمانی",
        ),
        ReturnCode(
            501,
            Action.HALT,
            "a test account may text its owner only",
            "حساب آزمایشی فقط به صاحب حساب پیام می‌فرستد",
        ),
        ReturnCode(604, Action.BUG, "a parameter is not valid", "پارامتر نامعتبر است"),
        ReturnCode(607, Action.BUG, "the tag is not valid", "برچسب نامعتبر است"),
    )
}


TEMPLATE_FAULTS = frozenset({424, 426, 431, 432})
"""The template of one-time codes is at fault; as an ordinary text the code can go."""


def return_code(code: int) -> ReturnCode:
    """The row of a refusal; a code never heard of is a bug, so that it cannot loop."""
    return RETURN_CODES.get(code) or ReturnCode(code, Action.BUG, "unknown code", "کد ناشناخته")
