"""All cases that a person may see, newest first, with filters."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain import jalali, rules, visibility
from domain.text import to_ascii_digits, to_persian_digits
from domain.time import now
from models import Indicator
from models.enums import Role
from ui import lists
from ui.pages import page, signed_in

FILTERS = ("status", "indicator", "period", "unit")
MONTHS_SHOWN = 12
READERS = tuple(role for role in Role if role is not Role.ADMIN)


@signed_in(*READERS)
async def show(request: Request) -> Response:
    given = request.query_params
    query = lists.narrowed(visibility.cases(request.state.actor), given)
    if given.get("period"):
        period = jalali.parse_period(given["period"])
        query = query.filter(registered_at__gte=period.start, registered_at__lt=period.end)
    query = query.select_related("agency", "place", "indicator")
    part = await lists.cut(query, given, newest=True)
    total = int((await rules.load()).clock.total_seconds())
    own = {name: given.get(name, "") for name in FILTERS}
    return await page(
        request,
        "cases",
        title="پرونده‌ها",
        rows=[lists.case_row(case, total) for case in part.rows],
        filters=own,
        filtered=any(own.values()),
        indicators=await Indicator.filter(active=True).order_by("code"),
        periods=_periods(own["period"]),
        **lists.neighbours("/cases", own, FILTERS, part),
    )


def _periods(chosen: str) -> list[dict[str, Any]]:
    """Today, this year, the last months, and whatever the address asks for."""
    year, month = jalali.year_month(now())
    today = to_ascii_digits(jalali.format_date(now()))
    options = [
        {"value": today.replace("/", "-"), "label": "امروز"},
        {"value": str(year), "label": f"سال {to_persian_digits(year)}"},
    ]
    for _ in range(MONTHS_SHOWN):
        options.append({"value": f"{year}-{month:02}", "label": jalali.month_label(year, month)})
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    if chosen and all(option["value"] != chosen for option in options):
        options.append({"value": chosen, "label": jalali.parse_period(chosen).label})
    return options
