"""What others call: the telephone exchange (signed), and SMS providers (a secret in the path)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from domain import calls
from domain.errors import DomainError
from domain.time import now
from settings import Settings
from sms import callbacks, inbound, reports
from sms.gateway import Inbound, Report
from sms.http_gateway import HttpGateway
from sms.http_shape import Shape
from sms.kavenegar import KavenegarGateway

MAX_BODY = 64 * 1024
WINDOW = 300
"""Seconds by which a signed call's time may differ from ours, either way."""

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(settings: Settings) -> list[BaseRoute]:
    tokens = [token.get_secret_value() for token in settings.webhook_tokens]
    secrets = [secret.get_secret_value() for secret in settings.call_secret]

    async def announce(request: Request) -> Response:
        return await _announce(request, secrets)

    found: list[BaseRoute] = [Route("/webhooks/calls", announce, methods=["POST"])]
    found += _provider(KavenegarGateway.name, callbacks.Kavenegar(), tokens)
    if settings.http_gateway_url is not None:
        shape = settings.http_gateway_shape or Shape()
        found += _provider(HttpGateway.name, callbacks.Http(shape), tokens)
    return found


def _provider(name: str, calls_of: callbacks.Callbacks, tokens: Sequence[str]) -> list[BaseRoute]:
    """The addresses that a provider calls."""

    async def store(texts: list[Inbound]) -> None:
        await inbound.store(name, texts)

    async def apply(told: list[Report]) -> None:
        for report in told:
            await reports.apply(name, report.message_id, report.state, report.local_id)

    return [
        _route(f"/webhooks/{name}/{{token}}/inbound", _taking(calls_of.texts, store, tokens)),
        _route(f"/webhooks/{name}/{{token}}/delivery", _taking(calls_of.reports, apply, tokens)),
    ]


def _route(path: str, endpoint: Endpoint) -> Route:
    route = Route(path, endpoint, methods=["GET", "POST"])
    route.methods = {"GET", "POST"}  # without HEAD, which would be GET: these calls change things
    return route


def _taking(
    parse: Callable[[Iterable[object]], list[T]],
    take: Callable[[list[T]], Awaitable[None]],
    tokens: Sequence[str],
) -> Endpoint:
    """A webhook of a provider: 200 only after the commit, 400 for what can never be taken."""

    async def endpoint(request: Request) -> Response:
        if not _matches(request.path_params["token"], tokens):
            return PlainTextResponse("not found", 404)
        body = await request.body()
        if len(body) > MAX_BODY:
            return PlainTextResponse("body too large", 413)
        try:
            items = parse(_items(request, body))
        except (ValueError, RecursionError):
            return PlainTextResponse("malformed", 400)
        await take(items)
        return PlainTextResponse("ok")

    return endpoint


def _matches(given: str, secrets: Sequence[str]) -> bool:
    """Whether `given` is one of `secrets`, compared in constant time."""
    raw = given.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(raw, secret.encode()) for secret in secrets)


def _items(request: Request, body: bytes) -> list[object]:
    """The objects of a call: JSON, one or a list; or form fields, once or repeated. ValueError."""
    if request.method == "GET":
        return _form(request.scope["query_string"])
    if "json" in request.headers.get("content-type", "") or body[:1] in (b"{", b"["):
        value = json.loads(body.decode("utf-8"))
        items = value if isinstance(value, list) else [value]
    else:
        items = _form(body)
    if not items:
        raise ValueError("nothing in it")
    return items


def _form(raw: bytes) -> list[object]:
    pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, errors="strict")
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    if not fields or len({len(values) for values in fields.values()}) != 1:
        raise ValueError("fields are missing")
    return [dict(zip(fields, row, strict=True)) for row in zip(*fields.values(), strict=True)]


async def _announce(request: Request, secrets: Sequence[str]) -> Response:
    """A call event. Repeating one, by mistake or by malice, changes nothing."""
    body = await request.body()
    if len(body) > MAX_BODY:
        return _errors(413, "too_long", None, "The body is too large.")
    if not _signed(request, body, secrets):
        return _errors(401, "unauthorized", None, "The signature is missing, wrong or too old.")
    try:
        event = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        return _errors(400, "invalid", None, "The body is not a JSON object.")
    try:
        at = _moment(event.get("at"))
        await calls.announce(event.get("call_id"), event.get("event"), event.get("caller"), at)
    except DomainError as error:
        return _errors(400, error.code, error.field, error.message("en"))
    return JSONResponse({"ok": True})


def _signed(request: Request, body: bytes, secrets: Sequence[str]) -> bool:
    stamp = request.headers.get("x-favad-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    message = f"{stamp}.".encode() + body
    digests = [hmac.new(secret.encode(), message, hashlib.sha256) for secret in secrets]
    expected = [f"sha256={digest.hexdigest()}" for digest in digests]
    fresh = abs(now().timestamp() - int(stamp)) <= WINDOW
    return _matches(request.headers.get("x-favad-signature", ""), expected) and fresh


def _moment(value: object) -> datetime:
    """An ISO 8601 moment with its offset. Raises DomainError(required | invalid, at)."""
    if value is None:
        raise DomainError("required", "at")
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise DomainError("invalid", "at") from None


def _errors(status: int, code: str, field: str | None, message: str) -> Response:
    return JSONResponse({"errors": [{"code": code, "field": field, "message": message}]}, status)
