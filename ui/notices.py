"""Notices under the bell: what a person must know, each leading to its case or webhook."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import notifications, visibility
from domain.actors import Actor
from domain.errors import DomainError
from models import Case, Notification, Webhook
from models.enums import Role
from ui import labels, lists
from ui.addresses import row_id
from ui.forms import values
from ui.pages import fragment, page, redirect, signed_in

_UNKNOWN = ("اعلان", "bell")


@signed_in()
async def show(request: Request) -> Response:
    user, actor = request.state.user, request.state.actor
    part = await lists.cut(
        Notification.filter(user_id=user.id), request.query_params, newest=True, size=30
    )
    cases, hooks = await _cases(actor, part.rows), await _webhooks(actor, part.rows)
    return await page(
        request,
        "notifications",
        title="اعلان‌ها",
        rows=[_row(row, cases, hooks) for row in part.rows],
        keeps_webhooks=actor.role is Role.ADMIN,
        newest=part.rows[0].id if part.rows else 0,
        unread=any(row.read_at is None for row in part.rows),
        **lists.neighbours("/notifications", {}, (), part),
    )


@signed_in()
async def mark_read(request: Request) -> Response:
    """Everything up to the newest one that the page showed."""
    up_to = row_id((await values(request)).get("up_to", ""))
    if up_to is None:
        raise DomainError("invalid")
    await notifications.mark_read(request.state.user.id, up_to)
    return redirect("/notifications?done=read")


@signed_in()
async def bell(request: Request) -> Response:
    """The count on the bell of an open page."""
    return fragment("bell", notifications=await notifications.unread_count(request.state.user.id))


async def _cases(actor: Actor, rows: list[Notification]) -> dict[int, Case]:
    """The cases of the notices that the person still sees, by id."""
    ids = [row.case_id for row in rows if row.case_id is not None]
    found = await visibility.cases(actor).filter(id__in=ids) if ids else []
    return {case.id: case for case in found}


async def _webhooks(actor: Actor, rows: list[Notification]) -> dict[int, Webhook]:
    """The webhooks of the notices whose system is the person's to know of, by id."""
    ids = [row.webhook_id for row in rows if row.webhook_id is not None]
    found = await Webhook.filter(id__in=ids).select_related("client__agency") if ids else []
    return {
        webhook.id: webhook
        for webhook in found
        if actor.role is Role.ADMIN or actor.within(webhook.client.agency)
    }


def _row(row: Notification, cases: dict[int, Case], hooks: dict[int, Webhook]) -> dict[str, Any]:
    title, icon_name = labels.NOTICE.get(row.kind, _UNKNOWN)
    return {
        "title": title,
        "icon": icon_name,
        "at": row.created_at,
        "new": row.read_at is None,
        "case": cases.get(row.case_id or 0),
        "webhook": hooks.get(row.webhook_id or 0),
    }


routes = [
    Route("/notifications", show, methods=["GET"]),
    Route("/notifications/read", mark_read, methods=["POST"]),
    Route("/notifications/bell", bell, methods=["GET"]),
]
