"""GraphiQL at /graphiql for signed-in staff: served from here, under the policy of every page.

How its script was built stands in `graphiql_source/README.md`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

_STATIC: Final = Path(__file__).parent / "static"
_FILES: Final = ("graphiql.js", "graphiql.css")
_VERSION: Final = hashlib.sha256(
    b"".join((_STATIC / name).read_bytes() for name in _FILES)
).hexdigest()[:12]
_PAGE: Final = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL – Favad 128</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/graphiql.css?v={_VERSION}">
<script src="/graphiql/graphiql.js?v={_VERSION}"></script>
</head>
<body id="graphiql"></body>
</html>
"""


async def page(request: Request) -> Response:
    """The page, or the way to sign in: a key is not enough, it acts for staff."""
    if request.state.user is None:
        return RedirectResponse("/login?next=/graphiql", 303)
    return HTMLResponse(_PAGE)


async def file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        return Response("Not Found", 404, media_type="text/plain")
    kept = request.query_params.get("v") == _VERSION
    age = "max-age=31536000, immutable" if kept else "max-age=300"
    return FileResponse(_STATIC / name, headers={"Cache-Control": f"public, {age}"})


routes: Final[list[BaseRoute]] = [
    Route("/graphiql", page, methods=["GET"]),
    Route("/graphiql/{name}", file, methods=["GET"]),
]
