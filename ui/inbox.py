"""Texts that no rule understood: a person reads each, so that none is dropped (S6)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import conversation, worklists
from models.enums import Role
from ui.pages import page, redirect, signed_in

SHOWN = 50
readers = signed_in(Role.OPERATOR, Role.SUPERVISOR)


@readers
async def index(request: Request) -> Response:
    texts = await worklists.unclear().limit(SHOWN).select_related("case")
    return await page(request, "inbox", title="پیامک‌های نیازمند بررسی", texts=texts)


@readers
async def settle(request: Request) -> Response:
    await conversation.settle(request.state.actor, request.path_params["id"])
    return redirect("/inbox")


routes = [
    Route("/inbox", index, methods=["GET"]),
    Route("/inbox/{id:row}/settle", settle, methods=["POST"]),
]
