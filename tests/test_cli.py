"""`favad …`: what each command does, teaches and refuses."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

import cli
from domain import clients, figures, integrity, sign_in
from domain.actors import SYSTEM
from domain.time import now
from models import Agency, Case, Client, Place, User, database
from models.enums import Role

T = TypeVar("T")
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


def asking(url: str, act: Callable[[], Awaitable[T]]) -> T:
    """What the database says after a command."""

    async def run() -> T:
        await database.init(url)
        try:
            return await act()
        finally:
            await database.close()

    return asyncio.run(run())


def test_help_lists_every_command() -> None:
    result = favad("--help")
    assert result.exit_code == 0
    assert set(COMMANDS) == {
        *("demo", "serve", "worker", "simulator", "migrate", "load-places", "load-agencies"),
        *("generate", "create-user", "create-client", "schema", "check"),
        "trust-documents",
    }
    for command in COMMANDS:
        assert command in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_an_example(command: str) -> None:
    result = favad(command, "--help")
    assert result.exit_code == 0
    assert f"favad {command}" in result.output.replace("Usage: favad", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate"], "--cases"),
        (["generate", "--cases", "0"], "--cases"),
        (["generate", "--cases", "many"], "--cases"),
        (["generate", "--cases", "5", "--months", "61"], "--months"),
        (["generate", "--cases", "5"], "places: is required"),
        (["load-places", "--divisions", "/no/such.csv"], "such.csv: no such file"),
        (["load-agencies", "--agencies", "/no/such.csv"], "such.csv: no such file"),
        (["create-user", "sara", "--name", "Sara", "--role", "king"], "--role"),
        (["create-user", "Sa ra", "--name", "Sara", "--role", "admin"], "username: is not valid"),
        (["create-user", "sara", "--name", "S", "--role", "admin"], "full name"),
        (["create-user", "sara", "--name", "Sara", "--role", "senior"], "agency: is required"),
        (
            ["create-user", "sara", "--name", "Sara", "--role", "head", "--agency", "X"],
            "agency: is not known",
        ),
        (
            ["create-user", "sara", "--name", "Sara", "--role", "admin", "--mobile", "12"],
            "mobile: is not valid",
        ),
        (["create-client", "--agency", "X", "--scopes", "cases:read"], "agency: is not known"),
        (["create-client", "--agency", "X"], "--scopes"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_bad_input_is_named_and_nothing_changes(
    migrated: str, arguments: list[str], said: str
) -> None:
    result = favad(*arguments, answers="long enough\nlong enough\n")
    assert result.exit_code == 2
    assert said in re.sub(r"[│\s]+", " ", result.output)
    assert asking(migrated, lambda: User.all().count()) == 0
    assert asking(migrated, lambda: Client.all().count()) == 0
    assert asking(migrated, lambda: Case.all().count()) == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FAVAD_PORT", "http", "FAVAD_PORT"),
        ("FAVAD_SECRET_KEY", "short", "FAVAD_SECRET_KEY"),
        ("FAVAD_DATABASE_URL", "mysql://x", "FAVAD_DATABASE_URL"),
        ("FAVAD_DATABASE_URL", "asyncpg://u:p@127.0.0.1:1/x", "FAVAD_DATABASE_URL"),
        ("FAVAD_DATABASE_URL", "sqlite:///dev/null/favad", "FAVAD_DATABASE_URL"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "check"])
def test_bad_settings_are_named(
    monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    result = favad(command)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "p@" not in result.stderr


@pytest.mark.parametrize("command", ["serve", "worker", "simulator", "generate"])
def test_missing_secrets_are_named(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.delenv("FAVAD_SECRET_KEY")
    result = favad(command, *(["--cases", "1"] if command == "generate" else []))
    assert result.exit_code == 2
    wanted = "FAVAD_KAVENEGAR_API_KEY" if command == "simulator" else "FAVAD_SECRET_KEY"
    assert f"{wanted}: required" in result.stderr


def test_an_unknown_setting_is_warned_about(monkeypatch: pytest.MonkeyPatch, migrated: str) -> None:
    monkeypatch.setenv("FAVAD_PROT", "1")
    result = favad("check")
    assert result.exit_code == 0
    assert "FAVAD_PROT: no such setting; did you mean FAVAD_PORT?" in result.stderr


def test_an_empty_database_must_be_migrated_first(empty: str) -> None:
    for command in (["check"], ["serve"], ["worker"], ["generate", "--cases", "1"]):
        result = favad(*command)
        assert result.exit_code == 2
        assert "favad migrate" in result.stderr
    assert "migrations applied" in favad("migrate").stdout
    assert "Nothing to migrate." in favad("migrate").stdout
    assert favad("check").exit_code == 0


def test_create_user(migrated: str) -> None:
    arguments = ["create-user", "Sara", "--name", "سارا احمدی", "--role", "operator"]
    result = favad(*arguments, answers="گذرواژه خوب\nگذرواژه خوب\n")
    assert result.exit_code == 0, result.output
    assert "خوب" not in result.output

    async def sign_in_with_it() -> User:
        _, user = await sign_in.sign_in("sara", "گذرواژه خوب")
        return user

    user = asking(migrated, sign_in_with_it)
    assert (user.username, user.full_name, user.role) == ("sara", "سارا احمدی", Role.OPERATOR)
    again = favad(*arguments, "--password", "another one")
    assert again.exit_code == 2
    assert "username: is already in use" in again.stderr


def test_load_generate_check_and_client(migrated: str, tmp_path: Path) -> None:
    files = {"d.csv": PLACES, "v.csv": VILLAGES, "a.csv": AGENCIES, "p.csv": PROVINCIAL}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    places = ["--divisions", str(tmp_path / "d.csv"), "--villages", str(tmp_path / "v.csv")]
    agencies = ["--agencies", str(tmp_path / "a.csv"), "--provincial", str(tmp_path / "p.csv")]
    favad("migrate")  # brings the texts and indicators
    assert "6 added" in favad("load-places", *places).stdout
    assert "6 unchanged" in favad("load-places", *places).stdout
    result = favad("load-agencies", *agencies)
    assert result.exit_code == 0, result.output
    assert asking(migrated, lambda: Place.all().count()) == 6
    assert asking(migrated, lambda: Agency.filter(generated=False).count()) == 4

    result = favad("generate", "--cases", "300", "--months", "2", "--seed", "1")
    assert "300 cases generated." in result.stdout
    assert favad("check").exit_code == 0
    _assert_sane(migrated)

    result = favad("create-client", "--agency", "EDU", "--scopes", "cases:read,figures:read")
    key = result.stdout.split()[-1]
    found = asking(migrated, lambda: clients.authenticate(key))
    assert found is not None
    assert found.scopes == ["cases:read", "figures:read"]
    terms = ["--expires-days", "30", "--requests-per-minute", "60", "--cost-per-minute", "30000"]
    result = favad("create-client", "--agency", "EDU", "--scopes", "cases:read", *terms)
    key = result.stdout.split()[-1]
    found = asking(migrated, lambda: clients.authenticate(key))
    assert found is not None
    assert (found.requests_per_minute, found.cost_per_minute) == (60, 30_000)
    assert found.expires_at is not None
    assert (found.expires_at - now()).days == 29
    poor = favad(
        "create-client", "--agency", "EDU", "--scopes", "cases:read", "--cost-per-minute", "1"
    )
    assert poor.exit_code == 2
    assert "cost per minute: must be between 20000" in poor.stderr
    wrong = favad("create-client", "--agency", "EDU", "--scopes", "everything")
    assert wrong.exit_code == 2
    assert "scopes: is not known" in wrong.stderr


def _assert_sane(url: str) -> None:
    async def measure() -> figures.Figures:
        from datetime import timedelta

        return await figures.period(SYSTEM, now() - timedelta(days=70), now())

    found = asking(url, measure)
    assert found.registered + found.out_of_scope > 290
    assert found.in_time_share.value is not None
    assert 0.75 < found.in_time_share.value < 0.97
    assert found.response_share.value is not None
    assert 0.3 < found.response_share.value < 0.55
    assert found.mean_rating is not None
    assert 2 < found.mean_rating < 5
    assert found.reopened
    assert found.misrouted
    assert found.breaches


def test_check_ends_with_1_when_there_is_a_contradiction(
    migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> list[integrity.Problem]:
        return [integrity.Problem("reopenings are counted", 2, (3, 4))]

    monkeypatch.setattr(integrity, "check", broken)
    result = favad("check")
    assert result.exit_code == 1
    assert "reopenings are counted: 2 broken (cases 3, 4)" in result.stdout


def test_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from graphql_schema import snapshot

    printed = favad("schema").stdout
    assert "type Query" in printed
    out = tmp_path / "schema.graphql"
    assert favad("schema", "--out", str(out)).exit_code == 0
    assert out.read_text(encoding="utf-8") == printed
    monkeypatch.setattr(snapshot, "PATH", out)
    assert favad("schema", "--check").exit_code == 0
    out.write_text(printed + "# old", encoding="utf-8")
    stale = favad("schema", "--check")
    assert stale.exit_code == 1
    assert "stale" in stale.stderr


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_in_use_is_named(monkeypatch: pytest.MonkeyPatch, migrated: str, taken: int) -> None:
    monkeypatch.setenv("FAVAD_PORT", str(taken))
    monkeypatch.setenv("FAVAD_SIMULATOR_PORT", str(taken))
    monkeypatch.setenv("FAVAD_KAVENEGAR_API_KEY", "key" * 5)
    monkeypatch.setenv("FAVAD_KAVENEGAR_SENDER", "10004128")
    for command, setting in (("serve", "FAVAD_PORT"), ("simulator", "FAVAD_SIMULATOR_PORT")):
        result = favad(command)
        assert result.exit_code == 2
        assert f"{setting}: 127.0.0.1:{taken}: Address already in use" in result.stderr


def test_a_demo_beside_another_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, taken: int
) -> None:
    monkeypatch.setenv("FAVAD_PORT", str(taken))
    before = signal.getsignal(signal.SIGTERM)
    result = favad("demo")
    signal.signal(signal.SIGTERM, before)
    assert result.exit_code == 2
    assert "FAVAD_PORT" in result.stderr
    assert not (tmp_path / "var" / "favad.sqlite3").exists()
    kept = tmp_path / "var" / "demo.env"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "FAVAD_SECRET_KEY=" not in kept.read_text(encoding="utf-8")
    assert "FAVAD_DEMO_PASSWORD=" in kept.read_text(encoding="utf-8")


@pytest.mark.processes
@pytest.mark.parametrize("command", ["simulator", "worker"])
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_process_ends_when_it_is_told(
    migrated: str, command: str, end: signal.Signals, tmp_path: Path
) -> None:
    """It says in its log, or by listening, that it runs; then it goes without a trace."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "FAVAD_SIMULATOR_PORT": str(port),
        "FAVAD_KAVENEGAR_API_KEY": "key" * 5,
        "FAVAD_KAVENEGAR_SENDER": "10004128",
        "FAVAD_KAVENEGAR_BASE": f"http://127.0.0.1:{port}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", command],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_until_it_runs(process, command, port)
        process.send_signal(end)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert "Traceback" not in said
    assert process.returncode == (0 if (command, end) != ("simulator", signal.SIGTERM) else -end)


def _wait_until_it_runs(process: subprocess.Popen[str], command: str, port: int) -> None:
    assert process.stderr is not None
    if command == "worker":
        assert "worker started" in next(line for line in process.stderr if "worker" in line)
        return
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_sim/clock", timeout=10).close()
        except OSError:
            continue
        return
    raise AssertionError(process.stderr.read())
