"""What a client may ask in a minute: so many requests, and so much cost.

Each process counts by itself and once a second (`keep_sharing`) adds what it counted to the table
`client_usage`, from which it learns what the others counted. A burst over several processes can
therefore pass by what they let in within a second. A minute is that of the clock, so a budget is
full again at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from tortoise.functions import Max, Sum

from domain.actors import Actor
from domain.errors import DomainError
from domain.time import now
from models import Client, ClientUsage
from models.database import connection, is_postgres

WINDOW: Final = 60
"""Seconds."""
STAFF_REQUESTS: Final = 6_000
STAFF_COST: Final = 6_000_000
"""A member of staff's minute, in each process: beyond what hands can do, short of what harms."""
SHARE_EVERY: Final = 1.0
KEPT: Final = timedelta(days=2)
_PRUNE_EVERY: Final = timedelta(hours=1)

log = structlog.get_logger("budgets")


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a minute's budget; it is full again in `reset_seconds`."""

    limit: int
    remaining: int
    cost_limit: int
    cost_remaining: int
    reset_seconds: int


class OverBudget(DomainError):
    """A request that its client's budget has no room for; it was not counted."""

    def __init__(self, budget: Budget) -> None:
        super().__init__("rate_limited", seconds=budget.reset_seconds)
        self.budget = budget

    @property
    def retry_seconds(self) -> int:
        return self.budget.reset_seconds


@dataclass(slots=True)
class _Use:
    requests: int = 0
    cost: int = 0

    def add(self, requests: int, cost: int) -> None:
        self.requests += requests
        self.cost += cost


@dataclass(slots=True)
class _Account:
    """One spender's present minute: `used` is everybody's as far as this process knows."""

    requests: int
    cost: int
    minute: datetime
    used: _Use


Key = tuple[str, datetime]
Total = tuple[str, datetime, int, int]


class Budgets:
    """The budgets of one process. `unshared` is what the table has not been told yet."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._unshared: dict[Key, _Use] = {}
        self._asked: set[str] = set()
        self._used_at: dict[str, datetime] = {}

    async def spend(self, actor: Actor, cost: int) -> Budget:
        """Count one request of this cost. Raises `OverBudget` when there is no room for it.

        Only a client's first request in this process asks the database.
        """
        moment = now()
        account = await self._account(actor, moment)
        used = account.used
        fits = used.requests < account.requests and used.cost + cost <= account.cost
        if actor.client_id is not None:
            self._asked.add(actor.client_id)
        if fits:
            used.add(1, cost)
            if actor.client_id is not None:
                self._unshared.setdefault((actor.client_id, account.minute), _Use()).add(1, cost)
        budget = _left(account, moment)
        if not fits:
            raise OverBudget(budget)
        return budget

    async def share(self) -> None:
        """Tell the table what was counted here, and learn what was counted elsewhere."""
        told, self._unshared = self._unshared, {}
        asked, self._asked = self._asked, set()
        if not asked:
            return
        try:
            clients = await Client.filter(id__in=sorted(asked))
            there = {client.id for client in clients}
            totals = await _add({key: use for key, use in told.items() if key[0] in there})
        except BaseException:
            self._take_back(told, asked)
            raise
        for client in clients:
            self._heed(client)
        for total in totals:
            self._learn(*total)
        await self._note_use(there)
        self._forget_idle()

    async def keep_sharing(self, stop: asyncio.Event) -> None:
        """Share once a second until `stop`, and then what is left."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SHARE_EVERY)
            try:
                await self.share()
            except Exception as error:
                log.warning("budgets not shared", error=type(error).__name__)
            if stop.is_set():
                return

    def forget(self) -> None:
        """Begin anew, as after a restart; for tests, whose clock stands still."""
        self._accounts.clear()
        self._unshared.clear()
        self._asked.clear()
        self._used_at.clear()

    async def _account(self, actor: Actor, moment: datetime) -> _Account:
        minute = moment.replace(second=0, microsecond=0)
        name = actor.client_id or f"user:{actor.user_id}"
        account = self._accounts.get(name)
        if account is None:
            account = await _opened(actor, minute)
            account = self._accounts.setdefault(name, account)
        if account.minute != minute:
            account.minute, account.used = minute, _Use()
        return account

    def _take_back(self, told: dict[Key, _Use], asked: set[str]) -> None:
        self._asked |= asked
        for key, use in told.items():
            self._unshared.setdefault(key, _Use()).add(use.requests, use.cost)

    def _heed(self, client: Client) -> None:
        """Its budget may have been changed."""
        account = self._accounts.get(client.id)
        if account is not None:
            account.requests = client.requests_per_minute
            account.cost = client.cost_per_minute

    def _learn(self, client_id: str, minute: datetime, requests: int, cost: int) -> None:
        account = self._accounts.get(client_id)
        if account is not None and account.minute == minute:
            since = self._unshared.get((client_id, minute), _Use())
            account.used = _Use(requests + since.requests, cost + since.cost)

    async def _note_use(self, clients: set[str]) -> None:
        """When a client was last here, at most once a minute from this process."""
        moment = now()
        due = moment - timedelta(seconds=WINDOW)
        late = sorted(name for name in clients if self._used_at.get(name, due) <= due)
        if late:
            await Client.filter(id__in=late).update(last_used_at=moment)
            self._used_at.update(dict.fromkeys(late, moment))

    def _forget_idle(self) -> None:
        past = now() - timedelta(seconds=2 * WINDOW)
        for name in [name for name, account in self._accounts.items() if account.minute < past]:
            del self._accounts[name]
            self._used_at.pop(name, None)


budgets: Final = Budgets()
"""Those of this process."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a client used in the last 24 hours; `peak`: its fullest minute, 1.0 is a full budget."""

    requests: int
    cost: int
    peak: float


async def last_day(clients: Sequence[Client]) -> dict[str, Used]:
    """By client; without those that used nothing."""
    day = now() - timedelta(days=1)
    rows = (
        await ClientUsage.filter(client_id__in=[client.id for client in clients], minute__gte=day)
        .annotate(
            asked=Sum("requests"), spent=Sum("cost"), most=Max("requests"), dearest=Max("cost")
        )
        .group_by("client_id")
        .values("client_id", "asked", "spent", "most", "dearest")
    )
    found = {row["client_id"]: row for row in rows}
    return {
        client.id: Used(
            int(row["asked"]),
            int(row["spent"]),
            max(row["most"] / client.requests_per_minute, row["dearest"] / client.cost_per_minute),
        )
        for client in clients
        if (row := found.get(client.id)) is not None
    }


async def prune() -> datetime:
    """Delete what was used longer ago than two days; when to look again."""
    await ClientUsage.filter(minute__lt=now() - KEPT).delete()
    return now() + _PRUNE_EVERY


async def _opened(actor: Actor, minute: datetime) -> _Account:
    """The account of who spends here for the first time, with what others counted already."""
    if actor.client_id is None:
        return _Account(STAFF_REQUESTS, STAFF_COST, minute, _Use())
    client = await Client.get(id=actor.client_id)
    row = await ClientUsage.get_or_none(client_id=client.id, minute=minute)
    used = _Use(row.requests, row.cost) if row else _Use()
    return _Account(client.requests_per_minute, client.cost_per_minute, minute, used)


def _left(account: _Account, moment: datetime) -> Budget:
    return Budget(
        limit=account.requests,
        remaining=max(0, account.requests - account.used.requests),
        cost_limit=account.cost,
        cost_remaining=max(0, account.cost - account.used.cost),
        reset_seconds=WINDOW - moment.second,
    )


async def _add(told: dict[Key, _Use]) -> list[Total]:
    """Add to the table in one statement; the new totals.

    In the order of ids, so that two processes never wait for each other.
    """
    if not told:
        return []
    values: list[Any] = []
    for (client_id, minute), use in sorted(told.items(), key=lambda item: item[0]):
        values += [client_id, minute, use.requests, use.cost]
    rows = await connection().execute_query_dict(_statement(len(told)), values)
    as_minute = ClientUsage._meta.fields_map["minute"].to_python_value
    return [
        (row["client_id"], as_minute(row["minute"]), row["requests"], row["cost"]) for row in rows
    ]


def _statement(rows: int) -> str:
    places = ", ".join(f"({', '.join(_marks(4 * row))})" for row in range(rows))
    return (
        f"INSERT INTO client_usage (client_id, minute, requests, cost) VALUES {places} "  # noqa: S608
        "ON CONFLICT (client_id, minute) DO UPDATE SET "
        "requests = client_usage.requests + excluded.requests, "
        "cost = client_usage.cost + excluded.cost "
        "RETURNING client_id, minute, requests, cost"
    )


def _marks(before: int) -> Iterable[str]:
    return (f"${before + n}" if is_postgres() else "?" for n in range(1, 5))
