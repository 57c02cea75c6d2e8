"""The real application in the test's event loop, sharing the test's open database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette

import settings
from api.app import create_app

ORIGIN = "http://127.0.0.1:8128"
SECRET_KEY = "0123456789abcdef0123456789abcdef"
API_KEY = "api-key-of-tests"
WEBHOOK_TOKEN = "webhook-token-0123456789"
CALL_SECRET = "call-secret-0123456789"
VARIABLES = {
    "FAVAD_SECRET_KEY": SECRET_KEY,
    "FAVAD_KAVENEGAR_BASE": "http://127.0.0.1:1",
    "FAVAD_KAVENEGAR_API_KEY": API_KEY,
    "FAVAD_KAVENEGAR_SENDER": "10004128",
    "FAVAD_WEBHOOK_TOKENS": WEBHOOK_TOKEN,
    "FAVAD_CALL_SECRET": CALL_SECRET,
}


def application(url: str, **changes: str) -> Starlette:
    """The application with the settings of tests and these `changes`; no worker runs in it."""
    given = settings.load({**VARIABLES, "FAVAD_DATABASE_URL": url, **changes})
    return create_app(given, worker=False)


@asynccontextmanager
async def opened(url: str, **changes: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser on it that meets errors as pages; redirects are not followed."""
    transport = httpx2.ASGITransport(app=application(url, **changes), raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport, base_url=ORIGIN, headers={"sec-fetch-site": "same-origin"}
    ) as client:
        yield client
