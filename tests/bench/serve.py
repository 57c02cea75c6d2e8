"""A server of the benchmark as its own process: `python -m tests.bench.serve KIND URL PORT`.

Served as `favad serve` serves the product: one process, uvloop, httptools, no access log.
"""

from __future__ import annotations

import sys

import uvicorn

from tests.bench import bare, strawberry_best

APPS = {"bare": bare.create_app, "strawberry": strawberry_best.create_app}


def main(kind: str, url: str, port: str) -> None:
    uvicorn.run(
        APPS[kind](url),
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
