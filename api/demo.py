"""The demo: everything on one machine, set up by itself, with a simulated telephone network."""

from __future__ import annotations

import asyncio
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

import settings as configuration
from api import demo_data, logs
from domain.actors import SCOPES
from models import Agency
from settings import Settings

LINE = "10004128"
SECOND_LINE = "10009128"
CODE_TEMPLATE = "favad-code"
START_SECONDS = 60
STOP_SECONDS = 10
_SECRETS = {
    "FAVAD_SECRET_KEY": lambda: secrets.token_hex(32),
    "FAVAD_KAVENEGAR_API_KEY": lambda: secrets.token_hex(32),
    "FAVAD_HTTP_GATEWAY_TOKEN": lambda: secrets.token_urlsafe(24),
    "FAVAD_WEBHOOK_TOKENS": lambda: secrets.token_urlsafe(24),
    "FAVAD_CALL_SECRET": lambda: secrets.token_urlsafe(32),
    "FAVAD_DEMO_PASSWORD": lambda: secrets.token_urlsafe(9),
    "FAVAD_DEMO_KEY": lambda: f"demo.{secrets.token_urlsafe(24)}",
}
_WEB, _SIMULATOR = "web", "simulator"


class CannotStart(Exception):
    """The demo cannot run here; the message says why."""


def run(environ: Mapping[str, str], console: Console) -> None:
    """Set up what is missing, run web, worker and simulator until interrupted."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    try:
        _run(environ, console)
    except KeyboardInterrupt:
        console.print("The demo has stopped.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(environ: Mapping[str, str], console: Console) -> None:
    variables = _variables(environ)
    settings = configuration.load(variables)
    _refuse_used("FAVAD_PORT", settings.port)
    _refuse_used("FAVAD_SIMULATOR_PORT", settings.simulator_port)
    assert settings.demo_password is not None
    assert settings.demo_key is not None
    # What preparing logs as usual would break the bars.
    logs.configure(settings.model_copy(update={"log_level": "warning"}))
    with _bars(console) as stage:
        chain = asyncio.run(
            demo_data.prepare(
                settings,
                settings.demo_password.get_secret_value(),
                settings.demo_key.get_secret_value(),
                stage,
            )
        )
    with _running(settings, variables) as children:
        summary = Text(_summary(settings, chain))
        console.print(Panel(summary, title="Favad 128", expand=False))
        console.print(_api(settings, chain), markup=False, soft_wrap=True)
        _watch(children, settings)


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the demo's processes: what is given, what `var/demo.env` keeps, and new
    secrets, which are kept there for the next time."""
    given = {name: value for name, value in environ.items() if value.strip()}
    base = configuration.load(given)
    file = base.var_dir / "demo.env"
    base.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = _read(file)
    new = {
        name: make() for name, make in _SECRETS.items() if name not in given and name not in kept
    }
    if new:
        _write(file, kept | new)
    simulator = f"http://127.0.0.1:{base.simulator_port}"
    defaults = {
        "FAVAD_DATABASE_URL": f"sqlite://{base.var_dir / 'favad.sqlite3'}",
        "FAVAD_PUBLIC_URL": f"http://127.0.0.1:{base.port}",
        "FAVAD_KAVENEGAR_BASE": simulator,
        "FAVAD_KAVENEGAR_SENDER": LINE,
        "FAVAD_KAVENEGAR_CODE_TEMPLATE": CODE_TEMPLATE,
        "FAVAD_VOICE": "on",
        "FAVAD_HTTP_GATEWAY_URL": f"{simulator}/second/messages",
        "FAVAD_HTTP_GATEWAY_SENDER": SECOND_LINE,
        "FAVAD_WORKER": "on",
    }
    return {**defaults, **kept, **new, **given}


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _write(file: Path, values: Mapping[str, str]) -> None:
    """Only the owner may read it, from its first byte on; never half a file."""
    text = "# Secrets of the demo. Losing FAVAD_SECRET_KEY loses the national ids it sealed.\n"
    text += "".join(f"{name}={value}\n" for name, value in values.items())
    draft = file.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    draft.replace(file)


def _refuse_used(name: str, port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CannotStart(
            f"port {port}: {reason}. Is another demo running? Choose another one with {name}."
        ) from None


@contextmanager
def _bars(console: Console) -> Iterator[demo_data.Stage]:
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

        @contextmanager
        def stage(name: str) -> Iterator[demo_data.Report]:
            if not console.is_terminal:
                console.print(f"{name} …")
            task = bars.add_task(name, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)

        yield stage


@contextmanager
def _running(
    settings: Settings, variables: Mapping[str, str]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Simulator and web as processes that end with this one; the web is stopped first."""
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in ((_SIMULATOR, "simulator"), (_WEB, "serve")):
            children[name] = _start(name, command, settings, variables)
        for name, url in (
            (_SIMULATOR, f"http://127.0.0.1:{settings.simulator_port}/_sim/clock"),
            (_WEB, f"http://127.0.0.1:{settings.port}/readyz"),
        ):
            _await(name, children[name], url, settings)
        yield children
    finally:
        for child in reversed(children.values()):
            _stop(child)


def _start(
    name: str, command: str, settings: Settings, variables: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    log = _log(name, settings)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-m", "cli", command],
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _log(name: str, settings: Settings) -> Path:
    return settings.var_dir / f"{name}.log"


def _await(name: str, child: subprocess.Popen[bytes], url: str, settings: Settings) -> None:
    """Wait until a process answers. Raises `CannotStart` when it ended or takes too long."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _check(name, child, settings)
        try:
            with opener.open(url, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise CannotStart(f"{name} does not answer; see {_log(name, settings)}")


def _check(name: str, child: subprocess.Popen[bytes], settings: Settings) -> None:
    if child.poll() is None:
        return
    log = _log(name, settings)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-15:]
    raise CannotStart("\n".join([f"{name} ended by itself; the end of {log}:", *last]))


def _watch(children: Mapping[str, subprocess.Popen[bytes]], settings: Settings) -> None:
    while True:
        for name, child in children.items():
            _check(name, child, settings)
        time.sleep(0.5)


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _summary(settings: Settings, chain: list[Agency]) -> str:
    """Lines of at most 76 characters, so that the box keeps its shape."""
    assert settings.demo_password is not None
    people = "\n".join(
        f"  {username:<23} {role.value:<12} {unit.code if unit else ''}"
        for username, _name, role, unit in demo_data.logins(chain)
    )
    return f"""Web         {settings.public_url}/
Simulator   http://127.0.0.1:{settings.simulator_port}/
            telephones and SMS; nothing leaves this machine
GraphiQL    {settings.public_url}/graphiql
            the GraphQL API, for whoever is signed in

Log in with the password  {settings.demo_password.get_secret_value()}
{people}

To play
1 Sign in as operator. On the simulator, call 128 from a telephone.
2 Take the call, prove the caller by the code on the telephone, and
  register a case about {chain[-1].code}.
3 As senior, order action; as coordinator-county, accept and report;
  as senior, record the result.
4 Answer the survey on the telephone with 1: the case is opened again
  one level higher.
5 On the simulator, take the credit away from the provider: texts go by
  the second one, whose line is {settings.http_gateway_sender}.
6 As supervisor or head, look at the generated cases: queues, breaches.

Secrets and logs are in {settings.var_dir}/. Ctrl-C stops the demo."""


def _api(settings: Settings, chain: list[Agency]) -> str:
    """Outside the box, to be copied whole."""
    assert settings.demo_key is not None
    key = settings.demo_key.get_secret_value()
    query = '{"query": "{ cases(first: 3) { edges { node { trackingCode subject } } } }"}'
    return f"""Partner key of {chain[0].code} ({", ".join(sorted(SCOPES))}): {key}

curl -s {settings.public_url}/graphql -H 'Content-Type: application/json' \\
  -H 'Authorization: Bearer {key}' \\
  -d '{query}'"""
