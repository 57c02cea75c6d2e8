"""What each text to citizens and staff is: its name, when it goes, what is filled in.

Samples are what staff see while they write; the longest values are what a text is judged by.
Results, questions and bodies are Persian whatever the language of the text around them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain import notifications, tracking_code
from domain.measure import MAX_INSERTED, utf16_units
from domain.seed_data import BODIES
from domain.status_words import STATUS_WORDS
from models.enums import CaseStatus, Language, TextKind

OPT_OUT_WORDS: Final = "لغو۱۱"
"""What the line understands as opting out, in any language."""

_Values = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What stands for `{name}`, usually and at its longest, before digits are written.

    A `required` one may not be left out of the text.
    """

    name: str
    meaning: str
    sample: _Values
    longest: _Values
    required: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """`opt_out`: the text must tell how to opt out. `spoken`: it is read out in a call."""

    title: str
    sent: str
    placeholders: tuple[Placeholder, ...] = ()
    opt_out: bool = False
    spoken: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset(item.name for item in self.placeholders)

    @property
    def required(self) -> frozenset[str]:
        return frozenset(item.name for item in self.placeholders if item.required)

    def samples(self, language: Language) -> dict[str, str]:
        return {item.name: item.sample[language] for item in self.placeholders}

    def longest(self, language: Language) -> dict[str, str]:
        return {item.name: item.longest[language] for item in self.placeholders}


def _always(value: str) -> _Values:
    return dict.fromkeys(Language, value)


def _repeated(words: str) -> _Values:
    times = MAX_INSERTED // len(words) + 1
    return _always((words * times)[:MAX_INSERTED])


def _longest_of(column: str) -> _Values:
    return _always(max((body[column] for body in BODIES), key=utf16_units))


_TRACKING: Final = "482139075612"
_SHOWN: Final = tracking_code.display(_TRACKING)
_CODE: Final = Placeholder("code", "کد رهگیری", _always(_SHOWN), _always(_SHOWN))
_CODE_OR_NOT: Final = Placeholder(
    "code", "کد رهگیری", _always(_SHOWN), _always(_SHOWN), required=False
)
_SPOKEN: Final = _always(tracking_code.spelled(_TRACKING))
_SPOKEN_CODE: Final = Placeholder("code", "کد رهگیری، رقم‌به‌رقم", _SPOKEN, _SPOKEN, required=False)
_ONE_TIME: Final = _always("482913")
_ONE_TIME_CODE: Final = Placeholder("code", "کد یک‌بارمصرف شش‌رقمی", _ONE_TIME, _ONE_TIME)
_BODY: Final = Placeholder(
    "body", "نام مرجع رسیدگی", _always("قوه قضاییه (۱۲۹)"), _longest_of("title")
)
_GUIDANCE: Final = Placeholder(
    "guidance",
    "راهنمایی درباره آن مرجع",
    _always("برای امور قضایی با شماره ۱۲۹ تماس بگیرید."),
    _longest_of("guidance"),
    required=False,
)
_QUESTION: Final = Placeholder(
    "question",
    "پرسش دستگاه",
    _always("چه روزی به کدام باجه مراجعه کردید؟"),
    _repeated("چه روزی به کدام باجه مراجعه کردید؟ "),
)
_RESULT: Final = Placeholder(
    "result",
    "نتیجه رسیدگی",
    _always("باجه از این پس ساعت ۸ باز است و به مسئول آن تذکر داده شد."),
    _repeated("باجه از این پس ساعت ۸ باز است. "),
)
_WORDS: Final = Placeholder(
    "text",
    "پیام کارشناس",
    _always("لطفاً فردا ساعت ۹ با شناسنامه به باجه ۳ مراجعه کنید."),
    _repeated("لطفاً فردا با شناسنامه به باجه ۳ مراجعه کنید. "),
)
_RATING: Final = Placeholder("rating", "نمره تازه، ۱ تا ۵", _always("4"), _always("5"))
_STATUS: Final = Placeholder(
    "status",
    "وضعیت پرونده",
    {language: words[CaseStatus.IN_HANDLING] for language, words in STATUS_WORDS.items()},
    {language: max(words.values(), key=utf16_units) for language, words in STATUS_WORDS.items()},
)
_COUNT: Final = Placeholder("count", "شمار پرونده‌ها", _always("2"), _always("9999"), required=False)
_CODES: Final = Placeholder(
    "codes",
    "کدهای رهگیری",
    _always(notifications.listed([_SHOWN] * 2)),
    _always(notifications.listed([_SHOWN] * (notifications.DIGEST_CODES + 1))),
)

KINDS: Final[dict[TextKind, Kind]] = {
    TextKind.IDENTITY_CODE: Kind("کد یک‌بارمصرف", "هنگام احراز هویت تماس‌گیرنده", (_ONE_TIME_CODE,)),
    TextKind.REGISTERED: Kind("کد رهگیری", "پس از ثبت پرونده", (_CODE,)),
    TextKind.OUT_OF_SCOPE: Kind("مرجع رسیدگی", "وقتی موضوع در شمول ۱۲۸ نیست", (_BODY, _GUIDANCE)),
    TextKind.QUESTION: Kind("پرسش از شهروند", "وقتی دستگاه پرسشی دارد", (_CODE, _QUESTION)),
    TextKind.RESULT: Kind("نتیجه رسیدگی", "پس از ثبت نتیجه", (_CODE, _RESULT)),
    TextKind.RESULT_CALL: Kind(
        "نتیجه در تماس تلفنی",
        "پس از ثبت نتیجه، برای کسی که خواندن پیامک برایش دشوار است",
        (_SPOKEN_CODE, _RESULT),
        spoken=True,
    ),
    TextKind.OPERATOR_TEXT: Kind("پیام کارشناس", "وقتی کارشناس به شهروند می‌نویسد", (_WORDS,)),
    TextKind.SURVEY: Kind("نظرسنجی", "پس از رسیدن نتیجه", (_CODE,), opt_out=True),
    TextKind.SURVEY_REMINDER: Kind(
        "یادآوری نظرسنجی", "اگر تا یک روز پاسخی نرسد", (_CODE,), opt_out=True
    ),
    TextKind.SURVEY_CLARIFY: Kind(
        "درخواست نمره روشن", "وقتی پاسخ نظرسنجی عددی روشن نیست", (_CODE,)
    ),
    TextKind.SURVEY_COMMENT: Kind("درخواست توضیح", "پس از نمره ۳ تا ۵", (_CODE_OR_NOT,)),
    TextKind.SURVEY_THANKS: Kind("سپاس", "پس از نظر و توضیح شهروند", (_CODE,)),
    TextKind.SURVEY_REOPENED: Kind("بازگشایی و پرسش علت", "پس از نمره ۱ یا ۲ بدون توضیح", (_CODE,)),
    TextKind.SURVEY_REOPENED_THANKS: Kind("بازگشایی", "پس از نمره ۱ یا ۲ با توضیح", (_CODE,)),
    TextKind.SURVEY_FINAL: Kind(
        "نظر نهایی مرکز ملی", "پس از نمره ۱ یا ۲ که دیگر به بازگشایی نمی‌انجامد", (_CODE,)
    ),
    TextKind.SURVEY_CORRECTED: Kind(
        "اصلاح نمره", "وقتی شهروند نمره خود را عوض می‌کند", (_CODE, _RATING)
    ),
    TextKind.STATUS: Kind("وضعیت پرونده", "وقتی شهروند کد رهگیری را پیامک می‌کند", (_CODE, _STATUS)),
    TextKind.STATUS_UNKNOWN: Kind("پرونده یافت نشد", "وقتی کد پیامک‌شده از آن شماره نیست", (_CODE,)),
    TextKind.RECEIVED: Kind("دریافت پیام", "وقتی پیامک شهروند به کارشناس می‌رسد"),
    TextKind.WITHDRAWN: Kind("پایان پیگیری", "پس از انصراف شهروند", (_CODE,)),
    TextKind.DUPLICATE: Kind("پیوست به پرونده دیگر", "وقتی پرونده تکراری است", (_CODE,)),
    TextKind.STAFF_BREACH: Kind(
        "گذشت مهلت، به کارکنان", "وقتی مهلت پرونده‌ای می‌گذرد", (_COUNT, _CODES)
    ),
}
