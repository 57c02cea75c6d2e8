"""Late answers to surveys: kept, counted nowhere, read by the national centre (S6)."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import worklists
from models import Feedback
from models.enums import Role
from ui import lists
from ui.pages import page, signed_in

PATH: Final = "/late-answers"


@signed_in(Role.SUPERVISOR)
async def show(request: Request) -> Response:
    actor, given = request.state.actor, request.query_params
    every = given.get("tab") == "all"
    query = worklists.late_answers(actor) if every else await worklists.to_decide(actor)
    query = query.select_related("case__agency", "case__place")
    part = await lists.cut(query, given, newest=True, size=30)
    return await page(
        request,
        "late_answers",
        title="پاسخ‌های دیرهنگام",
        tabs=[
            {"label": "ناراضی و در مهلت بازگشایی", "href": PATH, "current": not every},
            {"label": "همه", "href": f"{PATH}?tab=all", "current": every},
        ],
        rows=[_row(row) for row in part.rows],
        every=every,
        **lists.neighbours(PATH, given, ("tab",), part),
    )


def _row(row: Feedback) -> dict[str, Any]:
    return {
        "case": row.case,
        "agency": row.case.agency.name,
        "place": lists.short_place(row.case.place),
        "rating": row.rating,
        "comment": row.comment,
        "at": row.created_at,
    }


routes = [Route(PATH, show, methods=["GET"])]
