"""The list of conversations by SMS, and finding one by number or tracking code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import contacts, conversation_list, conversations
from domain.conversation_list import Cursor, Need
from domain.errors import DomainError
from ui import conversation_view, labels, lists
from ui.addresses import row_id
from ui.forms import values
from ui.pages import fragment, page, problems, redirect, signed_in

PATH: Final = "/conversations"
TITLE: Final = "گفت‌وگوهای پیامکی"
FILTERS: Final = ("need", "language")
NEEDS: Final = {
    None: "همه",
    Need.ANY: "نیازمند رسیدگی",
    Need.UNRECEIVED: "نرسیده",
    Need.UNCLEAR: "پاسخ نامشخص",
}
READERS = signed_in(*contacts.READERS)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@READERS
async def index(request: Request) -> Response:
    return await _list_page(request)


@READERS
async def work_list(request: Request) -> Response:
    """The list alone, for the page that refreshes itself."""
    return fragment("conversations", **await _list(request))


@READERS
async def find(request: Request) -> Response:
    """By number or tracking code; a number never stands in an address."""
    typed = (await values(request)).get("q", "")
    try:
        found = await conversations.search(request.state.actor, typed)
        if found is None:
            raise DomainError("unknown", "q")
    except DomainError as error:
        return await _list_page(request, typed=typed, error=error)
    return redirect(f"{PATH}/{found.id}")


async def _list_page(
    request: Request, *, typed: str = "", error: DomainError | None = None
) -> Response:
    view = await _list(request)
    return await page(
        request,
        "conversations",
        status=422 if error else 200,
        title=TITLE,
        **view,
        query=typed,
        errors=problems(error) if error else [],
        languages=labels.language_options(),
        tabs=_tabs(view["filters"]),
    )


async def _list(request: Request) -> dict[str, Any]:
    given = request.query_params
    own = {name: given.get(name, "") for name in (*FILTERS, "before", "after")}
    part = await _slice(request, own)
    return {
        "rows": [conversation_view.listed(item) for item in part.rows],
        "filters": own,
        "filtered": any(own[name] for name in FILTERS),
        "list_href": lists.href(f"{PATH}/list", own, tuple(own)),
        **lists.neighbours(PATH, own, FILTERS, part),
    }


async def _slice(request: Request, given: Mapping[str, str]) -> lists.Slice[Any]:
    """One page of the list; raises `unknown` for a filter, `invalid` for a cursor that is none."""
    backwards = bool(given["before"]) and not given["after"]
    cursor = given["after"] or given["before"]
    found = await conversation_list.newest(
        request.state.actor,
        need=_need(given["need"]),
        language=contacts.parse_language(given["language"]) if given["language"] else None,
        cursor=_cursor(cursor) if cursor else None,
        backwards=backwards,
        limit=lists.PAGE + 1,
    )
    more, rows = len(found) > lists.PAGE, found[: lists.PAGE]
    if backwards:
        rows.reverse()
    first, last = (_place(rows[0].cursor), _place(rows[-1].cursor)) if rows else (None, None)
    return lists.Slice(
        rows,  # type: ignore[arg-type]
        before=first if (more if backwards else cursor) else None,
        after=last if (cursor if backwards else more) else None,
    )


def _tabs(filters: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": lists.href(PATH, filters, ("language",), need=need),
            "current": filters["need"] == (need or ""),
        }
        for need, label in NEEDS.items()
    ]


def _need(text: str) -> Need | None:
    try:
        return Need(text) if text else None
    except ValueError:
        raise DomainError("unknown", "status") from None


def _place(cursor: Cursor) -> str:
    return f"{(cursor.at - _EPOCH) // _MICROSECOND}.{cursor.contact_id}"


def _cursor(text: str) -> Cursor:
    at, _, number = text.partition(".")
    key = row_id(number)
    if key is None or not at.isdecimal() or len(at) > 17:
        raise DomainError("invalid", "page")
    return Cursor(_EPOCH + int(at) * _MICROSECOND, key)


routes = [
    Route(PATH, index, methods=["GET"]),
    Route(f"{PATH}/list", work_list, methods=["GET"]),
    Route(f"{PATH}/search", find, methods=["POST"]),
]
