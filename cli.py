"""`favad …`: the command line of the service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

import settings as configuration
from api import demo as demonstration
from api import run, simulated
from domain import agencies, clients, generate, integrity, people, places, seed
from domain.actors import SCOPES, SYSTEM
from domain.bulk import LoadReport
from domain.errors import DomainError
from domain.time import now
from domain.trusted import NotTrustworthy
from models import migrate
from models.enums import Role
from settings import Settings, SettingsError
from sms.simulator import app as simulation

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

Report = Callable[[int, int], None]


REFUSALS = SettingsError, DomainError, NotTrustworthy, run.NotReady, demonstration.CannotStart


class Commands(TyperGroup):
    """Says a refusal in a line or two on standard error and ends with 2."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except REFUSALS as error:
            message = str(error)
        errors.print(f"favad: {message}", markup=False, soft_wrap=True)
        raise typer.Exit(2)


app = typer.Typer(
    cls=Commands,
    name="favad",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Favad 128, the administrative emergency service.

To look around, with generated cases and a simulated telephone network:

    favad demo

To set up a service of your own:

    export FAVAD_SECRET_KEY=$(openssl rand -hex 32)
    favad migrate
    favad load-places
    favad load-agencies
    favad create-user admin --name "Maryam Ahmadi" --role admin
    favad serve

Settings are environment variables, `FAVAD_…`; docs/settings.md lists them.""",
)


@app.command()
def demo() -> None:
    """Set everything up with generated cases, run it, and say how to play.

    Needs nothing but itself: an SQLite database, its secrets and its logins are made in `var/`
    (`FAVAD_VAR_DIR`). Started again, it goes on with what is there. Ctrl-C stops it.

        favad demo
        FAVAD_DEMO_PASSWORD=playground-128 favad demo
    """
    demonstration.run(os.environ, console)


@app.command()
def serve() -> None:
    """Run the web server (and, on SQLite, the worker in the same process).

    favad serve
    FAVAD_HOST=0.0.0.0 FAVAD_PORT=8000 favad serve
    """
    if not run.serve(_settings("secret_key")):
        raise typer.Exit(1)


@app.command()
def worker() -> None:
    """Send SMS, climb ladders, ask surveys: all work that is due at a time.

    With PostgreSQL run one or more beside `favad serve`; they share the work. On SQLite the web
    server does it itself.

        favad worker
    """
    run.work(_settings("secret_key"))


@app.command()
def simulator() -> None:
    """Run the stand-in for Kavenegar, the telephone exchange and citizens' phones.

    It listens on this machine only. The service finds it by `FAVAD_KAVENEGAR_BASE`.

        FAVAD_KAVENEGAR_BASE=http://127.0.0.1:8129 favad serve &
        favad simulator
    """
    settings = _settings("kavenegar_api_key", "kavenegar_sender")
    settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = settings.simulator_port
    with run.listening("127.0.0.1", port, "FAVAD_SIMULATOR_PORT") as listener:
        run.run_server(simulation.server(simulated.config_of(settings), port=port), listener)


@app.command("migrate")
def migrate_database() -> None:
    """Create the database or bring it up to this release; safe to repeat.

    Everything happens in one transaction: a failure leaves the database as it was.

        favad migrate
    """
    settings = _settings()
    run.reach(settings)

    async def bring_up(report: Report) -> list[str]:
        names = await migrate.migrate(
            settings.database_url, lambda _name, done, total: report(done, total)
        )
        async with run.opened(settings):
            await seed.seed()
        return names

    with _progress("migrating") as report:
        names = asyncio.run(bring_up(report))
    console.print(f"{len(names)} migrations applied." if names else "Nothing to migrate.")


@app.command("load-places")
def load_places(
    divisions: Annotated[
        Path, typer.Option(help="CSV: code,name_fa,level,parent_code.")
    ] = places.DIVISIONS,
    villages: Annotated[
        Path, typer.Option(help="CSV, plain or gzip: code,name_fa,level,parent_code,kind.")
    ] = places.VILLAGES,
) -> None:
    """Load the official divisions: provinces, counties, districts, cities, villages.

    A newer list is taken over an older one; what is no longer in it becomes inactive.

        favad load-places
        favad load-places --divisions new/divisions.csv --villages new/villages.csv.gz
    """
    with _progress("places") as report:
        done = _run(lambda: places.load(divisions, villages, report))
    _say_loaded("places", done)


@app.command("load-agencies")
def load_agencies(
    bodies: Annotated[
        Path, typer.Option("--agencies", help="CSV: code,name_fa,name_en,kind,parent_code.")
    ] = agencies.AGENCIES,
    provincial: Annotated[
        Path, typer.Option(help="The same, with province_code.")
    ] = agencies.PROVINCIAL,
) -> None:
    """Load the tree of executive agencies with provincial and county units.

    favad load-agencies
    """

    with _progress("agencies") as report:
        done = _run(lambda: agencies.load(bodies, provincial, report))
    _say_loaded("agencies", done)


@app.command("generate")
def generate_cases(
    cases: Annotated[int, typer.Option(min=1, max=20_000_000, help="How many cases.")],
    months: Annotated[int, typer.Option(min=1, max=60, help="Over how many months back.")] = 6,
    seed_number: Annotated[
        int | None, typer.Option("--seed", help="The same number gives the same cases.")
    ] = None,
    focus: Annotated[
        str | None, typer.Option(help="Code of an agency that gets more of the open cases.")
    ] = None,
) -> None:
    """Add generated cases, from months ago until now, as the rules of the service make them.

    For demonstrations, tests and measurements; never on a database with real cases. Empty chairs
    are filled with generated people who cannot sign in.

        favad generate --cases 20000 --months 6
        favad generate --cases 300 --months 1 --seed 7
    """
    settings = _settings("secret_key")
    with _progress("cases") as report:
        count = _run(
            lambda: generate.generate(
                cases, months, seed=seed_number, focus=focus, progress=report
            ),
            settings,
        )
    console.print(f"{count} cases generated.")


@app.command("create-user")
def create_user(
    username: Annotated[str, typer.Argument(help="Small letters, digits, dot, dash.")],
    name: Annotated[str, typer.Option(help="Full name.")],
    role: Annotated[Role, typer.Option(help="What they do.")],
    agency: Annotated[str | None, typer.Option(help="Code of their agency or unit.")] = None,
    mobile: Annotated[str, typer.Option(help="For SMS about breaches.")] = "",
    password: Annotated[
        str,
        typer.Option(prompt=True, confirmation_prompt=True, hide_input=True, help="Asked for."),
    ] = "",
) -> None:
    """Create a member of staff. Coordinators need an agency; so do senior ones, the main one.

    favad create-user sara --name "سارا احمدی" --role operator
    favad create-user ali --name "علی رضایی" --role senior --agency EDU
    """
    _run(
        lambda: people.create_user(
            username, name, role, password=password, agency_code=agency, mobile=mobile
        )
    )
    console.print(f"User {username} created.", markup=False)


@app.command("create-client")
def create_client(
    agency: Annotated[str, typer.Option(help="Code of the agency whose system it is.")],
    scopes: Annotated[str, typer.Option(help=f"Of {', '.join(sorted(SCOPES))}; commas between.")],
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    expires_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until the key ends by itself.")
    ] = None,
    requests_per_minute: Annotated[
        int, typer.Option(help="Requests it may send in a minute.")
    ] = clients.REQUESTS,
    cost_per_minute: Annotated[
        int, typer.Option(help="What its requests of a minute may cost; docs/api/keys.md.")
    ] = clients.COST,
) -> None:
    """Create a partner's key for the GraphQL API. It is shown once and stored as a hash.

    favad create-client --agency EDU --scopes cases:read,cases:write
    favad create-client --agency EDU --scopes cases:read --expires-days 365
    """
    wanted = scopes.replace(",", " ").split()
    _, key = _run(
        lambda: clients.create(
            SYSTEM,
            agency,
            name or f"{agency} API",
            wanted,
            expires_at=now() + timedelta(days=expires_days) if expires_days else None,
            requests_per_minute=requests_per_minute,
            cost_per_minute=cost_per_minute,
        )
    )
    console.print("Key (it will not be shown again):")
    console.print(key, markup=False, soft_wrap=True)


@app.command()
def schema(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the committed snapshot.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Print the GraphQL schema.

    favad schema
    favad schema --out graphql_schema/schema.graphql
    favad schema --check
    """
    from graphql_schema import snapshot

    text = snapshot.text()
    if check:
        committed = snapshot.PATH.read_text(encoding="utf-8") if snapshot.PATH.exists() else ""
        if committed != text:
            errors.print(f"{snapshot.PATH.name} is stale: favad schema --out {snapshot.PATH}")
            raise typer.Exit(1)
    elif out is not None:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)


@app.command("trust-documents")
def trust_documents(paths: Annotated[list[Path], typer.Argument(help="Files.")]) -> None:
    """Trust GraphQL documents, all or none; they may then be asked for by their SHA-256.

    A `.graphql` file holds one operation with its fragments, a `.json` such texts by their hashes.

        favad trust-documents queries/cases.graphql generated/persisted-documents.json
    """
    from graphql_schema.trusted import trust_files

    for hashed in _run(lambda: trust_files(paths)):
        console.print(f"sha256:{hashed}", markup=False, soft_wrap=True)


@app.command()
def check() -> None:
    """Look for contradictions between cases and their histories. Changes nothing.

    Ends with 1 when there are any.

        favad check
    """
    problems = _run(integrity.check)
    for problem in problems:
        console.print(str(problem), markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    console.print("No contradictions found.")


def _settings(*required: str) -> Settings:
    for warning in configuration.unknown(os.environ):
        errors.print(f"favad: {warning}", markup=False, soft_wrap=True)
    settings = configuration.load(os.environ)
    settings.require(*required)
    return settings


def _run(act: Callable[[], Awaitable[Any]], settings: Settings | None = None) -> Any:
    return run.once(settings or _settings(), act)


@contextmanager
def _progress(what: str) -> Iterator[Report]:
    """A bar on a terminal, nothing where nobody looks."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _say_loaded(what: str, report: LoadReport) -> None:
    console.print(
        f"{what}: {report.added} added, {report.changed} changed, {report.retired} retired, "
        f"{report.unchanged} unchanged."
    )


def main() -> None:
    app(prog_name="favad")


if __name__ == "__main__":
    main()
