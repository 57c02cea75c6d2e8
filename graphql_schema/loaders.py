"""Reading for many rows at once: however long a list, each relation costs one or two queries."""

# ruff: noqa: S608 (names come from the models, everything else is bound)

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from strawberry.dataloader import DataLoader
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain import staff
from domain.actors import Actor
from graphql_schema.connections import (
    BY_KEY,
    MAX_COUNT,
    NEWEST,
    Connection,
    Ordering,
    Slice,
    beyond,
    connection,
)
from graphql_schema.node import TYPE_OF, within
from models import Case, Feedback, Indicator, database
from models.conditions import Values, every, ordered

Load = Callable[[list[Any]], Awaitable[Sequence[Any]]]


class Loader(DataLoader[Any, Any]):
    """Fields that wait for one row wait apart: when one field's failure makes the executor cancel
    the wait of another, a third goes on."""

    def load(self, key: Any) -> asyncio.Future[Any]:
        return asyncio.shield(super().load(key))


class Loaders:
    """The loaders of one request, made when first asked for."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._made: dict[Hashable, DataLoader[Any, Any]] = {}

    def row(self, model: type[Model]) -> DataLoader[Any, Any]:
        """A row by its key, or None; for what everybody may see."""
        return self._loader(("row", model), lambda keys: _by_key(model.all(), keys))

    def visible(self, model: type[Model]) -> DataLoader[Any, Any]:
        """A row by its key, or None where there is none or the actor may not see it."""
        query = TYPE_OF[model].visible(self.actor)
        return self._loader(("visible", model), lambda keys: _by_key(query, keys))

    def children(self, model: type[Model], column: str, order: str) -> DataLoader[Any, Any]:
        """The rows whose `column` is the key, in order, as far as the actor sees them."""
        query = model.filter(within(model, self.actor))
        columns = [order] if order == "id" else [order, "id"]

        async def load(keys: list[Any]) -> list[list[Any]]:
            found = defaultdict(list)
            for row in await query.filter(**{f"{column}__in": keys}).order_by(*columns):
                found[getattr(row, column)].append(row)
            return [found[key] for key in keys]

        return self._loader(("children", model, column, order), load)

    def pages(
        self, model: type[Model], column: str, part: Slice, *, newest: bool = False
    ) -> DataLoader[Any, Any]:
        """A page, by key, of the rows whose `column` is the key, as far as the actor sees them."""
        family = Family(model, column, within(model, self.actor))
        ordering = NEWEST if newest else BY_KEY
        count = self._loader(("count", model, column), family.counts)
        return self._loader(
            ("pages", model, column, part, newest),
            lambda keys: family.pages(keys, ordering, part, count),
        )

    @property
    def other_indicators(self) -> DataLoader[int, list[Indicator]]:
        """The further indicators of a case, by code."""

        async def load(keys: list[int]) -> list[list[Indicator]]:
            pairs = (
                await Case.filter(id__in=keys, other_indicators__id__gt=0)
                .order_by("other_indicators__code")
                .values_list("id", "other_indicators__id")
            )
            rows = await Indicator.in_bulk({key for _, key in pairs}, "id")
            return [[rows[found] for case, found in pairs if case == key] for key in keys]

        return self._loader("other_indicators", load)

    @property
    def verdict(self) -> DataLoader[int, Feedback | None]:
        """The feedback that counts for a round."""

        async def load(keys: list[int]) -> list[Feedback | None]:
            rows = await Feedback.filter(round_id__in=keys, superseded=False).order_by("id")
            last = {row.round_id: row for row in rows}
            return [last.get(key) for key in keys]

        return self._loader("verdict", load)

    def some(
        self, model: type[Model], column: str, rule: Callable[[Actor], Q | None]
    ) -> DataLoader[Any, bool]:
        """Whether a row whose `column` is the key fulfils the actor's rule; without a rule none."""
        wanted = rule(self.actor)

        async def load(keys: list[Any]) -> list[bool]:
            if wanted is None:
                return [False] * len(keys)
            rows = model.filter(wanted, **{f"{column}__in": keys})
            found = set(await rows.values_list(column, flat=True))
            return [key in found for key in keys]

        return self._loader(("some", model, column, rule), load)

    @property
    def attended(self) -> DataLoader[int, bool]:
        """Whether a main agency has someone who receives its cases."""

        async def load(keys: list[int]) -> list[bool]:
            attended = await staff.with_senior(keys)
            return [key in attended for key in keys]

        return self._loader("attended", load)

    def _loader(self, key: Hashable, load: Load) -> DataLoader[Any, Any]:
        if key not in self._made:
            self._made[key] = Loader(load_fn=load)
        return self._made[key]


@dataclass(frozen=True)
class Family:
    """The rows that name others by a foreign key, as far as the actor sees them: read together."""

    model: type[Model]
    column: str
    within: Q

    async def pages(
        self,
        keys: Sequence[Any],
        ordering: Ordering,
        part: Slice,
        count: DataLoader[Any, int],
    ) -> list[Connection[Any]]:
        wanted = beyond(self.model, ordering, part)
        [order] = ordering.columns(self.model, backward=part.backward)
        statement, values = self._first(keys, wanted, order, part.size + 1)
        numbers = await _rows(f"SELECT key FROM ({statement}) AS page", values)
        found = defaultdict(list)
        for row in await self.model.filter(pk__in=[row["key"] for row in numbers]).order_by(order):
            found[getattr(row, self.column)].append(row)
        return [connection(found[key], ordering, part, partial(count.load, key)) for key in keys]

    async def counts(self, keys: Sequence[Any]) -> list[int]:
        statement, values = self._first(keys, [], self.model._meta.pk_attr, MAX_COUNT + 1)
        found = await _rows(
            f"SELECT owner, count(*) AS counted FROM ({statement}) AS members GROUP BY owner",
            values,
        )
        counts = {row["owner"]: row["counted"] for row in found}
        return [counts.get(key, 0) for key in keys]

    def _first(
        self, keys: Sequence[Any], wanted: Sequence[Q], order: str, limit: int
    ) -> tuple[str, list[Any]]:
        """The `limit` first rows of each owner. Names come from the models, the rest is bound."""
        values = Values()
        meta = self.model._meta
        members: dict[str, Any] = {f"{self.column}__in": list(keys)}
        condition = every(self.model, [Q(**members), self.within, *wanted], "t", values)
        place = values.put(limit)
        statement = f"""SELECT owner, key FROM (
            SELECT t."{self.column}" AS owner, t."{meta.db_pk_column}" AS key, row_number() OVER (
                PARTITION BY t."{self.column}" ORDER BY {ordered([order], self.model, "t")}
            ) AS position FROM "{meta.db_table}" t WHERE {condition}) AS numbered
            WHERE position <= {place}"""
        return statement, values.given


async def _rows(statement: str, values: list[Any]) -> list[dict[str, Any]]:
    return await database.connection().execute_query_dict(statement, values)


async def _by_key(query: QuerySet[Any], keys: Sequence[Any]) -> list[Any]:
    rows = {row.pk: row for row in await query.filter(pk__in=list(keys))}
    return [rows.get(key) for key in keys]
