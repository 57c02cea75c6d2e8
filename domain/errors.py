"""What the service refuses, said once: a stable code, and a Persian and an English text for it.

Adapters render a `DomainError`: as payload `errors` in GraphQL, as a 422 fragment in the UI, as a
reply by SMS. Texts never carry personal data: their placeholders are limits, counts and names of
files, so `str(error)` may be logged.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from persiantools.digits import en_to_fa

Language = Literal["fa", "en"]

# code -> (Persian, English); placeholders as for str.format. A text about a field is a predicate
# that follows the field's label («کد ملی: نامعتبر است»); any other is a whole sentence.
MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "required": ("وارد کردن آن الزامی است", "is required"),
    "too_long": ("نباید بیش از {max} نویسه باشد", "must be at most {max} characters"),
    "too_short": ("نباید کمتر از {min} نویسه باشد", "must be at least {min} characters"),
    "invalid": ("نامعتبر است", "is not valid"),
    "invalid_characters": ("نویسهٔ غیرمجاز دارد", "contains characters that are not allowed"),
    "unknown": ("در فهرست‌های سامانه وجود ندارد", "is not known"),
    "taken": ("پیش‌تر ثبت شده است", "is already in use"),
    "not_found": ("مورد درخواستی یافت نشد.", "Not found."),
    "forbidden": ("شما مجاز به انجام این کار نیستید.", "You are not allowed to do this."),
    "wrong_state": (
        "این اقدام در وضعیت کنونی پرونده ممکن نیست.",
        "This cannot be done in the present state.",
    ),
    "stale": (
        "اطلاعات در این فاصله تغییر کرده است؛ لطفاً صفحه را تازه کنید و دوباره اقدام فرمایید.",
        "The record has changed meanwhile; reload it and try again.",
    ),
    "already_done": ("این اقدام پیش‌تر انجام شده است.", "This has already been done."),
    "expired": ("مهلت آن به پایان رسیده است.", "The time for this has run out."),
    "too_many_attempts": (
        "شمار تلاش‌ها از حد مجاز گذشته است؛ لطفاً بعداً دوباره تلاش فرمایید.",
        "Too many attempts; try again later.",
    ),
    "identity_required": (
        "پیش از ثبت پرونده، هویت تماس‌گیرنده باید احراز شود.",
        "The caller must be identified before a case can be registered.",
    ),
    "conflict": ("با دادهٔ ثبت‌شده ناسازگار است", "conflicts with what is stored"),
    "opted_out": (
        "صاحب این شماره دریافت پیامک را لغو کرده است.",
        "The owner of this number has opted out of SMS.",
    ),
    "texts_used_up": (
        "در یک ساعت بیش از {max} پیام آزاد نمی‌توان نوشت؛ لطفاً بعداً دوباره تلاش فرمایید.",
        "No more than {max} texts of one's own words in an hour; try again later.",
    ),
    "texted_enough": (
        "به یک شماره در شبانه‌روز بیش از {max} پیام آزاد نمی‌توان نوشت؛ با شهروند تماس بگیرید.",
        "No more than {max} texts in own words to one number in 24 hours; call the citizen.",
    ),
    "no_survey": (
        "از این شماره نظرسنجی بی‌پاسخی نیست که نمره به آن برسد.",
        "No survey of this number waits for a score.",
    ),
    "not_a_label": (
        "نباید رقم یا عدد، واژهٔ لغو یا شروع، کد رهگیری، نفی یا پرسش باشد",
        "must not be a number, an opt-out word, a tracking code, a negation or a question",
    ),
    "already_taken": (
        "این تماس را کارشناس دیگری پاسخ داده است.",
        "Another operator has taken this call.",
    ),
    "wrong_code": ("نادرست است", "is wrong"),
    "not_repeated": ("با گذرواژه تازه یکی نیست", "differs from the new password"),
    "identity_mismatch": (
        "با شمارهٔ همراه تماس‌گیرنده مطابقت ندارد",
        "does not belong to the caller's mobile number",
    ),
    "identity_withheld": (
        "هویت گزارش‌دهندهٔ این پرونده محرمانه است.",
        "The identity of this case's reporter is confidential.",
    ),
    "too_many": ("نباید بیش از {max} مورد باشد", "must be at most {max} items"),
    "out_of_range": ("باید بین {min} و {max} باشد", "must be between {min} and {max}"),
    "not_below": (
        "باید از واحدهای زیرمجموعهٔ واحد شما باشد",
        "must be units below your own",
    ),
    "no_coordinator": (
        "هیچ راهبر فعالی در این واحد یا واحدهای بالاتر آن نیست",
        "has no active coordinator, nor has a unit above it",
    ),
    "already_referred": (
        "ارجاع باز دیگری به همین واحد وجود دارد",
        "already has an open referral of this case",
    ),
    "pause_exhausted": (
        "مهلت ۲۴ ساعتهٔ پرسش از شهروند در این دور تمام شده است.",
        "The 24 hours for asking the citizen are used up in this round.",
    ),
    "final": (
        "نظر مرکز ملی در این پرونده نهایی است.",
        "The national centre's verdict on this case is final.",
    ),
    "wrong_credentials": (
        "نام کاربری یا گذرواژه نادرست است. پس از ۵ بار خطا ورود تا ۱۵ دقیقه بسته می‌شود.",
        "The user name or the password is wrong. Five errors lock an account for 15 minutes.",
    ),
    "locked": (
        "ورود به این حساب تا ۱۵ دقیقه ممکن نیست.",
        "This account is locked for 15 minutes.",
    ),
    "unreadable": (
        "دادهٔ رمزشده با کلیدهای موجود خوانا نیست.",
        "The sealed value cannot be read with the present keys.",
    ),
    "rate_limited": (
        "سهمیهٔ این دقیقه تمام شده است؛ {seconds} ثانیهٔ دیگر دوباره درخواست کنید.",
        "The budget of this minute is used up; ask again in {seconds} seconds.",
    ),
    "revoked": (
        "این سامانه باطل شده است و دیگر تغییر نمی‌کند.",
        "This client has been revoked and does not change any more.",
    ),
    "address_refused": (
        "باید نشانی https در اینترنت عمومی باشد",
        "must be an https address on the public internet",
    ),
    "unresolvable": ("نام میزبان آن یافت نشد", "names a host that was not found"),
    "webhook_off": (
        "این وب‌هوک خاموش است؛ نخست آن را روشن کنید.",
        "This webhook is switched off; switch it on first.",
    ),
    "braces": (
        "هر آکولاد باید درست یک نام را در بر بگیرد، مانند {{code}}",
        "must have exactly one name in each pair of braces, such as {{code}}",
    ),
    "unknown_placeholder": (
        "جای خالی ناشناخته دارد؛ این متن تنها این‌ها را می‌شناسد: {names}",
        "has an unknown placeholder; this text knows only these: {names}",
    ),
    "missing_placeholder": ("باید این‌ها را داشته باشد: {names}", "must have these: {names}"),
    "opt_out_missing": (
        "باید راه لغو را بگوید: «لغو۱۱»",
        "must say how to opt out: «لغو۱۱»",
    ),
    "too_many_parts": (
        "با بلندترین مقدارها {parts} بخش می‌شود؛ بیش از {max} بخش پذیرفته نیست",
        "takes {parts} parts with the longest values; no more than {max} are allowed",
    ),
    "unchanged": ("با متن کنونی یکی است", "is the text in force already"),
    "already_waiting": ("هنوز در صف ارسال است", "still waits to be sent"),
    "file_missing": ("فایل {file} یافت نشد.", "{file}: no such file."),
    "file_encoding": (
        "فایل {file}، سطر {line}: نویسه‌گذاری UTF-8 درست نیست.",
        "{file}, line {line}: not valid UTF-8.",
    ),
    "file_unreadable": (
        "فایل {file}، سطر {line}: ساختار فایل درست نیست.",
        "{file}, line {line}: the file is damaged or is not CSV.",
    ),
    "file_column": (
        "فایل {file}، سطر {line}: ستون {column} وجود ندارد.",
        "{file}, line {line}: column {column} is missing.",
    ),
    "file_required": (
        "فایل {file}، سطر {line}، ستون {column}: خالی است.",
        "{file}, line {line}, column {column}: empty.",
    ),
    "file_value": (
        "فایل {file}، سطر {line}، ستون {column}: مقدار نامعتبر است.",
        "{file}, line {line}, column {column}: not a valid value.",
    ),
    "file_duplicate": (
        "فایل {file}، سطر {line}، ستون {column}: مقدار تکراری است.",
        "{file}, line {line}, column {column}: duplicate value.",
    ),
    "file_orphan": (
        "فایل {file}، سطر {line}، ستون {column}: به موردی ناموجود یا نامناسب اشاره می‌کند.",
        "{file}, line {line}, column {column}: refers to nothing that could hold it.",
    ),
}

_FALLBACK: Final = ("درخواست انجام نشد.", "The request failed.")

FIELD_LABELS: Final[dict[str, str]] = {
    "action": "شرح اقدام",
    "actions": "اقدام‌های انجام‌شده",
    "agency": "دستگاه",
    "alarm": "هشدار",
    "answer": "پاسخ",
    "call": "تماس",
    "call_back": "تماس برگشتی",
    "case": "پرونده",
    "category": "مرجع صلاحیت‌دار",
    "client": "سامانه",
    "code": "کد",
    "comment": "توضیح",
    "consent": "رضایت به نمایش هویت",
    "contact": "گفت‌وگو",
    "cost_per_minute": "هزینه در دقیقه",
    "deadline": "مهلت",
    "delivery": "پیام",
    "email": "رایانامه",
    "expires_at": "پایان اعتبار",
    "explanation": "توضیح تأخیر",
    "first_name": "نام",
    "full_name": "نام و نام خانوادگی",
    "halt": "توقف ارسال",
    "indicator": "شاخص",
    "indicators": "شاخص‌ها",
    "instruction": "شرح ارجاع",
    "language": "زبان",
    "label": "برچسب",
    "job": "کار زمان‌بندی‌شده",
    "last_name": "نام خانوادگی",
    "message": "پیامک",
    "minutes": "مهلت به دقیقه",
    "mobile": "شمارهٔ همراه",
    "name": "نام",
    "national_id": "کد ملی",
    "new_password": "گذرواژه تازه",
    "note": "یادداشت",
    "old_password": "گذرواژه کنونی",
    "one_time_code": "کد تأیید",
    "order": "دستور اقدام",
    "original": "کد رهگیری پرونده اصلی",
    "outcome": "نتیجهٔ تماس",
    "overlap": "همزمانی دو کلید",
    "page": "صفحه",
    "password": "گذرواژه",
    "period": "دوره",
    "place": "محل",
    "q": "عبارت جست‌وجو",
    "question": "پرسش",
    "reason": "دلیل",
    "reporter_kind": "نوع گزارش‌دهنده",
    "repeated": "تکرار گذرواژه تازه",
    "requests_per_minute": "درخواست در دقیقه",
    "result": "نتیجه",
    "role": "نقش",
    "scopes": "دامنهٔ دسترسی",
    "score": "نمره",
    "since": "از زمان",
    "status": "وضعیت",
    "subject": "موضوع",
    "text": "متن",
    "topics": "موضوع‌ها",
    "tracking_code": "کد رهگیری",
    "unit": "واحد",
    "units": "واحدها",
    "url": "نشانی",
    "username": "نام کاربری",
    "version": "نسخه",
    "webhook": "وب‌هوک",
    "webhooks": "وب‌هوک‌های هر سامانه",
}


class _Params(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def message(code: str, lang: Language, **params: Any) -> str:
    """The text of `code` in `lang`; numbers are in Persian digits in Persian.

    An unknown code gives a general refusal and a missing parameter «…»: telling a person that
    something was refused must not itself fail.
    """
    fa, en = MESSAGES.get(code, _FALLBACK)
    if lang == "en":
        return en.format_map(_Params(params))
    numbers = {key: en_to_fa(str(p)) if isinstance(p, int) else p for key, p in params.items()}
    return fa.format_map(_Params(numbers))


def label(field: str, lang: Language) -> str:
    """A form field's name for people: «کد ملی», "national id"."""
    plain = field.replace("_", " ")
    return FIELD_LABELS.get(field, plain) if lang == "fa" else plain


class DomainError(Exception):
    """A refusal with a stable code, the field it is about, and what its text needs."""

    def __init__(self, code: str, field: str | None = None, **params: Any) -> None:
        super().__init__(code, field)
        self.code = code
        self.field = field
        self.params = params

    def message(self, lang: Language = "fa") -> str:
        """The whole text; a predicate follows the label of the field it is about."""
        text = message(self.code, lang, **self.params)
        if self.field is None or text.endswith("."):
            return text
        return f"{label(self.field, lang)}: {text}"

    def __str__(self) -> str:
        return self.message("en")


class NotFound(DomainError):
    """There is no such thing, or the actor may not know that there is."""

    def __init__(self, field: str | None = None, **params: Any) -> None:
        super().__init__("not_found", field, **params)


class Forbidden(DomainError):
    """The actor sees the thing but may not do this to it."""

    def __init__(self, field: str | None = None, **params: Any) -> None:
        super().__init__("forbidden", field, **params)
