"""Who answers for a unit: nobody's work goes to an empty chair (design §4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.actors import CASES_WRITE
from domain.time import now
from models import Agency, Case, Client, Referral, User, statements
from models.enums import CaseStatus, ReferralStatus, Role


async def seniors(main_agency_id: int) -> list[User]:
    return await statements.select(
        User, "agency_id = $1 AND role = $2 AND active", main_agency_id, Role.SENIOR
    )


async def coordinators(agency_id: int) -> list[User]:
    return await User.filter(agency_id=agency_id, role=Role.COORDINATOR, active=True)


async def supervisors() -> list[User]:
    return await User.filter(role=Role.SUPERVISOR, active=True)


async def centre_heads() -> list[User]:
    """The head of the national centre: a head without an agency."""
    return await User.filter(role=Role.HEAD, agency_id=None, active=True)


async def heads(agency: Agency) -> list[User]:
    """The heads of the nearest unit, from `agency` upwards, that has one, else the centre (A5)."""
    for unit in reversed(await ancestry(agency)):
        found = await User.filter(agency_id=unit.id, role=Role.HEAD, active=True)
        if found:
            return found
    return await supervisors()


async def ancestry(agency: Agency) -> list[Agency]:
    """The unit and its ancestors, main agency first."""
    ids = [int(part) for part in agency.lineage.strip("/").split("/")]
    units = {unit.id: unit for unit in await Agency.filter(id__in=ids)}
    return [units[key] for key in ids if key in units]


async def has_senior(main_agency_id: int) -> bool:
    """Whether someone, or a partner system with write access, receives the agency's cases."""
    return await is_received(main_agency_id, await seniors(main_agency_id))


async def is_received(main_agency_id: int, people: Sequence[User]) -> bool:
    """`has_senior` of an agency whose senior coordinators are known: `people`."""
    return bool(people) or bool(await _with_client([main_agency_id]))


async def with_senior(main_agency_ids: Sequence[int]) -> set[int]:
    """Those of the main agencies whose cases someone receives, as `has_senior`."""
    people = await User.filter(agency_id__in=list(main_agency_ids), role=Role.SENIOR, active=True)
    staffed = {person.agency_id for person in people if person.agency_id is not None}
    return staffed | await _with_client(main_agency_ids)


async def attended_unit(agency: Agency) -> Agency | None:
    """The unit itself, or the nearest one above it that has a coordinator; None without any."""
    chain = list(reversed(await ancestry(agency)))
    ids = [unit.id for unit in chain]
    people = await User.filter(agency_id__in=ids, role=Role.COORDINATOR, active=True)
    staffed = {person.agency_id for person in people} | await _with_client(ids)
    return next((unit for unit in chain if unit.id in staffed), None)


async def holders(case: Case) -> list[User]:
    """The people whose turn it is; of an empty chair, those who can fill it (design §4)."""
    found: list[User] = []
    if case.status is CaseStatus.IN_HANDLING:
        found = await _handlers(case)
    if not found and not case.at_centre:
        found = await seniors(case.main_agency_id)
    return found or await supervisors()


async def _handlers(case: Case) -> list[User]:
    units = await Referral.filter(
        case_id=case.id, status__in=[ReferralStatus.PENDING, ReferralStatus.ACCEPTED]
    ).values_list("agency_id", flat=True)
    return await User.filter(agency_id__in=list(units), role=Role.COORDINATOR, active=True)


async def _with_client(agency_ids: Sequence[int]) -> set[int]:
    """Those of the agencies with a partner system whose key is alive and may write."""
    clients = await Client.filter(agency_id__in=list(agency_ids), revoked_at=None)
    return {client.agency_id for client in clients if _works(client)}


def is_attended(people: Iterable[User], clients: Iterable[Client]) -> bool:
    """Whether a unit with these people and systems handles what is referred to it."""
    staffed = any(user.active and user.role is Role.COORDINATOR for user in people)
    return staffed or any(_works(client) for client in clients)


def _works(client: Client) -> bool:
    """Whether the key is alive and may write."""
    expired = client.expires_at is not None and client.expires_at < now()
    return client.revoked_at is None and not expired and CASES_WRITE in client.scopes
