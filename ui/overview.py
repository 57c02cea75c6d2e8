"""Today at a glance (B2, G1): figures, what waits with how much time left, live."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.text import to_persian_digits
from domain.time import now
from models import Agency
from ui import today
from ui.pages import fragment, page, signed_in
from ui.today import Figures

_LABELS: Final = (
    "بیش از ۱ ساعت دیرکرد",
    "تا ۱ ساعت دیرکرد",
    *(f"{to_persian_digits(end - 30)} تا {to_persian_digits(end)} دقیقه" for end in today.BINS[2:]),
    f"بیش از {to_persian_digits(today.BINS[-1])} دقیقه",
    "در انتظار شهروند",
)
_TONES: Final = ("late", "late", "warn", *["ok"] * (len(_LABELS) - 4), "paused")
_TALLEST: Final = 100
_ROWS: Final = 15


@signed_in()
async def show(request: Request) -> Response:
    return await page(request, "overview", title="نمای امروز", **await _view(request))


@signed_in()
async def live(request: Request) -> Response:
    return fragment("overview", **await _view(request))


async def _view(request: Request) -> dict[str, Any]:
    actor = request.state.actor
    figures = await today.figures(actor)
    counts = await today.waiting(actor)
    unit = await Agency.get(id=actor.agency_id) if actor.agency_id else None
    national = actor.role in today.NATIONAL
    tables = [
        ("به تفکیک شاخص", "شاخص", _lines(figures.by_indicator)),
        (
            "به تفکیک دستگاه" if national else "به تفکیک واحد",
            "دستگاه" if national else "واحد",
            _lines(figures.by_agency),
        ),
        ("به تفکیک استان", "استان", _lines(figures.by_province)),
    ]
    return {
        "at": now(),
        "scope": today.scope_of(actor, unit.name if unit else ""),
        "total": figures.total,
        "breaches": figures.breaches,
        "waiting": sum(counts),
        "overdue": counts[0] + counts[1],
        "bars": bars(counts),
        "tables": [table for table in tables if table[2]],
    }


def bars(counts: list[int]) -> list[dict[str, Any]]:
    """The bars of the histogram, most urgent first; heights out of 100."""
    top = max(counts) or 1
    return [
        {
            "label": label,
            "count": count,
            "tone": tone,
            "height": max(2, round(count * _TALLEST / top)) if count else 0,
        }
        for label, tone, count in zip(_LABELS, _TONES, counts, strict=True)
    ]


def _lines(table: dict[str, Figures]) -> list[tuple[str, Figures]]:
    """The lines with most cases first."""
    return sorted(table.items(), key=lambda item: (-item[1].registered, item[0]))[:_ROWS]


routes = [
    Route("/overview", show, methods=["GET"]),
    Route("/overview/figures", live, methods=["GET"]),
]
