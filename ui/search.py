"""Search over cases. A POST, because a caller's number must not stand in an address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import search, tracking_code
from domain.errors import DomainError
from ui.forms import values
from ui.pages import page, problems, redirect, signed_in


@signed_in()
async def find(request: Request) -> Response:
    query = (await values(request)).get("q", "")
    try:
        found = await search.cases(request.state.actor, query)
    except DomainError as error:
        return await _page(request, query, error=error)
    if len(found) == 1 and tracking_code.parse(query):
        return redirect(f"/cases/{found[0].id}")
    return await _page(request, query, found=found)


@signed_in()
async def blank(request: Request) -> Response:
    return await _page(request, "")


async def _page(
    request: Request, query: str, *, found: object = (), error: DomainError | None = None
) -> Response:
    return await page(
        request,
        "search",
        status=422 if error else 200,
        title="جست‌وجو",
        search_query=query,
        found=found,
        errors=problems(error) if error else [],
    )


routes = [
    Route("/search", find, methods=["POST"]),
    Route("/search", blank, methods=["GET"]),
]
