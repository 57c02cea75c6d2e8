"""What the demo's database holds: places, agencies, people who can sign in, generated cases.

Everything is found by what the database holds, so that a demo that was interrupted goes on where
it was and a second start changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from api import wiring
from domain import agencies, clients, generate, people, places, rules, seed, sign_in
from domain.actors import SCOPES, SYSTEM
from domain.rules import Rules
from domain.staff import ancestry
from models import Agency, Case, Client, Place, User, database, migrate
from models.enums import AgencyLevel, Role
from settings import Settings

CASES = 20_000
MONTHS = 6
REQUESTS, COST = 6_000, 6_000_000
"""The partner key's budget of a minute: nobody who tries the API should meet it by accident."""
_BRANCH = "LAB-SSO"
_COUNTY = "رشت"
_PLAY = {
    "survey_delay": 0,
    "survey_from_hour": 0,
    "survey_to_hour": 24,
    "survey_friday_from_hour": 0,
    "survey_fatigue_days": 0,
}
"""Rules by which one can play at any hour: surveys at once, day and night, to the same phone."""

Report = Callable[[int, int], None]
Stage = Callable[[str], AbstractContextManager[Report]]


async def prepare(settings: Settings, password: str, key: str, stage: Stage) -> list[Agency]:
    """Bring the database to where the demo begins; returns the demo's units, main agency first."""
    with stage("migrations") as report:
        await migrate.migrate(settings.database_url, lambda _n, done, total: report(done, total))
    await database.init(settings.database_url, pool=settings.db_pool)
    try:
        wiring.configure_domain(settings)
        await seed.seed()
        if not await Place.exists():
            with stage("places") as report:
                await places.load(progress=report)
        if not await Agency.exists():
            with stage("agencies") as report:
                await agencies.load(progress=report)
        chain = await _chain()
        await _people(chain, password)
        await _client(chain[0], key)
        await _cases(chain[-1], stage)
        for name, value in _PLAY.items():
            await rules.store(name, value)
        return chain
    finally:
        await database.close()


async def _cases(focus: Agency, stage: Stage) -> None:
    missing = CASES - await Case.all().count()
    if missing > 0:
        with stage("cases") as report:
            await generate.generate(
                missing, MONTHS, focus=focus.code, policy=Rules(), progress=report
            )


async def _chain() -> list[Agency]:
    """A branch of the tree with all four levels: social security down to one county."""
    branch = await Agency.get_or_none(code=_BRANCH)
    units = Agency.filter(active=True, level=AgencyLevel.COUNTY).order_by("id")
    if branch is not None:
        below = units.filter(lineage__startswith=branch.lineage)
        unit = await below.filter(place__name=_COUNTY).first() or await below.first()
        if unit is not None:
            return await ancestry(unit)
    deepest = await units.first() or await Agency.filter(active=True).first()
    assert deepest is not None
    return await ancestry(deepest)


def logins(chain: list[Agency]) -> list[tuple[str, str, Role, Agency | None]]:
    """User name, full name, role and unit of everybody who can sign in."""
    by_level = {unit.level: unit for unit in chain}
    main = chain[0]
    subsidiary = by_level.get(AgencyLevel.SUBSIDIARY, main)
    provincial = by_level.get(AgencyLevel.PROVINCIAL, chain[-1])
    return [
        ("operator", "سارا نادری", Role.OPERATOR, None),
        ("senior", "محمود راستگو", Role.SENIOR, main),
        ("coordinator-main", "مهناز فرهمند", Role.COORDINATOR, main),
        ("coordinator-subsidiary", "داریوش کمالی", Role.COORDINATOR, subsidiary),
        ("coordinator", "لیلا پورمحمد", Role.COORDINATOR, provincial),
        ("coordinator-county", "هومن دیلمی", Role.COORDINATOR, chain[-1]),
        ("head", "پروانه شایسته", Role.HEAD, main),
        ("inspector", "بهروز امینی", Role.INSPECTOR, main),
        ("supervisor", "شهرزاد ایزدی", Role.SUPERVISOR, None),
        ("admin", "کیوان رهنما", Role.ADMIN, None),
    ]


async def _people(chain: list[Agency], password: str) -> None:
    """Create who is missing; a changed password is taken over."""
    for username, name, role, unit in logins(chain):
        user = await User.get_or_none(username=username)
        if user is None:
            code = unit.code if unit else None
            await people.create_user(username, name, role, password=password, agency_code=code)
        elif not sign_in.password_matches(user.password_hash, password):
            user.password_hash = sign_in.hash_password(password)
            await user.save(update_fields=["password_hash"])


async def _client(agency: Agency, key: str) -> None:
    """The partner's key, which may do everything; one given anew replaces the secret of its id."""
    present = await clients.authenticate(key)
    if present is None:
        await Client.filter(id=key.partition(".")[0]).delete()
        name = f"سامانه {agency.name}"
        present, _ = await clients.create(SYSTEM, agency.code, name, SCOPES, key=key)
    if set(present.scopes) != SCOPES or present.requests_per_minute != REQUESTS:
        await clients.change(
            SYSTEM,
            present.id,
            scopes=SCOPES,
            expires_at=None,
            requests_per_minute=REQUESTS,
            cost_per_minute=COST,
        )
