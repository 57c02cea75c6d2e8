"""Words that stand for a score in the survey (admin): add, change, delete."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import answer_labels
from domain.errors import DomainError, Forbidden, NotFound
from domain.survey_parser import SCORES
from domain.text import to_persian_digits
from models import AnswerLabel
from models.enums import Role
from ui.forms import values
from ui.pages import page, problems, redirect, signed_in

ADMIN = signed_in(Role.ADMIN)
PATH: Final = "/admin/labels"
MEANINGS: Final = {1: "خیلی بد", 2: "بد", 3: "متوسط", 4: "خوب", 5: "عالی"}


@ADMIN
async def listed(request: Request) -> Response:
    return await _page(request)


@ADMIN
async def add(request: Request) -> Response:
    given = await values(request)
    try:
        row = await answer_labels.add(request.state.actor, given.get("label"), given.get("score"))
    except DomainError as error:
        return await _page(request, given, error)
    return redirect(f"{PATH}?score={row.score}&done=label_added")


@ADMIN
async def change(request: Request) -> Response:
    given = await values(request)
    try:
        row = await answer_labels.change(
            request.state.actor, given.get("folded"), given.get("score")
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return await _page(request, error=error)
    return redirect(f"{PATH}?score={row.score}&done=label_changed")


@ADMIN
async def delete(request: Request) -> Response:
    given = await values(request)
    row = await answer_labels.delete(request.state.actor, given.get("folded"))
    return redirect(f"{PATH}?score={row.score}&done=label_deleted")


async def _page(
    request: Request, given: dict[str, str] | None = None, error: DomainError | None = None
) -> Response:
    rows = await answer_labels.listed(request.state.actor)
    shown = _shown(request.query_params.get("score", ""))
    found = problems(error) if error else []
    return await page(
        request,
        "labels",
        status=422 if error else 200,
        title="برچسب‌های نظرسنجی",
        tabs=[_tab(score, rows, shown) for score in reversed(SCORES)],
        rows=[row for row in rows if row.score == shown],
        options=[{"value": score, "label": _meaning(score)} for score in reversed(SCORES)],
        typed=given or {"label": "", "score": shown},
        errors=found,
        field_errors={problem["field"]: problem["message"] for problem in found},
    )


def _shown(given: str) -> int:
    return int(given) if given in {str(score) for score in SCORES} else SCORES[-1]


def _tab(score: int, rows: list[AnswerLabel], shown: int) -> dict[str, Any]:
    return {
        "label": _meaning(score),
        "href": f"{PATH}?score={score}",
        "current": score == shown,
        "count": sum(row.score == score for row in rows),
    }


def _meaning(score: int) -> str:
    return f"{to_persian_digits(score)} ({MEANINGS[score]})"


routes = [
    Route(PATH, listed, methods=["GET"]),
    Route(f"{PATH}/add", add, methods=["POST"]),
    Route(f"{PATH}/change", change, methods=["POST"]),
    Route(f"{PATH}/delete", delete, methods=["POST"]),
]
