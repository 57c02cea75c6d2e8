"""Every address of the web interface."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ui import (
    admin,
    breaches,
    call_backs,
    case,
    clients,
    conversations,
    dead_jobs,
    inbox,
    labels_admin,
    late_answers,
    live,
    notices,
    operator,
    options,
    overview,
    public,
    queue,
    search,
    sign_in,
    sms,
    texts,
    webhooks,
)
from ui.templates import STATIC


class HashedFiles(StaticFiles):
    """Static files whose address carries a hash of their content may be kept for ever."""

    async def get_response(self, path: str, scope: Scope):  # type: ignore[no-untyped-def]
        response = await super().get_response(path, scope)
        hashed = scope["query_string"].startswith(b"v=") and response.status_code == 200
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else "public, max-age=300"
        )
        return response


routes: list[BaseRoute] = [
    Mount("/static", HashedFiles(directory=STATIC), name="static"),
    *sign_in.routes,
    *live.routes,
    *public.routes,
    *operator.routes,
    *options.routes,
    *queue.routes,
    *case.routes,
    *search.routes,
    *overview.routes,
    *breaches.routes,
    *inbox.routes,
    *call_backs.routes,
    *late_answers.routes,
    *conversations.routes,
    *notices.routes,
    *admin.routes,
    *clients.routes,
    *webhooks.routes,
    *sms.routes,
    *dead_jobs.routes,
    *labels_admin.routes,
    *texts.routes,
]
