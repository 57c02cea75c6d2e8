"""Reading for many rows at once: however long a list, each relation costs one or two queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any

from strawberry.dataloader import DataLoader
from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain import referrals, staff, visibility
from domain.actors import Actor
from graphql_schema.connections import BY_KEY, NEWEST, Connection, Ordering, Slice, connection
from graphql_schema.node import TYPE_OF
from models import Case, CaseEvent, Feedback, Indicator, Referral, database

Load = Callable[[list[Any]], Awaitable[Sequence[Any]]]


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
        """The rows whose `column` is the key, in order. Of referrals only those to be seen."""
        query = visibility.referrals(self.actor) if model is Referral else model.all()

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
        """A page, by key, of the rows whose `column` is the key."""
        ordering = NEWEST if newest else BY_KEY
        return self._loader(
            ("pages", model, column, part, newest),
            lambda keys: _pages(model, column, keys, ordering, part, self._own(model)),
        )

    def _own(self, model: type[Model]) -> str | None:
        """The lineage whose referrals' entries alone the actor sees of a timeline."""
        limited = model is CaseEvent and visibility.sees_own_referrals_only(self.actor)
        return self.actor.lineage if limited else None

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

    @property
    def handled(self) -> DataLoader[int, bool]:
        """Whether the actor's unit has work to do on a case."""

        async def load(keys: list[int]) -> list[bool]:
            held = await referrals.held_open(self.actor, keys)
            return [key in held for key in keys]

        return self._loader("handled", load)

    @property
    def attended(self) -> DataLoader[int, bool]:
        """Whether a main agency has someone who receives its cases."""

        async def load(keys: list[int]) -> list[bool]:
            attended = await staff.with_senior(keys)
            return [key in attended for key in keys]

        return self._loader("attended", load)

    def _loader(self, key: Hashable, load: Load) -> DataLoader[Any, Any]:
        if key not in self._made:
            self._made[key] = DataLoader(load_fn=load)
        return self._made[key]


async def _by_key(query: QuerySet[Any], keys: Sequence[Any]) -> list[Any]:
    rows = {row.pk: row for row in await query.filter(pk__in=list(keys))}
    return [rows.get(key) for key in keys]


async def _pages(
    model: type[Model],
    column: str,
    keys: Sequence[Any],
    ordering: Ordering,
    part: Slice,
    own: str | None,
) -> list[Connection[Any]]:
    query = model.filter(pk__in=await _page_keys(model, column, keys, ordering, part, own))
    found = defaultdict(list)
    for row in await query.order_by(*ordering.columns(model, backward=part.backward)):
        found[getattr(row, column)].append(row)
    return [connection(found[key], ordering, part) for key in keys]


_OWN_REFERRALS = """("referral_id" IS NULL OR "referral_id" IN (
    SELECT referral.id FROM referral JOIN agency ON agency.id = referral.agency_id
    WHERE agency.lineage LIKE {}))"""


async def _page_keys(
    model: type[Model],
    column: str,
    keys: Sequence[Any],
    ordering: Ordering,
    part: Slice,
    own: str | None,
) -> list[Any]:
    """The keys of the first rows of each page, in one query for all of them."""
    table, key = model._meta.db_table, model._meta.db_pk_column
    down = ordering.descending is not part.backward
    values: list[Any] = []

    def given(value: Any) -> str:
        values.append(value)
        return f"${len(values)}" if database.is_postgres() else "?"

    wanted = [f'"{column}" IN ({", ".join(given(value) for value in keys)})']
    for name, cursor in (("after", part.after), ("before", part.before)):
        if cursor is not None:
            _, position = ordering.position(model, cursor, name)
            side = ">" if (name == "after") is not ordering.descending else "<"
            wanted.append(f'"{key}" {side} {given(position)}')
    if own is not None:
        wanted.append(_OWN_REFERRALS.format(given(f"{own}%")))
    # Names come from the models, everything else is bound.
    statement = f"""SELECT "{key}" AS found FROM (
        SELECT "{key}", row_number() OVER (
            PARTITION BY "{column}" ORDER BY "{key}" {"DESC" if down else "ASC"}) AS position
        FROM "{table}" WHERE {" AND ".join(wanted)}) AS numbered
        WHERE position <= {given(part.size + 1)}"""  # noqa: S608
    rows = await database.connection().execute_query_dict(statement, values)
    return [row["found"] for row in rows]
