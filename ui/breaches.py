"""Breaches of the clock: the agency's head answers for each (A5)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import breaches
from domain.errors import DomainError, Forbidden, NotFound
from domain.permissions import Act, acts
from models import Breach
from models.enums import Role
from ui import labels, lists
from ui.forms import values
from ui.pages import page, problems, redirect, signed_in

READERS = signed_in(Role.HEAD, Role.SENIOR, Role.SUPERVISOR)
_WITH = ("case", "case__agency", "round", "agency", "explained_by")
_SIZE = 20


@READERS
async def show(request: Request) -> Response:
    return await _page(request)


@READERS
async def explain(request: Request) -> Response:
    key = request.path_params["id"]
    given = await values(request)
    text = given.get(f"explanation-{key}", "")
    try:
        await breaches.explain(request.state.actor, key, text)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return await _page(request, key=key, text=text, error=error)
    return redirect("/breaches?done=explained")


async def _page(
    request: Request, *, key: int = 0, text: str = "", error: DomainError | None = None
) -> Response:
    actor, given = request.state.actor, request.query_params
    explained = given.get("tab") == "explained"
    query = breaches.of(actor).select_related(*_WITH)
    query = query.exclude(explained_at=None) if explained else query.filter(explained_at=None)
    part = await lists.cut(query, given, newest=True, size=_SIZE)
    found = problems(error) if error else []
    return await page(
        request,
        "breaches",
        status=422 if error else 200,
        title="نقض مهلت",
        tabs=_tabs(explained),
        rows=[_row(actor, row) for row in part.rows],
        explained=explained,
        errors=[{**item, "field": f"explanation-{key}"} for item in found],
        open_key=key,
        text=text,
        **lists.neighbours("/breaches", given, ("tab",), part),
    )


def _tabs(explained: bool) -> list[dict[str, Any]]:
    return [
        {"label": "در انتظار توضیح", "href": "/breaches", "current": not explained},
        {"label": "توضیح داده‌شده", "href": "/breaches?tab=explained", "current": explained},
    ]


def _row(actor: Any, row: Breach) -> dict[str, Any]:
    may = Act.EXPLAIN_BREACH in acts(actor, row.case) and actor.agency_id is not None
    return {
        "id": row.id,
        "case": row.case,
        "round": labels.round_name(row.round.number),
        "at": row.round.breached_at or row.created_at,
        "answered_at": row.round.answered_at,
        "late": (
            (row.round.answered_at - row.round.due_at).total_seconds()
            if row.round.answered_at
            else None
        ),
        "agency": row.agency.name,
        "explanation": row.explanation,
        "explained_at": row.explained_at,
        "by": row.explained_by.full_name if row.explained_by else "",
        "may_explain": may and row.explained_at is None,
    }


routes = [
    Route("/breaches", show, methods=["GET"]),
    Route("/breaches/{id:row}/explain", explain, methods=["POST"]),
]
