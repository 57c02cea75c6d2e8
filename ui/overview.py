"""Today at a glance (B2, G1): figures, what waits with how much time left, live."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import figures, jalali
from domain.actors import SYSTEM, Actor
from domain.figures import By, Figures, Waiting
from domain.time import now
from models import Agency, Indicator, Place
from models.enums import Role
from ui.pages import fragment, page, signed_in

NATIONAL: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
_BARS: Final = (
    ("over", "گذشته از مهلت", "late"),
    ("under_half_hour", "تا ۳۰ دقیقه", "warn"),
    ("under_hour", "۳۰ تا ۶۰ دقیقه", "ok"),
    ("under_two_hours", "۱ تا ۲ ساعت", "ok"),
    ("longer", "بیش از ۲ ساعت", "ok"),
    ("paused", "در انتظار شهروند", "paused"),
)
_TALLEST: Final = 100
_LINES: Final = 15
Line = tuple[str, Figures]


@signed_in()
async def show(request: Request) -> Response:
    return await page(
        request, "overview", title="نمای امروز", **await _now(request), **await _by(request)
    )


@signed_in()
async def live(request: Request) -> Response:
    """The figures of the whole, often."""
    return fragment("overview", **await _now(request))


@signed_in()
async def tables(request: Request) -> Response:
    """The figures by indicator, agency and province, less often."""
    return fragment("overview_tables", **await _by(request))


async def _now(request: Request) -> dict[str, Any]:
    reader = _reader(request.state.actor)
    waiting = await figures.waiting(reader)
    return {
        "at": now(),
        "scope": await _scope(request.state.actor),
        "total": await figures.today(reader),
        "waiting": waiting,
        "bars": bars(waiting),
    }


async def _by(request: Request) -> dict[str, Any]:
    reader = _reader(request.state.actor)
    start, end = jalali.day_bounds(now())
    found = [
        ("به تفکیک شاخص", "شاخص", await _indicators(reader, start, end)),
        ("به تفکیک استان", "استان", await _provinces(reader, start, end)),
    ]
    if request.state.actor.role in NATIONAL:
        found.insert(1, ("به تفکیک دستگاه", "دستگاه", await _agencies(reader, start, end)))
    return {"tables": [table for table in found if table[2]]}


def bars(waiting: Waiting) -> list[dict[str, Any]]:
    """The bars of the histogram, most urgent first; heights out of 100."""
    counts = [getattr(waiting, name) for name, _, _ in _BARS]
    top = max(counts) or 1
    return [
        {
            "label": label,
            "count": count,
            "tone": tone,
            "height": max(2, round(count * _TALLEST / top)) if count else 0,
        }
        for (_, label, tone), count in zip(_BARS, counts, strict=True)
    ]


def _reader(actor: Actor) -> Actor:
    """An administrator reads no case, but the figures of the country."""
    return SYSTEM if actor.role is Role.ADMIN else actor


async def _scope(actor: Actor) -> str:
    """Whose figures they are."""
    if actor.role in NATIONAL:
        return "سراسر کشور"
    if actor.agency_id is None:
        return "پرونده‌های شما"
    return (await Agency.get(id=actor.agency_id)).name


async def _indicators(reader: Actor, start: Any, end: Any) -> list[Line]:
    found = await figures.grouped(reader, By.INDICATOR, start, end)
    rows = await Indicator.filter(active=True).order_by("version")
    return _lines(found, {row.code: row.short for row in rows})


async def _agencies(reader: Actor, start: Any, end: Any) -> list[Line]:
    found = await figures.grouped(reader, By.AGENCY, start, end)
    rows = await Agency.filter(id__in=[key for key in found if isinstance(key, int)])
    return _lines(found, {row.id: row.name for row in rows})


async def _provinces(reader: Actor, start: Any, end: Any) -> list[Line]:
    found = await figures.grouped(reader, By.PROVINCE, start, end)
    rows = await Place.filter(code__in=[str(key) for key in found])
    return _lines(found, {row.code: row.name for row in rows})


def _lines(found: dict[Any, Figures], names: dict[Any, str]) -> list[Line]:
    """The lines with most cases first."""
    lines = [(names[key], values) for key, values in found.items() if key in names]
    return sorted(lines, key=lambda line: (-line[1].registered, line[0]))[:_LINES]


routes = [
    Route("/overview", show, methods=["GET"]),
    Route("/overview/figures", live, methods=["GET"]),
    Route("/overview/tables", tables, methods=["GET"]),
]
