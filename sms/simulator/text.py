"""Numbers, digits and lengths, as the simulated network understands them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from math import ceil

from persiantools.jdatetime import JalaliDateTime

TEHRAN = timezone(timedelta(hours=3, minutes=30))

_ASCII = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_GSM7 = re.compile(
    r"[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà"
    r"\f^{}\\\[~\]|€]*"
)
_GSM7_DOUBLE = re.compile(r"[\f^{}\\\[~\]|€]")


def ascii_digits(text: str) -> str:
    return text.translate(_ASCII)


def persian_digits(value: object) -> str:
    return str(value).translate(_PERSIAN)


def mobile(raw: str) -> str | None:
    """`09xxxxxxxxx` from any usual form of an Iranian mobile number, else None."""
    digits = re.sub(r"[\s-]", "", ascii_digits(raw))
    found = re.fullmatch(r"(?:0|\+98|0098|98)?(9[0-9]{9})", digits)
    return "0" + found[1] if found else None


def line(raw: str) -> str:
    """A line number without its country code."""
    return re.sub(r"^(\+98|0098)", "", ascii_digits(raw).strip())


def parts(text: str) -> int:
    """How many SMS a text is charged as."""
    if _GSM7.fullmatch(text):
        units, single, each = len(text) + len(_GSM7_DOUBLE.findall(text)), 160, 153
    else:
        units, single, each = len(text.encode("utf-16-le", "surrogatepass")) // 2, 70, 67
    return 1 if units <= single else ceil(units / each)


def jalali(moment: float) -> str:
    """`۱۴۰۵/۰۹/۰۳ ۱۷:۰۵` in Tehran."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(TEHRAN)
    return persian_digits(JalaliDateTime(local).strftime("%Y/%m/%d %H:%M"))


def jalali_day(moment: float) -> str:
    """`سه‌شنبه ۳ آذر` in Tehran."""
    local = JalaliDateTime(datetime.fromtimestamp(moment, UTC).astimezone(TEHRAN), locale="fa")
    return persian_digits(local.strftime("%A {} %B").format(local.day))


def clock_time(moment: float) -> str:
    """`۱۷:۰۵` in Tehran."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(TEHRAN)
    return persian_digits(local.strftime("%H:%M"))


def grouped(number: int) -> str:
    """`۲۰٬۰۰۰٬۰۰۰`."""
    return persian_digits(f"{number:,}").replace(",", "٬")
