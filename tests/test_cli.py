"""`favad …`: what each command does, teaches and refuses."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import cli
from domain import figures, people, sign_in
from domain.actors import SYSTEM
from domain.time import now
from models import Agency, Case, Client, Place, User, database
from models.enums import Role
from tests.conftest import DATABASE

ROOT = Path(__file__).parents[1]
SECRET = "cli test secret " * 3
COMMANDS = [command.name or command.callback.__name__ for command in cli.app.registered_commands]  # type: ignore[union-attr]
PLACES = """code,name_fa,level,parent_code
p1,گیلان,province,
c1,رشت,county,p1
d1,مرکزی,district,c1
s1,رشت,city,d1
r1,حومه,rural_district,d1
"""
VILLAGES = "code,name_fa,level,parent_code,kind\nv1,علی‌آباد,village,r1,large\n"
AGENCIES = """code,name_fa,name_en,kind,parent_code
EDU,وزارت آموزش و پرورش,Ministry of Education,ministry,
LAB,وزارت کار,Ministry of Labour,ministry,
LAB-SSO,سازمان تأمین اجتماعی,Social Security,public_nongov,LAB
"""
PROVINCIAL = """code,name_fa,name_en,kind,parent_code,province_code
GOV-p1,اداره کل گیلان,Gilan office,affiliated_org,EDU,p1
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if re.match(r"FAVAD_(?!TEST_)", name)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FAVAD_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("FAVAD_SECRET_KEY", SECRET.replace(" ", "-"))
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch, database_url: str) -> str:
    monkeypatch.setenv("FAVAD_DATABASE_URL", database_url)
    return database_url


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, empty_database_url: str) -> str:
    monkeypatch.setenv("FAVAD_DATABASE_URL", empty_database_url)
    return empty_database_url


def favad(*arguments: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, list(arguments), input=answers)


def asking[T](url: str, act: Callable[[], Awaitable[T]]) -> T:
    """What the database says after a command."""

    async def run() -> T:
        await database.init(url)
        try:
            return await act()
        finally:
            await database.close()

    return asyncio.run(run())
