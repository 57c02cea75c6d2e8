# ruff: noqa: A002 - GraphQL gives the arguments their names
"""What can be asked."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import strawberry

import models
from domain import breaches, feed, permissions, places, scope, visibility
from domain.actors import CASES_READ, Actor
from domain.errors import DomainError
from domain.text import clean_line
from graphql_schema import filters
from graphql_schema.connections import (
    NEWEST,
    Connection,
    Listing,
    Ordering,
    Slice,
    found_at_once,
)
from graphql_schema.context import Info
from graphql_schema.figures import FiguresQuery
from graphql_schema.filters import CaseFilter, CaseOrder, ReferralFilter
from graphql_schema.limits import MAX_PAGE
from graphql_schema.node import Node, parse_id
from graphql_schema.relations import listing, single
from graphql_schema.types.agency import Agency
from graphql_schema.types.case import Case
from graphql_schema.types.indicator import CompetentBody, Indicator
from graphql_schema.types.place import Place
from graphql_schema.types.referral import Referral
from graphql_schema.types.round import Breach
from graphql_schema.types.viewer import Viewer
from graphql_schema.webhook_queries import WebhookQueries
from models.enums import AgencyLevel, PlaceLevel


def argument(description: str) -> Any:
    return strawberry.argument(description=description)


Search = Annotated[
    str | None, argument("Beginning of the name; ي/ك, digits, spaces and ZWNJ make no difference.")
]


@strawberry.type(description="Reading. Everything is limited to what the viewer may see.")
class Query(FiguresQuery, WebhookQueries):
    @single(Node, "Whatever has this id; null if it is not there to be seen.")
    @staticmethod
    async def node(
        actor: Actor, id: Annotated[strawberry.ID, argument("A global id.")]
    ) -> Listing | None:
        parsed = parse_id(id)
        return Listing.of(parsed[0].visible(actor).filter(pk=parsed[1])) if parsed else None

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

    @single(Case, "The case with this tracking code; null if there is none to see.")
    @staticmethod
    async def case(
        actor: Actor,
        tracking_code: Annotated[str, argument("Twelve digits; spaces and dashes are fine.")],
    ) -> Listing:
        seen = visibility.rule(_reader(actor))
        return Listing(models.Case, [seen, visibility.has_code(tracking_code)])

    @listing(Case, "Cases, newest first unless ordered otherwise.")
    @staticmethod
    async def cases(
        actor: Actor,
        part: Slice,
        filter: Annotated[CaseFilter | None, argument("Which.")] = None,
        order_by: Annotated[CaseOrder | None, argument("In which order.")] = None,
    ) -> Listing:
        seen = visibility.rule(_reader(actor))
        wanted = await filters.of_cases(filter)
        return Listing(models.Case, [seen, wanted], (order_by or CaseOrder()).ordering())

    @listing(Referral, "The work list: referrals, the nearest deadline first.")
    @staticmethod
    async def referrals(
        actor: Actor,
        part: Slice,
        filter: Annotated[ReferralFilter | None, argument("Which.")] = None,
    ) -> Listing:
        seen = visibility.referrals(_reader(actor))
        return Listing.of(seen.filter(await filters.of_referrals(filter)), Ordering("due_at"))

    @listing(Breach, "Breaches of the clock, newest first.")
    @staticmethod
    async def breaches(
        actor: Actor,
        part: Slice,
        explained: Annotated[bool | None, argument("Only explained, or only open ones.")] = None,
    ) -> Listing:
        rows = breaches.of(_reader(actor))
        if explained is not None:
            rows = rows.filter(explained_at__isnull=not explained)
        return Listing.of(rows, NEWEST)

    @listing(Agency, "Agencies and units that take cases, by name.")
    @staticmethod
    async def agencies(
        actor: Actor,
        part: Slice,
        search: Annotated[str | None, argument("Words of the name; variants are equal.")] = None,
        level: Annotated[AgencyLevel | None, argument("Of this level.")] = None,
        within: Annotated[str | None, argument("Code: this agency and the units below it.")] = None,
    ) -> Listing:
        wanted = await filters.of_agencies(search, level, within)
        return Listing(models.Agency, [wanted], Ordering("folded"))

    @listing(Place, "Divisions by code; with `search` one page of the likeliest, without cursors.")
    @staticmethod
    async def places(
        actor: Actor,
        part: Slice,
        search: Search = None,
        levels: Annotated[list[PlaceLevel] | None, argument("Of these levels.")] = None,
        within: Annotated[str | None, argument("Code: inside this division.")] = None,
    ) -> Listing | Connection[Any]:
        if search is None:
            return Listing(models.Place, [await filters.of_places(levels, within)])
        text = clean_line(search, "search", max=120)
        found = await places.search(text, limit=part.size, within=within, levels=levels)
        return found_at_once(found, part)

    @strawberry.field(description="The indicators in force, I1–I8.")
    @staticmethod
    async def indicators(
        all_versions: Annotated[bool, argument("Also earlier versions.")] = False,
    ) -> list[Indicator]:
        query = models.Indicator.all() if all_versions else models.Indicator.filter(active=True)
        found: Any = await query.order_by("code", "version")
        return found

    @strawberry.field(
        description="The cursor of now. Read what is, then subscribe with it as `after`: what "
        "changed in between is told too."
    )
    @staticmethod
    async def feed_cursor() -> str:
        return feed.cursor(await feed.latest())

    @strawberry.field(description="Where matters belong that 128 does not handle.")
    @staticmethod
    async def competent_bodies() -> list[CompetentBody]:
        found: Any = await scope.bodies()
        return found


def _reader(actor: Actor) -> Actor:
    permissions.require_scope(actor, CASES_READ)
    return actor


async def _node(info: Info, value: str) -> Any:
    parsed = parse_id(value)
    if parsed is None:
        return None
    kind, key = parsed
    return await info.context.loaders.visible(kind.model).load(key)
