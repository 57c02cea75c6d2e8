# ruff: noqa: A002 - GraphQL gives the arguments their names
"""What every mutation does around its use case: scope, repeat, refusal, payload."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Final, Self, TypeVar

import strawberry
from tortoise.models import Model

from domain import permissions
from domain.actors import CASES_WRITE, Actor
from domain.errors import DomainError
from graphql_schema.context import Info
from graphql_schema.errors import MutationError, payload_error
from graphql_schema.idempotency import once

P = TypeVar("P", bound="Payload")
G = TypeVar("G")
Input = Annotated[G, strawberry.argument(description="What to do it with.")]
UseCase = Callable[[Actor], Awaitable[Model | Sequence[Model]]]

_NAMES: Final = {
    "breach": "breach_id",
    "case": "case_id",
    "client": "client_id",
    "delivery": "delivery_id",
    "like": "same_incident_as",
    "name": "reporter_name",
    "notification": "notification_id",
    "referral": "referral_id",
    "version": "expected_version",
    "webhook": "webhook_id",
}
"""Domain fields that inputs call otherwise."""


def given(description: str) -> Any:
    """A required input field."""
    return strawberry.field(description=description)


def maybe(description: str, default: Any = None) -> Any:
    """An optional input field."""
    return strawberry.field(description=description, default=default)


@strawberry.input(description="An input that may be sent again without harm.")
class Repeatable:
    idempotency_key: str | None = maybe(
        "Up to 80 characters of your choice. Within 24 hours the same key with the same input does "
        "nothing and answers with what was done; with another input it is refused as `conflict`."
    )


@strawberry.input(description="An input about a case that may have changed meanwhile.")
class Versioned(Repeatable):
    expected_version: int | None = maybe(
        "The `version` of the case that the decision rests on; refused as `stale` if it changed."
    )


@strawberry.type(description="What every mutation answers.")
class Payload:
    errors: list[MutationError] = strawberry.field(
        description="Why nothing was done; empty if it was done.", default_factory=list
    )

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        """The payload of what was done."""
        raise NotImplementedError


def thing(description: str) -> Any:
    """A field of a payload: null if nothing was done."""
    return strawberry.field(description=description, default=None)


async def perform(
    info: Info,
    payload: type[P],
    input: Repeatable,
    use_case: UseCase,
    *,
    scope: str = CASES_WRITE,
) -> P:
    """Run a use case as the actor; a refusal becomes the payload's errors.

    A partner's key needs `scope`.
    """
    actor = info.context.actor

    async def act() -> Sequence[Model]:
        done = await use_case(actor)
        return [done] if isinstance(done, Model) else done

    try:
        permissions.require_scope(actor, scope)
        rows = await once(actor, input.idempotency_key, input, act)
    except DomainError as error:
        return refused(info, payload, error)
    info.context.forget()
    return payload.of(rows)


def refused(info: Info, payload: type[P], error: DomainError) -> P:
    return payload(errors=[payload_error(error, info.context.language, _NAMES)])
