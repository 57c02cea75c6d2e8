"""A small service for tests: one agency on four levels, its people, places, and helpers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain import calls, identity, service, time
from domain.actors import Actor, of_user
from domain.budgets import budgets
from domain.cases import Draft, register
from domain.seed import seed
from domain.text import fold, squeeze
from domain.vault import Vault
from models import Agency, Call, Case, Client, OutboxMessage, Place, User
from models.enums import AgencyLevel, MessageState, PlaceLevel, Role

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
"""Tuesday 3 Azar 1405, 09:30 in Tehran."""
MOBILE = "+989121234567"
NATIONAL_ID = "0012345679"
LINE = "10004128"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **delta: float) -> None:
        self.at += timedelta(**delta)


@dataclass
class World:
    clock: Clock
    units: dict[str, Agency] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    async def proved_caller(self, mobile: str = MOBILE, national_id: str = NATIONAL_ID) -> int:
        """A call that the operator has taken, with the caller's identity proved; the check's id."""
        number = await Call.all().count() + 1
        call = await calls.announce(f"call-{number}", "ringing", mobile, time.now())
        await calls.take(self["operator"], call.id)
        check = await identity.start(self["operator"], call.id, "مریم احمدی", national_id)
        message = await OutboxMessage.filter(kind="identity_code").order_by("-id").first()
        assert message is not None
        code = re.search(r"[۰-۹]{6}", message.text)
        assert code is not None
        await identity.confirm(self["operator"], check.id, code.group())
        return check.id

    async def case(self, mobile: str = MOBILE, **changes: object) -> Case:
        """A registered case, referred to the senior coordinator."""
        check = await self.proved_caller(mobile)
        return await register(self["operator"], check, self.draft(**changes))

    def draft(self, **changes: object) -> Draft:
        values: dict[str, object] = {
            "kind": "complaint",
            "reporter_kind": "citizen",
            "agency": "EDU-c1",
            "place": "v1",
            "indicator": "I5",
            "subject": "باز نبودن باجه در ساعت اداری",
            "text": "ساعت ۹ مراجعه کردم و باجه پذیرش تا ساعت ۱۰ و نیم بسته بود.",
            "other_indicators": ["I7"],
            "consent": True,
        }
        return Draft(**{**values, **changes})  # type: ignore[arg-type]

    async def delivered(self, case: Case) -> None:
        """Every queued SMS of the case has reached the handset."""
        await OutboxMessage.filter(case_id=case.id, state=MessageState.PENDING).update(
            state=MessageState.DELIVERED, accepted_at=time.now(), delivered_at=time.now()
        )


PLACES = [
    ("p1", "گیلان", PlaceLevel.PROVINCE, None),
    ("c1", "رشت", PlaceLevel.COUNTY, "p1"),
    ("d1", "مرکزی", PlaceLevel.DISTRICT, "c1"),
    ("r1", "حومه", PlaceLevel.RURAL_DISTRICT, "d1"),
    ("v1", "علی‌آباد", PlaceLevel.VILLAGE, "r1"),
    ("p2", "فارس", PlaceLevel.PROVINCE, None),
]
UNITS = [
    ("EDU", "وزارت آموزش و پرورش", AgencyLevel.MAIN, None, None),
    ("EDU-S", "سازمان نوسازی مدارس", AgencyLevel.SUBSIDIARY, "EDU", None),
    ("EDU-p1", "اداره کل آموزش و پرورش استان گیلان", AgencyLevel.PROVINCIAL, "EDU-S", "p1"),
    ("EDU-c1", "اداره آموزش و پرورش شهرستان رشت", AgencyLevel.COUNTY, "EDU-p1", "c1"),
    ("EDU-p2", "اداره کل آموزش و پرورش استان فارس", AgencyLevel.PROVINCIAL, "EDU", "p2"),
    ("ENE", "وزارت نیرو", AgencyLevel.MAIN, None, None),
    ("CUL", "وزارت فرهنگ", AgencyLevel.MAIN, None, None),
]
PEOPLE = [
    ("operator", Role.OPERATOR, None),
    ("operator2", Role.OPERATOR, None),
    ("senior", Role.SENIOR, "EDU"),
    ("main", Role.COORDINATOR, "EDU"),
    ("subsidiary", Role.COORDINATOR, "EDU-S"),
    ("provincial", Role.COORDINATOR, "EDU-p1"),
    ("county", Role.COORDINATOR, "EDU-c1"),
    ("fars", Role.COORDINATOR, "EDU-p2"),
    ("head", Role.HEAD, "EDU"),
    ("inspector", Role.INSPECTOR, "EDU-p1"),
    ("supervisor", Role.SUPERVISOR, None),
    ("centre_head", Role.HEAD, None),
    ("admin", Role.ADMIN, None),
    ("senior_ene", Role.SENIOR, "ENE"),
]
"""CUL has no senior coordinator."""


async def build(clock: Callable[[], datetime] | None = None) -> World:
    """Fill the open database and set the clock and the service."""
    world = World(clock if isinstance(clock, Clock) else Clock())
    time.set_clock(world.clock)
    budgets.forget()
    vault = Vault.from_secret("test secret " * 4)
    service.configure(service.Service(vault=vault, sms_line=LINE, sms_rate=1_000_000))
    await seed()
    for code, name, level, parent in PLACES:
        world.places[code] = await _place(world, code, name, level, parent)
    for code, name, agency_level, parent, place in UNITS:
        world.units[code] = await _unit(world, code, name, agency_level, parent, place)
    for name, role, agency in PEOPLE:
        user = await User.create(
            username=name,
            password_hash="!",
            full_name=f"نام {name}",
            mobile="+98912000" + f"{len(world.users):04d}",
            role=role,
            agency=world.units.get(agency or ""),
            created_at=time.now(),
        )
        world.users[name] = user
        world.actors[name] = await of_user(user)
    return world


async def client(world: World, agency: str, *scopes: str) -> Client:
    return await Client.create(
        id=f"client-{agency}",
        name=f"سامانه {agency}",
        agency=world.units[agency],
        secret_hash="",
        scopes=list(scopes),
        requests_per_minute=1_000_000,
        cost_per_minute=1_000_000_000,
        created_at=time.now(),
    )


async def _place(
    world: World, code: str, name: str, level: PlaceLevel, parent: str | None
) -> Place:
    above = world.places.get(parent or "")
    return await Place.create(
        code=code,
        name=name,
        folded=squeeze(name),
        level=level,
        parent=above,
        province_id=above.province_id if above else code,
        county_id=code if level is PlaceLevel.COUNTY else (above.county_id if above else None),
        lineage=(above.lineage if above else "") + f"{code}/",
        path=f"{above.name}" if above else "",
    )


async def _unit(
    world: World,
    code: str,
    name: str,
    level: AgencyLevel,
    parent: str | None,
    place: str | None,
) -> Agency:
    above = world.units.get(parent or "")
    unit = await Agency.create(
        code=code,
        name=name,
        folded=fold(name),
        kind="ministry",
        level=level,
        parent=above,
        place=world.places.get(place or ""),
        main_id=above.main_id if above else None,
        lineage="",
    )
    unit.main_id = above.main_id if above else unit.id
    unit.lineage = (above.lineage if above else "/") + f"{unit.id}/"
    await unit.save()
    return unit
