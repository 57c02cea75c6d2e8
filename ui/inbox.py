"""Texts that no rule understood: a person reads each, and settles it with one key (S6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import inbox, phone, visibility, worklists
from domain.actors import Actor
from domain.errors import DomainError, Forbidden, NotFound
from domain.inbox import Entry
from models import InboxMessage
from models.enums import Role
from ui import lists, toasts
from ui.addresses import row_id
from ui.forms import values
from ui.pages import fragment, is_htmx, page, problems, redirect, signed_in

PATH: Final = "/inbox"
SHOWN: Final = 20
LONGEST: Final = 1000
"""Characters of a text that the list shows."""
READERS = signed_in(Role.OPERATOR, Role.SUPERVISOR)
Given = dict[str, str]
Act = Callable[[Actor, int, Given], Awaitable[InboxMessage]]


@READERS
async def index(request: Request) -> Response:
    return await _page(request)


@READERS
async def count(request: Request) -> Response:
    """How many texts wait, for a page that is open."""
    return fragment("inbox_count", waiting=await worklists.unclear_count(request.state.actor))


def _acting(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """A form that settles one text: its row goes, or comes back with the refusal."""

    @READERS
    async def settle(request: Request) -> Response:
        key = request.path_params["id"]
        try:
            row = await act(request.state.actor, key, await values(request))
        except (NotFound, Forbidden):
            raise
        except DomainError as error:
            return await _refused(request, key, error)
        if is_htmx(request):
            answer = fragment("inbox_settled", said=toasts.DONE[f"text_{row.settled_as}"])
            answer.headers["HX-Reswap"] = "delete"
            return answer
        return redirect(f"{PATH}?done=text_{row.settled_as}")

    return settle


async def _read(actor: Actor, key: int, _given: Given) -> InboxMessage:
    return await inbox.read(actor, key)


async def _score(actor: Actor, key: int, given: Given) -> InboxMessage:
    return await inbox.score(actor, key, given.get("score"))


async def _attach(actor: Actor, key: int, given: Given) -> InboxMessage:
    return await inbox.attach(actor, key, row_id(given.get("case", "")))


async def _call_back(actor: Actor, key: int, given: Given) -> InboxMessage:
    return await inbox.call_back(actor, key, given.get("reason"))


async def _refused(request: Request, key: int, error: DomainError) -> Response:
    """The text with the refusal on it; one that another person settled shows the refusal alone."""
    if not is_htmx(request):
        return await _page(request, key=key, error=error)
    row = await worklists.unclear().get_or_none(id=key)
    if row is None:
        return fragment("inbox_gone", status=422, message=error.message("fa"))
    [entry] = await _rows(request.state.actor, [row], key, error)
    return fragment("inbox_entry", status=422, entry=entry)


async def _page(request: Request, *, key: int = 0, error: DomainError | None = None) -> Response:
    given, actor = request.query_params, request.state.actor
    part = await lists.cut(worklists.unclear(), given, size=SHOWN)
    entries = await _rows(actor, part.rows, key, error)
    on_entry = any(entry["error"] for entry in entries)
    return await page(
        request,
        "inbox",
        status=422 if error else 200,
        title="پیامک‌های نیازمند بررسی",
        entries=entries,
        waiting=await worklists.unclear_count(actor),
        errors=problems(error) if error and not on_entry else [],
        **lists.neighbours(PATH, given, (), part),
    )


async def _rows(
    actor: Actor, texts: list[InboxMessage], key: int, error: DomainError | None
) -> list[dict[str, Any]]:
    entries = await inbox.entries(texts)
    ids = {case.id for entry in entries for case in entry.cases}
    seen = visibility.cases(actor).filter(id__in=list(ids)).values_list("id", flat=True)
    visible = set(await seen) if ids else set()
    return [
        {**_row(entry, visible), "error": error.message("fa") if error and found else ""}
        for entry in entries
        for found in [entry.text.id == key]
    ]


def _row(entry: Entry, visible: set[Any]) -> dict[str, Any]:
    text = entry.text
    words = text.text.strip()
    return {
        "id": text.id,
        "who": masked(text.sender),
        "at": text.received_at,
        "text": words if len(words) <= LONGEST else f"{words[:LONGEST]}…",
        "lines": entry.lines,
        "citizen": text.sender.startswith("+989"),
        "conversation": f"/conversations/{entry.contact_id}" if entry.contact_id else None,
        "about": next((case for case in entry.cases if case.id == text.case_id), None),
        "cases": [
            {
                "id": case.id,
                "code": case.tracking_code,
                "subject": case.subject,
                "status": case.status,
                "href": f"/cases/{case.id}" if case.id in visible else None,
            }
            for case in entry.cases
        ],
    }


def masked(sender: str) -> str:
    """Whose text it is: enough to recognise, too little to dial. Names of services stay whole."""
    if sender.startswith("+98"):
        return phone.mask(sender)
    digits = sum(character.isdigit() for character in sender)
    return f"{sender[:4]}***{sender[-2:]}" if digits > 8 else sender


_TEXT = PATH + "/{id:row}"
routes = [
    Route(PATH, index, methods=["GET"]),
    Route(f"{PATH}/count", count, methods=["GET"]),
    Route(f"{_TEXT}/settle", _acting(_read), methods=["POST"]),
    Route(f"{_TEXT}/score", _acting(_score), methods=["POST"]),
    Route(f"{_TEXT}/attach", _acting(_attach), methods=["POST"]),
    Route(f"{_TEXT}/call-back", _acting(_call_back), methods=["POST"]),
]
