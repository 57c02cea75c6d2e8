"""One conversation by SMS (sms-anchors §2, 8): read it, write, send again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import contacts, conversations, measure, operator_texts, opt_outs, sending, service
from domain.conversations import Before
from domain.errors import DomainError, Forbidden, NotFound
from models import OutboxMessage
from ui import conversation_list, conversation_view, labels
from ui.addresses import row_id
from ui.conversation_list import PATH, READERS, TITLE
from ui.forms import values
from ui.pages import fragment, page, problems, redirect


@dataclass(frozen=True)
class Refusal:
    """A form of the page that was refused: which, as typed, and why."""

    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    error: DomainError | None = None


@READERS
async def show(request: Request) -> Response:
    """The conversation; that it was opened is logged."""
    answer = await _page(request)
    actor = request.state.actor
    contact = await contacts.get(actor, request.path_params["id"])
    await conversations.opened(actor, contact)
    return answer


@READERS
async def live(request: Request) -> Response:
    """The texts alone, for a page that is open; nothing while nothing changed."""
    actor = request.state.actor
    contact = await contacts.get(actor, request.path_params["id"])
    stamp = await conversations.stamp(contact.mobile)
    if request.query_params.get("seen") == stamp:
        return Response(status_code=204)
    found = await conversations.read(actor, contact.id)
    return fragment("conversation_texts", **_texts(found, stamp), refusal=Refusal())


@READERS
async def number(request: Request) -> Response:
    """Show the number once, in this answer; who looked and why is kept."""
    typed = await values(request)
    key = request.path_params["id"]
    try:
        shown = await conversations.reveal(request.state.actor, key, typed.get("number-reason"))
    except DomainError as error:
        return await _refused(request, "number", typed, error)
    answer = await _page(request, shown=shown)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@READERS
async def prefer(request: Request) -> Response:
    typed = await values(request)
    key = request.path_params["id"]
    try:
        await contacts.choose(
            request.state.actor, key, typed.get("language"), typed.get("voice") == "1"
        )
    except DomainError as error:
        return await _refused(request, "preferences", typed, error)
    return redirect(f"{PATH}/{key}?done=preferred")


@READERS
async def write(request: Request) -> Response:
    typed = await values(request)
    key = request.path_params["id"]
    try:
        await operator_texts.write(
            request.state.actor, key, typed.get("text"), _case_of(typed.get("case", ""))
        )
    except DomainError as error:
        return await _refused(request, "write", typed, error)
    return redirect(f"{PATH}/{key}?done=text_queued")


@READERS
async def measured(request: Request) -> Response:
    """How long the text would be that is being typed, and what the citizen would read."""
    typed = await values(request)
    contact = await contacts.get(request.state.actor, request.path_params["id"])
    preview = await operator_texts.preview(contact, typed.get("text", ""))
    return fragment("operator_text", preview=preview, longest=measure.MAX_INSERTED)


@READERS
async def opt_in(request: Request) -> Response:
    """Texts are welcome again, on the citizen's word."""
    typed = await values(request)
    key, actor = request.path_params["id"], request.state.actor
    contact = await contacts.get(actor, key)
    try:
        await opt_outs.opt_in(actor, contact.mobile, typed.get("opt-in-reason"))
    except DomainError as error:
        return await _refused(request, "opt-in", typed, error)
    return redirect(f"{PATH}/{key}?done=opted_in")


@READERS
async def again(request: Request) -> Response:
    """Send a message once more."""
    typed = await values(request)
    key, message_id = request.path_params["id"], request.path_params["message"]
    actor = request.state.actor
    contact = await contacts.get(actor, key)
    if not await OutboxMessage.exists(id=message_id, receptor=contact.mobile):
        raise NotFound("message")
    try:
        await sending.send_again(actor, message_id, typed.get(f"again-{message_id}-reason"))
    except DomainError as error:
        return await _refused(request, f"again-{message_id}", typed, error)
    return redirect(f"{PATH}/{key}?done=sent_again")


async def _refused(
    request: Request, form: str, typed: Mapping[str, str], error: DomainError
) -> Response:
    """The page again, the form open and as typed."""
    if isinstance(error, NotFound | Forbidden):
        raise error
    return await _page(request, refusal=Refusal(form, typed, error))


async def _page(
    request: Request, *, refusal: Refusal = Refusal(), shown: str | None = None
) -> Response:
    actor = request.state.actor
    before = _before(request.query_params)
    found = await conversations.read(actor, request.path_params["id"], before)
    stamp = await conversations.stamp(found.contact.mobile)
    typed = refusal.typed.get("text", "") if refusal.form == "write" else ""
    return await page(
        request,
        "conversation",
        status=422 if refusal.error else 200,
        title="گفت‌وگوی پیامکی",
        breadcrumb=[{"label": TITLE, "href": PATH}, {"label": "گفت‌وگو", "href": ""}],
        **_texts(found, stamp),
        latest=before is None,
        refusal=refusal,
        errors=_problems(refusal),
        field_errors={row["field"]: row["message"] for row in _problems(refusal)},
        shown=shown,
        languages=labels.language_options(),
        voice=service.current().voice,
        preview=await operator_texts.preview(found.contact, typed),
        longest=measure.MAX_INSERTED,
    )


def _texts(found: conversations.Conversation, stamp: str) -> dict[str, Any]:
    path = f"{PATH}/{found.contact.id}"
    older = found.older
    return {
        **conversation_view.build(found),
        "path": path,
        "stamp": stamp,
        "older_href": f"{path}?before={older.sent}.{older.received}" if older else None,
    }


def _before(given: Mapping[str, str]) -> Before | None:
    text = given.get("before", "")
    if not text:
        return None
    sent, _, received = text.partition(".")
    keys = row_id(sent), row_id(received)
    if keys[0] is None or keys[1] is None:
        raise DomainError("invalid", "page")
    return Before(keys[0], keys[1])


def _case_of(text: str) -> int | None:
    """The case chosen for a text; `unknown` for what cannot be a case's id."""
    if not text:
        return None
    key = row_id(text)
    if key is None:
        raise DomainError("unknown", "case")
    return key


def _problems(refusal: Refusal) -> list[dict[str, Any]]:
    """The refusal, pointing at the field of the form it is about."""
    found = problems(refusal.error) if refusal.error else []
    if refusal.form in ("write", "preferences"):
        return found
    return [{**row, "field": f"{refusal.form}-reason"} for row in found]


_ONE = PATH + "/{id:row}"
routes = [
    *conversation_list.routes,
    Route(_ONE, show, methods=["GET"]),
    Route(f"{_ONE}/live", live, methods=["GET"]),
    Route(f"{_ONE}/number", number, methods=["POST"]),
    Route(f"{_ONE}/preferences", prefer, methods=["POST"]),
    Route(f"{_ONE}/write", write, methods=["POST"]),
    Route(f"{_ONE}/measure", measured, methods=["POST"]),
    Route(f"{_ONE}/opt-in", opt_in, methods=["POST"]),
    Route(f"{_ONE}/messages/{{message:row}}/again", again, methods=["POST"]),
]
