"""Refusals on their way out: payload `errors` of a mutation, `errors` of a response.

Every error carries a stable snake_case code. Nothing else leaks: an unexpected failure is logged
here and answered with `internal_error`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLError

from domain.errors import DomainError, Language

logger = logging.getLogger("favad.graphql")

INTERNAL = "internal_error"
INVALID_INPUT = "invalid_input"


class RequestRefused(Exception):
    """A request that is not executed: its HTTP status, stable code and English text."""

    def __init__(
        self, code: str, text: str, status: int = 400, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.code = code
        self.status = status
        self.headers = headers or {}

    @property
    def formatted(self) -> dict[str, Any]:
        """The only entry of the response's `errors`."""
        return {"message": str(self), "extensions": {"code": self.code}}


class InvalidDocument(Exception):
    """A document that cannot be executed, with every reason found."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(errors)
        self.errors = list(errors)


def coded(code: str, text: str, nodes: Any = None) -> GraphQLError:
    """A GraphQL error with a stable `extensions.code`."""
    return GraphQLError(text, nodes, extensions={"code": code})


@strawberry.type(description="Why a mutation did nothing.")
class MutationError:
    code: str = strawberry.field(
        description="Stable reason in snake_case, for programs: `required`, `wrong_state`, …"
    )
    field: str | None = strawberry.field(
        description="The input field it is about, as the client wrote it; null for the whole input."
    )
    message: str = strawberry.field(
        description="For people, in Persian or English as `Accept-Language` asks."
    )


def field_name(field: str | None, names: dict[str, str]) -> str | None:
    """A domain field as the client wrote it; `names` are those that differ from camelCase."""
    if field is None:
        return None
    first, *rest = names.get(field, field).split("_")
    return first + "".join(word.capitalize() for word in rest)


def payload_error(
    error: DomainError, language: Language, names: dict[str, str] | None = None
) -> MutationError:
    return MutationError(
        code=error.code,
        field=field_name(error.field, names or {}),
        message=error.message(language),
    )


def executed(data: object, errors: Iterable[GraphQLError]) -> bool:
    """Whether an operation was executed, or refused before it began."""
    return data is not None or any(error.path for error in errors)


def formatted(error: GraphQLError, language: Language) -> dict[str, Any]:
    """One entry of a response's `errors`, with a code and without what the client may not know."""
    entry: dict[str, Any] = {"message": error.message}
    if error.locations:
        entry["locations"] = [place.formatted for place in error.locations]
    if error.path is not None:
        entry["path"] = list(error.path)
    entry["extensions"] = {"code": INVALID_INPUT, **(error.extensions or {})}
    cause = _cause(error)
    if isinstance(cause, DomainError):
        entry["message"] = cause.message(language)
        entry["extensions"] = {"code": cause.code}
        if cause.field:
            entry["extensions"]["field"] = field_name(cause.field, {})
    elif cause is not None:
        logger.error("unexpected failure in a resolver", exc_info=cause)
        entry["message"] = "The request failed."
        entry["extensions"] = {"code": INTERNAL}
    return entry


def _cause(error: GraphQLError) -> Exception | None:
    """The exception that a resolver raised, if it is not itself an error meant for the client."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause if isinstance(cause, Exception) else None
