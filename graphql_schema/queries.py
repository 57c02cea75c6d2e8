# ruff: noqa: A002 - GraphQL gives the arguments their names
"""What can be asked."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import strawberry

import models
from domain import breaches, permissions, places, scope, visibility
from domain.actors import CASES_READ, Actor
from domain.errors import DomainError
from domain.text import clean_line
from graphql_schema import filters
from graphql_schema.connections import (
    BY_KEY,
    NEWEST,
    After,
    Before,
    Connection,
    First,
    Last,
    Ordering,
    Slice,
    connection,
    page,
)
from graphql_schema.context import Info
from graphql_schema.filters import CaseFilter, CaseOrder, ReferralFilter
from graphql_schema.limits import MAX_PAGE
from graphql_schema.node import Node, parse_id
from graphql_schema.types.agency import Agency
from graphql_schema.types.case import Case
from graphql_schema.types.indicator import CompetentBody, Indicator
from graphql_schema.types.place import Place
from graphql_schema.types.referral import Referral
from graphql_schema.types.round import Breach
from graphql_schema.types.viewer import Viewer
from models.enums import AgencyLevel, PlaceLevel


def argument(description: str) -> Any:
    return strawberry.argument(description=description)


Search = Annotated[
    str | None, argument("Beginning of the name; ي/ك, digits, spaces and ZWNJ make no difference.")
]


@strawberry.type(description="Reading. Everything is limited to what the viewer may see.")
class Query:
    @strawberry.field(description="Whatever has this id; null if it is not there to be seen.")
    @staticmethod
    async def node(
        info: Info,
        id: Annotated[strawberry.ID, argument("A global id.")],
    ) -> Node | None:
        return await _node(info, id)

    @strawberry.field(description="What has these ids, in their order, null where nothing is seen.")
    @staticmethod
    async def nodes(
        info: Info, ids: Annotated[list[strawberry.ID], argument("Global ids, at most 100.")]
    ) -> list[Node | None]:
        if len(ids) > MAX_PAGE:
            raise DomainError("too_many", "ids", max=MAX_PAGE)
        return list(await asyncio.gather(*(_node(info, key) for key in ids)))

    @strawberry.field(description="Who is asking.")
    @staticmethod
    def viewer(info: Info) -> Viewer:
        shown: Any = info.context.actor
        return shown

    @strawberry.field(description="The case with this tracking code; null if there is none to see.")
    @staticmethod
    async def case(
        info: Info,
        tracking_code: Annotated[str, argument("Twelve digits; spaces and dashes are fine.")],
    ) -> Case | None:
        actor = _reader(info)
        try:
            found: Any = await visibility.case(actor, tracking_code)
        except DomainError:
            return None
        return found

    @strawberry.field(description="Cases, newest first unless ordered otherwise.")
    @staticmethod
    async def cases(
        info: Info,
        filter: Annotated[CaseFilter | None, argument("Which.")] = None,
        order_by: Annotated[CaseOrder | None, argument("In which order.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Case]:
        query = visibility.cases(_reader(info)).filter(await filters.of_cases(filter))
        ordering = (order_by or CaseOrder()).ordering()
        return await page(query, ordering, Slice.of(first, after, last, before))

    @strawberry.field(description="The work list: referrals, the nearest deadline first.")
    @staticmethod
    async def referrals(
        info: Info,
        filter: Annotated[ReferralFilter | None, argument("Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Referral]:
        wanted = await filters.of_referrals(filter)
        query = visibility.referrals(_reader(info)).filter(wanted)
        return await page(query, Ordering("due_at"), Slice.of(first, after, last, before))

    @strawberry.field(description="Breaches of the clock, newest first.")
    @staticmethod
    async def breaches(
        info: Info,
        explained: Annotated[bool | None, argument("Only explained, or only open ones.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Breach]:
        query = breaches.of(_reader(info))
        if explained is not None:
            query = query.filter(explained_at__isnull=not explained)
        return await page(query, NEWEST, Slice.of(first, after, last, before))

    @strawberry.field(description="Agencies and units that take cases, by name.")
    @staticmethod
    async def agencies(
        info: Info,
        search: Annotated[str | None, argument("Words of the name; variants are equal.")] = None,
        level: Annotated[AgencyLevel | None, argument("Of this level.")] = None,
        within: Annotated[str | None, argument("Code: this agency and the units below it.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Agency]:
        query = models.Agency.filter(await filters.of_agencies(search, level, within))
        return await page(query, Ordering("folded"), Slice.of(first, after, last, before))

    @strawberry.field(
        description="Divisions by code; with `search` one page of the likeliest, without cursors."
    )
    @staticmethod
    async def places(
        info: Info,
        search: Search = None,
        levels: Annotated[list[PlaceLevel] | None, argument("Of these levels.")] = None,
        within: Annotated[str | None, argument("Code: inside this division.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Place]:
        part = Slice.of(first, after, last, before)
        if search is None:
            query = models.Place.filter(await filters.of_places(levels, within))
            return await page(query, BY_KEY, part)
        text = clean_line(search, "search", max=120)
        found = await places.search(text, limit=part.size, within=within, levels=levels)
        return connection(found, BY_KEY, part)

    @strawberry.field(description="The indicators in force, I1–I8.")
    @staticmethod
    async def indicators(
        all_versions: Annotated[bool, argument("Also earlier versions.")] = False,
    ) -> list[Indicator]:
        query = models.Indicator.all() if all_versions else models.Indicator.filter(active=True)
        found: Any = await query.order_by("code", "version")
        return found

    @strawberry.field(description="Where matters belong that 128 does not handle.")
    @staticmethod
    async def competent_bodies() -> list[CompetentBody]:
        found: Any = await scope.bodies()
        return found


def _reader(info: Info) -> Actor:
    permissions.require_scope(info.context.actor, CASES_READ)
    return info.context.actor


async def _node(info: Info, value: str) -> Any:
    parsed = parse_id(value)
    if parsed is None:
        return None
    kind, key = parsed
    return await info.context.loaders.visible(kind.model).load(key)
