"""How a GraphQL field reads a model: the map from types to tables, told where the field stands.

A field without a resolver is the model's column of the same name. `related` follows a foreign key,
`children` and `pages` turn one around, `computed` makes something of columns; of root fields
`listing` and `single` say which rows they give. Each keeps in its metadata what it follows, so that
other readers of the schema need no second list.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, Signature, signature
from typing import Any, Final

import strawberry
from tortoise.expressions import Q

from domain import jalali
from domain.actors import Actor
from graphql_schema.connections import After, Before, Connection, First, Last, Listing, Slice
from graphql_schema.context import Info

RELATED: Final = "related"
CHILDREN: Final = "children"
PAGES: Final = "pages"
SAME: Final = "same"
COMPUTED: Final = "computed"
LISTING: Final = "listing"
SINGLE: Final = "single"
Plan = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Some:
    """Whether there is a row that names this one by a foreign key and fulfils a rule, if any."""

    relation: str
    rule: Callable[[Actor], Q | None]


@dataclass(frozen=True)
class Computation:
    """How a field is made of columns and facts."""

    by: Callable[[Any, Actor], Any]
    needs: tuple[str, ...]
    facts: Mapping[str, Some]


_ANNOTATIONS: Final = {
    "info": Info,
    "first": First,
    "after": After,
    "last": Last,
    "before": Before,
}


def listing(kind: Any, description: str) -> Callable[[Plan], Any]:
    """A root field with pages of the rows that the decorated plan names.

    The plan gets the actor, the part of the list asked for and the field's own arguments.
    """

    def field_of(plan: Plan) -> Any:
        async def resolve(
            info: Info,
            first: First = None,
            after: After = None,
            last: Last = None,
            before: Before = None,
            **given: Any,
        ) -> Any:
            part = Slice.of(first, after, last, before)
            found = await plan(info.context.actor, part, **given)
            return await found.page(part) if isinstance(found, Listing) else found

        _show(resolve, plan, skipped=2)
        return strawberry.field(
            resolver=resolve,
            graphql_type=Connection[kind],
            description=description,
            metadata={LISTING: plan},
        )

    return field_of


def single(kind: Any, description: str) -> Callable[[Plan], Any]:
    """A root field with the one row that the decorated plan names, null if there is none to see.

    The plan gets the actor and the field's arguments.
    """

    def field_of(plan: Plan) -> Any:
        async def resolve(info: Info, **given: Any) -> Any:
            found = await plan(info.context.actor, **given)
            return None if found is None else await found.rows.first()

        _show(resolve, plan, skipped=1)
        return strawberry.field(
            resolver=resolve,
            graphql_type=kind | None,
            description=description,
            metadata={SINGLE: plan},
        )

    return field_of


def _show(resolve: Any, plan: Plan, *, skipped: int) -> None:
    """Let a resolver show the arguments of its plan, but for the first ones, beside its own."""
    resolve.__module__ = plan.__module__
    own = [
        parameter.replace(annotation=_ANNOTATIONS.get(parameter.name, parameter.annotation))
        for parameter in signature(resolve).parameters.values()
        if parameter.kind is not Parameter.VAR_KEYWORD
    ]
    given = list(signature(plan).parameters.values())[skipped:]
    resolve.__signature__ = Signature([own[0], *given, *own[1:]])


def column(description: str, *, name: str | None = None) -> Any:
    """The model's column of this name; `name` is what GraphQL calls it, if otherwise."""
    return strawberry.field(description=description, name=name)


def related(relation: str, description: str, *, visible: bool = False) -> Any:
    """The row that a foreign key names; with `visible` null where the actor may not see it."""
    key = f"{relation}_id"

    def resolve(root: Any, info: Info) -> Any:
        value = getattr(root, key)
        if value is None:
            return None
        model = root._meta.fields_map[relation].related_model
        loaders = info.context.loaders
        return (loaders.visible(model) if visible else loaders.row(model)).load(value)

    return strawberry.field(
        resolver=resolve, description=description, metadata={RELATED: relation, "visible": visible}
    )


def children(relation: str, order: str, description: str) -> Any:
    """The rows that name this one by a foreign key, in the order of a column."""

    def resolve(root: Any, info: Info) -> Any:
        back = root._meta.fields_map[relation]
        loader = info.context.loaders.children(
            back.related_model, back.relation_source_field, order
        )
        return loader.load(root.pk)

    return strawberry.field(
        resolver=resolve, description=description, metadata={CHILDREN: relation, "order": order}
    )


def pages(relation: str, description: str, *, newest: bool = False) -> Any:
    """Like `children`, by key, a page at a time."""

    def resolve(
        root: Any,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        back = root._meta.fields_map[relation]
        loader = info.context.loaders.pages(
            back.related_model,
            back.relation_source_field,
            Slice.of(first, after, last, before),
            newest=newest,
        )
        return loader.load(root.pk)

    return strawberry.field(
        resolver=resolve, description=description, metadata={PAGES: relation, "newest": newest}
    )


def same(description: str) -> Any:
    """An object made of columns of the same row."""

    def resolve(root: Any) -> Any:
        return root

    return strawberry.field(resolver=resolve, description=description, metadata={SAME: True})


def computed(by: Callable[[Any, Actor], Any], description: str, *needs: str, **facts: Some) -> Any:
    """What `by` makes of the row, for an actor.

    Of the row it may use only what it `needs`: columns, and those of rows that foreign keys name
    (`case.status`); and `facts`, which the row then has as attributes.
    """
    computation = Computation(by, needs, facts)
    related = {need.partition(".")[0] for need in needs if "." in need}

    def resolve(root: Any, info: Info) -> Any:
        return by(root, info.context.actor)

    async def gather(root: Any, info: Info) -> Any:
        loaders = info.context.loaders
        for name in related:
            key = getattr(root, f"{name}_id")
            model = root._meta.fields_map[name].related_model
            setattr(root, name, None if key is None else await loaders.row(model).load(key))
        for name, fact in facts.items():
            back = root._meta.fields_map[fact.relation]
            loader = loaders.some(back.related_model, back.relation_source_field, fact.rule)
            setattr(root, name, await loader.load(root.pk))
        return by(root, info.context.actor)

    def gathered(root: Any, info: Info) -> Any:
        """A task: unlike a coroutine it may be left behind when another field fails."""
        return asyncio.ensure_future(gather(root, info))

    return strawberry.field(
        resolver=gathered if related or facts else resolve,
        description=description,
        metadata={COMPUTED: computation},
    )


def person(relation: str, description: str) -> Any:
    """The name of the member of staff that a foreign key names; null for a partner's system."""

    def name(row: Any, _: Actor) -> str | None:
        user = getattr(row, relation)
        return user.full_name if user else None

    return computed(name, description, f"{relation}.full_name")


def in_jalali(name: str, description: str) -> Any:
    """A moment as people of Iran read it: «۱۴۰۵/۰۹/۰۳ ۱۷:۰۵», Tehran time."""

    def text(row: Any, _: Actor) -> str | None:
        moment = getattr(row, name)
        return jalali.format_datetime(moment) if moment else None

    return computed(text, description, name)
