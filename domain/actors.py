"""Who acts: a member of staff, a partner's system, the citizen, or the service itself."""

from __future__ import annotations

from dataclasses import dataclass

from models import Agency, Client, User, statements
from models.enums import ActorKind, AgencyLevel, Role

CASES_READ = "cases:read"
CASES_WRITE = "cases:write"
FIGURES_READ = "figures:read"
IDENTITY_READ = "identity:read"
SCOPES = frozenset({CASES_READ, CASES_WRITE, FIGURES_READ, IDENTITY_READ})


@dataclass(frozen=True, slots=True)
class Actor:
    """The acting party with what the rules of visibility and permission need (design §2)."""

    kind: ActorKind
    role: Role | None = None
    user_id: int | None = None
    client_id: str | None = None
    name: str = ""
    agency_id: int | None = None
    agency_level: AgencyLevel | None = None
    lineage: str = ""
    main_agency_id: int | None = None
    scopes: frozenset[str] = frozenset()

    def within(self, agency: Agency) -> bool:
        """Whether `agency` is the actor's own unit or lies below it."""
        return bool(self.lineage) and agency.lineage.startswith(self.lineage)


SYSTEM = Actor(ActorKind.SYSTEM, name="system")
CITIZEN = Actor(ActorKind.CITIZEN, name="citizen")


async def of_user(user: User) -> Actor:
    agency = await Agency.get(id=user.agency_id) if user.agency_id else None
    return Actor(
        ActorKind.USER,
        role=user.role,
        user_id=user.id,
        name=user.full_name,
        **_unit(agency),
    )


async def of_client(client: Client) -> Actor:
    [agency] = await statements.select(Agency, "id = $1", client.agency_id)
    return Actor(
        ActorKind.CLIENT,
        client_id=client.id,
        name=client.name,
        scopes=frozenset(client.scopes),
        **_unit(agency),
    )


def _unit(agency: Agency | None) -> dict:  # type: ignore[type-arg]
    if agency is None:
        return {}
    return {
        "agency_id": agency.id,
        "agency_level": agency.level,
        "lineage": agency.lineage,
        "main_agency_id": agency.main_id,
    }
