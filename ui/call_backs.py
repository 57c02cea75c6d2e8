"""Calls that operators owe: the list, a call with its number, and what came of it (S6)."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import call_backs, phone, visibility
from domain.actors import Actor
from domain.errors import DomainError, Forbidden, NotFound
from models import CallBack
from models.enums import Role
from ui import lists
from ui.forms import values
from ui.pages import page, problems, redirect, signed_in

PATH: Final = "/call-backs"
TITLE: Final = "تماس‌های برگشتی"
LONGEST: Final = 300
"""Characters of a text that the list shows."""
CALLERS = signed_in(Role.OPERATOR, Role.SUPERVISOR)


@CALLERS
async def index(request: Request) -> Response:
    query = call_backs.waiting().select_related("contact", "case", "text", "asked_by")
    part = await lists.cut(query, request.query_params, size=30)
    return await page(
        request,
        "call_backs",
        title=TITLE,
        rows=[row_of(row) for row in part.rows],
        **lists.neighbours(PATH, {}, (), part),
    )


@CALLERS
async def show(request: Request) -> Response:
    """The number, once, in this answer."""
    return await _shown(request)


@CALLERS
async def done(request: Request) -> Response:
    key = request.path_params["id"]
    outcome = (await values(request)).get("outcome", "")
    try:
        await call_backs.done(request.state.actor, key, outcome)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return await _shown(request, outcome, error)
    return redirect(f"{PATH}?done=called_back")


async def _shown(request: Request, outcome: str = "", error: DomainError | None = None) -> Response:
    actor = request.state.actor
    row = await call_backs.show(actor, request.path_params["id"])
    found = problems(error) if error else []
    answer = await page(
        request,
        "call_back",
        status=422 if error else 200,
        title="تماس برگشتی",
        breadcrumb=[{"label": TITLE, "href": PATH}, {"label": "تماس", "href": ""}],
        row=row_of(row),
        number=row.contact.mobile,
        case_href=await _case_href(actor, row),
        outcome=outcome,
        errors=found,
        field_errors={problem["field"]: problem["message"] for problem in found},
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def row_of(row: CallBack) -> dict[str, Any]:
    """A call with its contact, case, text and who asked for it loaded."""
    words = row.text.text.strip() if row.text else ""
    return {
        "id": row.id,
        "masked": phone.mask(row.contact.mobile),
        "case": row.case,
        "text": words if len(words) <= LONGEST else f"{words[:LONGEST]}…",
        "reason": row.reason,
        "asked_by": row.asked_by.full_name,
        "at": row.created_at,
        "done": row.done_at is not None,
    }


async def _case_href(actor: Actor, row: CallBack) -> str | None:
    if row.case_id is None:
        return None
    visible = await visibility.cases(actor).filter(id=row.case_id).exists()
    return f"/cases/{row.case_id}" if visible else None


_CALL_BACK = PATH + "/{id:row}"
routes = [
    Route(PATH, index, methods=["GET"]),
    Route(f"{_CALL_BACK}/open", show, methods=["POST"]),
    Route(f"{_CALL_BACK}/done", done, methods=["POST"]),
]
