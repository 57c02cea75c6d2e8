"""The service and everybody who takes part, for one journey."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.journeys.cast import Centre, Citizen, Operator, Partner
from tests.support.pages import Person
from tests.support.running import RunningService, running_service


@dataclass
class Cast:
    """Those of every journey, and by name the members of staff of `tests.support.world`."""

    service: RunningService
    citizen: Citizen
    operator: Operator
    centre: Centre
    _others: dict[str, Person] = field(default_factory=dict)
    _partners: dict[str, Partner] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Person:
        return self._others.setdefault(name, Person(self.service, name))

    def partner(self, agency: str) -> Partner:
        return self._partners.setdefault(agency, Partner(self.service, agency))

    async def leave(self) -> None:
        for person in (self.operator, self.centre, *self._others.values()):
            await person.close()
        for partner in self._partners.values():
            await partner.close()


@pytest.fixture
async def cast(database_url: str) -> AsyncIterator[Cast]:
    async with running_service(database_url) as service:
        everybody = Cast(
            service,
            Citizen(service),
            Operator(service, "operator"),
            Centre(service, "supervisor"),
        )
        try:
            yield everybody
        finally:
            await everybody.leave()
