"""No chair stays empty: generated people for units that have nobody. They cannot sign in."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from domain.generate.names import FAMILY, FIRST
from domain.generate.rows import UserRow
from domain.generate.write import Batch
from domain.sign_in import UNUSABLE
from domain.time import now
from models import Agency, User
from models.enums import AgencyLevel, Role

OPERATORS = 24
SUPERVISORS = 4
_PREFIX = {
    Role.SENIOR: "senior",
    Role.COORDINATOR: "coordinator",
    Role.HEAD: "head",
    Role.OPERATOR: "operator",
    Role.SUPERVISOR: "supervisor",
}


async def fill(rng: Random) -> int:
    """Give every active unit a coordinator and a head, every main agency a senior coordinator,
    and the centre operators, supervisors and a head. Returns how many people that took.

    They have no mobile number: nothing is ever texted to them.
    """
    taken = set(await User.filter(active=True).values_list("role", "agency_id"))
    names = {str(name) for name in await User.all().values_list("username", flat=True)}
    chairs = [chair for chair in await _chairs(taken) if chair[2] not in names]
    batch = Batch()
    for role, agency_id, username in chairs:
        batch.add(
            UserRow(
                username=username,
                password_hash=UNUSABLE,
                full_name=person_name(rng),
                role=role,
                agency_id=agency_id,
                created_at=now(),
            )
        )
    await batch.save()
    return len(chairs)


def person_name(rng: Random) -> str:
    return f"{rng.choice(FIRST)} {rng.choice(FAMILY)}"


async def _chairs(taken: set[tuple[Role, int | None]]) -> list[tuple[Role, int | None, str]]:
    units = await Agency.filter(active=True).order_by("id").values_list("id", "code", "level")
    chairs = [
        (role, number, f"{_PREFIX[role]}.{code.lower()}"[:60])
        for number, code, level in units
        for role in _roles(level)
        if (role, number) not in taken
    ]
    if (Role.HEAD, None) not in taken:
        chairs.append((Role.HEAD, None, "head.centre"))
    return chairs + list(_centre())


def _roles(level: AgencyLevel) -> tuple[Role, ...]:
    roles = (Role.COORDINATOR, Role.HEAD)
    return (Role.SENIOR, *roles) if level is AgencyLevel.MAIN else roles


def _centre() -> Iterator[tuple[Role, None, str]]:
    """Its people are many, whoever else is there."""
    for role, count in ((Role.OPERATOR, OPERATORS), (Role.SUPERVISOR, SUPERVISORS)):
        for number in range(1, count + 1):
            yield role, None, f"{_PREFIX[role]}.{number:02}"
