"""The one Jinja environment of the web interface: Persian filters, icons, hashed static files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain import jalali, phone, time, tracking_code
from domain.text import to_persian_digits
from ui.icons import SHAPES, icon

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
STATIC_URL: Final = "/static/"

_LATIN_TO_PERSIAN_MARKS: Final = str.maketrans({",": "٬", ".": "٫"})

LAYOUT_DEFAULTS: Final[dict[str, object]] = {
    "user": None,
    "nav": (),
    "breadcrumb": (),
    "notifications": 0,
    "simulated": False,
    "live_url": None,
    "search_query": "",
    "toasts": (),
    "trouble": None,
}
"""What layout.html needs beyond `title`, and what it takes when a page says nothing."""


def fa(value: object) -> str:
    """Text with Persian digits, nothing else changed: codes, versions, counts in a sentence."""
    return to_persian_digits(str(value))


def number(value: float, decimals: int = 0) -> str:
    """A quantity with Persian digits and separators: 12345.6 → «۱۲٬۳۴۶», 4.25|number(1) → «۴٫۲»."""
    return to_persian_digits(f"{value:,.{decimals}f}".translate(_LATIN_TO_PERSIAN_MARKS))


def percent(share: float, decimals: int = 0) -> str:
    """A share from 0 to 1: 0.875 → «۸۸٪»."""
    return f"{number(share * 100, decimals)}٪"


def money(rials: int) -> str:
    """An amount in rials: «۱۲٬۵۰۰ ریال»."""
    return f"{number(rials)} ریال"


def mobile(value: str) -> Markup:
    """A mobile number ("+989…") or its masked form, left to right wherever it stands."""
    if value.startswith("+98"):
        local = phone.local_form(value)
        value = f"{local[:4]} {local[4:7]} {local[7:]}"
    return _left_to_right(to_persian_digits(value), "number")


def code(value: str) -> Markup:
    """A tracking code in groups of four, left to right wherever it stands."""
    return _left_to_right(to_persian_digits(tracking_code.display(value)), "code")


def relative(moment: datetime, now: datetime | None = None) -> str:
    """How long ago or ahead a moment is, seen from `now` (default: this moment)."""
    return jalali.relative(moment, now or time.now())


def initials(name: str) -> str:
    """The first letters of the first two words, kept apart so that they do not join."""
    return "\u200c".join(word[0] for word in name.split()[:2])


def _left_to_right(text: str, css_class: str) -> Markup:
    return Markup('<bdi dir="ltr" class="{}">{}</bdi>').format(css_class, text)


@cache
def static(path: str) -> str:
    """The URL of a static file, with a hash of its content so that it can be cached for ever.

    Raises FileNotFoundError for a file that is not there.
    """
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    return f"{STATIC_URL}{path}?v={digest}"


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "fa": fa,
    "number": number,
    "percent": percent,
    "money": money,
    "mobile": mobile,
    "code": code,
    "date": jalali.format_date,
    "time": jalali.format_time,
    "datetime": jalali.format_datetime,
    "long_date": jalali.long_date,
    "relative": relative,
    "duration": jalali.duration,
    "initials": initials,
}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(
        LAYOUT_DEFAULTS, icon=icon, icons=tuple(SHAPES), static=static, now=time.now
    )
    return environment


environment: Final = _environment()


def render(name: str, **context: object) -> str:
    """The text of a template; `name` is its path under ui/templates, e.g. "pages/about.html".

    Raises jinja2.UndefinedError when the template uses a name the context lacks.
    """
    return environment.get_template(name).render(context)
