"""Kavenegar's message statuses and return codes, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

UNKNOWN = "unknown"
ACCEPTED = "accepted"
SENT = "sent"
UNDELIVERED = "undelivered"
FAILED = "failed"
CANCELLED = "cancelled"
BLOCKED = "blocked"
DELIVERED = "delivered"

NO_INFORMATION = 100
BLOCKED_BY_RECIPIENT = 14


@dataclass(frozen=True, slots=True)
class Status:
    """One status code: our state, its rank, and whether no other status can follow.

    Rank 0 carries no information. Code 11 is not final: 10 has been seen after it.
    """

    code: int
    state: str
    rank: int
    final: bool


STATUSES = {
    status.code: status
    for status in (
        Status(1, ACCEPTED, 1, False),
        Status(2, ACCEPTED, 1, False),
        Status(4, SENT, 2, False),
        Status(5, SENT, 2, False),
        Status(6, FAILED, 3, True),
        Status(10, DELIVERED, 4, True),
        Status(11, UNDELIVERED, 3, False),
        Status(13, CANCELLED, 3, True),
        Status(BLOCKED_BY_RECIPIENT, BLOCKED, 3, True),
        Status(50, UNKNOWN, 0, False),
        Status(NO_INFORMATION, UNKNOWN, 0, False),
    )
}

_RANKS = {status.state: status.rank for status in STATUSES.values()}


def status(code: int) -> Status:
    """The row of a status code; a code never heard of carries no information."""
    return STATUSES.get(code) or Status(code, UNKNOWN, 0, False)


def advance(current_state: str, code: int) -> str:
    """The state after a status report: forward by rank, never back, never on 50 or 100.

    Reports come in any order and more than once. A state that is not the provider's
    (`pending`, `sending`, …) ranks lowest.
    """
    reported = status(code)
    return reported.state if reported.rank > _RANKS.get(current_state, 0) else current_state


class Action(StrEnum):
    """What a refusal asks of the sender."""

    RETRY = "retry"
    """Not accepted: send again later with the same local id."""
    PAUSE = "pause"
    """Stop for minutes and raise an alarm."""
    AMBIGUOUS = "ambiguous"
    """Ask by local id before anything else."""
    HALT = "halt"
    """Stop all sending, keep the rows, raise an alarm; an operator resumes."""
    HALT_CREDIT = "halt_credit"
    """As HALT, but resume by itself when there is credit again."""
    HALT_LINE = "halt_line"
    """Stop sending from this line."""
    PERMANENT = "permanent"
    """This message can never be sent: show it to a person."""
    BUG = "bug"
    """Our request was wrong: permanent, and raise an alarm."""
    FEATURE_OFF = "feature_off"
    """Do without this call; sending is not affected."""
    EMPTY = "empty"
    """Nothing found: an empty list."""


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
            451, Action.RETRY, "too many calls in a short time", "فراخوانی بیش از حد در بازه زمانی"
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


def return_code(code: int) -> ReturnCode:
    """The row of a refusal; a code never heard of is a bug, so that it cannot loop."""
    return RETURN_CODES.get(code) or ReturnCode(code, Action.BUG, "unknown code", "کد ناشناخته")


def action(code: int) -> Action:
    """What a refusal with this code asks of the sender."""
    return return_code(code).action
