"""Partners' systems (admin): their keys, scopes, expiry, budgets, and what they use of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tortoise.expressions import Q

from domain import budgets, clients, jalali, webhooks
from domain.actors import CASES_READ, CASES_WRITE, FIGURES_READ, IDENTITY_READ
from domain.errors import DomainError
from domain.text import fold, to_ascii_digits
from domain.time import now
from models import Client
from models.enums import Role
from ui import options
from ui.forms import form_of
from ui.pages import page, problems, redirect, signed_in

ADMIN = signed_in(Role.ADMIN)
LISTED: Final = 300
SCOPE_LABELS: Final = {
    CASES_READ: "خواندن پرونده‌ها",
    CASES_WRITE: "اقدام روی پرونده‌ها",
    FIGURES_READ: "خواندن آمار",
    IDENTITY_READ: "دیدن هویت گزارش‌دهنده",
}
OVERLAPS: Final = {
    "0": ("بی‌درنگ باطل شود", timedelta(0)),
    "1": ("تا ۱ ساعت", timedelta(hours=1)),
    "24": ("تا ۱ روز", timedelta(days=1)),
    "168": ("تا ۷ روز", timedelta(days=7)),
    "720": ("تا ۳۰ روز", timedelta(days=30)),
}
STATES: Final = {"living": "فعال", "ended": "باطل‌شده یا منقضی"}
_TERMS: Final = ("expires_at", "requests_per_minute", "cost_per_minute")
_PLAIN: Final = ("name", "agency", "agency_query", *_TERMS)


@dataclass(frozen=True)
class Typed:
    """A form as it was sent: each field's last text, and every scope that was ticked."""

    texts: dict[str, str]
    scopes: list[str]

    def terms(self, present: Client | None = None) -> dict[str, Any]:
        """What a client may do, from the form. Raises DomainError for the first wrong field."""
        return {
            "scopes": self.scopes,
            "expires_at": _end(self.texts.get("expires_at", ""), present),
            "requests_per_minute": _number(self.texts, "requests_per_minute"),
            "cost_per_minute": _number(self.texts, "cost_per_minute"),
        }


@ADMIN
async def listed(request: Request) -> Response:
    given = request.query_params
    state = given.get("state", "")
    query = Client.all().select_related("agency")
    if state:
        query = query.filter(_in_state(state))
    words = given.get("words", "")[:100]
    asked = fold(words).split()[:6]
    # A few hundred at most: so the names need no folded column to be searched by.
    found = [
        client
        for client in await query.order_by("-created_at", "id")
        if all(word in f"{fold(client.name)} {client.agency.folded}" for word in asked)
    ]
    used = await budgets.last_day(found[:LISTED])
    return await page(
        request,
        "clients",
        title="سامانه‌های همکار",
        rows=[_row(client, used) for client in found[:LISTED]],
        more=len(found) > LISTED,
        states=STATES,
        state=state,
        words=words,
    )


@ADMIN
async def new(request: Request) -> Response:
    start = {"requests_per_minute": str(clients.REQUESTS), "cost_per_minute": str(clients.COST)}
    return await _new(request, Typed(start, [CASES_READ]))


@ADMIN
async def create(request: Request) -> Response:
    typed = await _typed(request)
    if "search" in typed.texts:
        return await _new(request, typed)
    try:
        client, key = await clients.create(
            request.state.actor,
            typed.texts.get("agency", ""),
            typed.texts.get("name"),
            **typed.terms(),
        )
    except DomainError as error:
        return await _new(request, typed, error)
    return await _key(request, client, key, "کلید تازه")


@ADMIN
async def shown(request: Request) -> Response:
    return await _one(request, await clients.found(request.path_params["id"]))


@ADMIN
async def change(request: Request) -> Response:
    client = await clients.found(request.path_params["id"])
    typed = await _typed(request)
    try:
        await clients.change(
            request.state.actor, client.id, **typed.terms(client), version=_version(typed.texts)
        )
    except DomainError as error:
        return await _one(request, client, typed, error)
    return redirect(f"/admin/clients/{client.id}?done=client_changed")


@ADMIN
async def rotate(request: Request) -> Response:
    client = await clients.found(request.path_params["id"])
    typed = await _typed(request)
    try:
        chosen = typed.texts.get("overlap", "")
        if chosen not in OVERLAPS:
            raise DomainError("unknown", "overlap")
        key = await clients.rotate(
            request.state.actor, client.id, OVERLAPS[chosen][1], version=_version(typed.texts)
        )
    except DomainError as error:
        return await _one(request, client, error=error)
    return await _key(request, await clients.found(client.id), key, "کلید تعویض شد")


@ADMIN
async def revoke(request: Request) -> Response:
    client = await clients.revoke(request.state.actor, request.path_params["id"])
    return redirect(f"/admin/clients/{client.id}?done=client_revoked")


async def _new(request: Request, typed: Typed, error: DomainError | None = None) -> Response:
    texts = {name: typed.texts.get(name, "") for name in _PLAIN}
    found = None
    if texts["agency_query"]:
        found = await options.agency_options(texts["agency_query"])
    elif chosen := await options.agency_of(texts["agency"]):
        found = [options.of_agency(chosen)]
    return await page(
        request,
        "client_new",
        status=422 if error else 200,
        title="سامانه همکار تازه",
        breadcrumb=_trail("سامانه همکار تازه"),
        typed=texts,
        agencies=found,
        **_scopes(typed.scopes),
        **_errors(error),
    )


async def _one(
    request: Request,
    client: Client,
    typed: Typed | None = None,
    error: DomainError | None = None,
) -> Response:
    typed = typed or Typed(_present(client), client.scopes)
    used = await budgets.last_day([client])
    return await page(
        request,
        "client",
        status=422 if error else 200,
        title=client.name,
        breadcrumb=_trail(client.name),
        client=client,
        row=_row(client, used),
        webhooks=await webhooks.of(request.state.actor).filter(client_id=client.id).count(),
        typed={name: typed.texts.get(name, "") for name in _TERMS},
        overlaps=[{"value": key, "label": label} for key, (label, _) in OVERLAPS.items()],
        **_scopes(typed.scopes),
        **_errors(error),
    )


async def _key(request: Request, client: Client, key: str, title: str) -> Response:
    """The only page that ever shows a key; the browser must not keep it."""
    answer = await page(
        request,
        "client_key",
        title=title,
        breadcrumb=_trail(title),
        client=client,
        key=key,
        overlap_until=client.previous_until,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _typed(request: Request) -> Typed:
    form = await form_of(request)
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    return Typed(texts, [value for value in form.getlist("scopes") if isinstance(value, str)])


def _row(client: Client, used: dict[str, budgets.Used]) -> dict[str, Any]:
    overlap = client.previous_until
    return {
        "client": client,
        "agency": client.agency.name,
        "scopes": [SCOPE_LABELS[scope] for scope in client.scopes],
        "expired": client.expires_at is not None and client.expires_at <= now(),
        "overlap_until": overlap if overlap is not None and overlap > now() else None,
        "used": used.get(client.id),
    }


def _in_state(state: str) -> Q:
    living = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now()))
    if state not in STATES:
        raise DomainError("unknown", "status")
    return living if state == "living" else ~living


def _scopes(chosen: list[str]) -> dict[str, Any]:
    offered = [
        {"value": scope, "label": label, "hint": scope} for scope, label in SCOPE_LABELS.items()
    ]
    return {"scope_options": offered, "scopes": chosen}


def _present(client: Client) -> dict[str, str]:
    return {
        "expires_at": _last_day(client),
        "requests_per_minute": str(client.requests_per_minute),
        "cost_per_minute": str(client.cost_per_minute),
    }


def _last_day(client: Client) -> str:
    """The last day on which a key works, even if only for a part of it."""
    if client.expires_at is None:
        return ""
    return jalali.format_date(client.expires_at - timedelta(microseconds=1))


def _end(text: str, present: Client | None) -> datetime | None:
    """The end of the day typed; an end that was not touched stays as it is, to the second."""
    if present is not None and text == _last_day(present):
        return present.expires_at
    return jalali.parse_period(text, "expires_at").end if text.strip() else None


def _number(texts: dict[str, str], field: str) -> int:
    text = to_ascii_digits(texts.get(field, "")).strip()
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise DomainError("invalid" if text else "required", field)
    return int(text)


def _version(texts: dict[str, str]) -> int:
    """The version of the client that the administrator was looking at."""
    text = texts.get("version", "")
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise DomainError("invalid", "version")
    return int(text)


def _trail(last: str) -> list[dict[str, str]]:
    return [{"label": "سامانه‌های همکار", "href": "/admin/clients"}, {"label": last, "href": ""}]


def _errors(error: DomainError | None) -> dict[str, Any]:
    found = problems(error) if error else []
    return {"errors": found, "field_errors": {row["field"]: row["message"] for row in found}}


routes = [
    Route("/admin/clients", listed, methods=["GET"]),
    Route("/admin/clients/new", new, methods=["GET"]),
    Route("/admin/clients/new", create, methods=["POST"]),
    Route("/admin/clients/{id}", shown, methods=["GET"]),
    Route("/admin/clients/{id}/change", change, methods=["POST"]),
    Route("/admin/clients/{id}/rotate", rotate, methods=["POST"]),
    Route("/admin/clients/{id}/revoke", revoke, methods=["POST"]),
]
