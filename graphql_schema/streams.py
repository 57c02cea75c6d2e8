"""One operation whose answers are streamed, whatever carries them: WebSocket or events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from domain.actors import Actor
from domain.errors import Language
from graphql_schema import budgeting, documents, trusted
from graphql_schema.context import Context, Stream
from graphql_schema.documents import Document
from graphql_schema.errors import InvalidDocument, RequestRefused, executed, formatted
from graphql_schema.requests import Parameters
from graphql_schema.schema import schema


@dataclass(frozen=True)
class Operation:
    """An operation that may be executed: its document is valid, its budget has room for it."""

    given: Parameters
    document: Document
    context: Context


@dataclass(frozen=True)
class Answer:
    """One answer on the way."""

    errors: list[dict[str, Any]]
    data: dict[str, Any] | None = None
    executed: bool = True
    """Whether it answers the operation; else the errors say why that is not or no more done."""
    cursor: str | None = None
    """Where a subscription can be taken up after it."""

    @property
    def ends_connection(self) -> bool:
        """Whether who asks is not known any more."""
        return any(error["extensions"]["code"] == "unauthenticated" for error in self.errors)

    @property
    def body(self) -> dict[str, Any]:
        """What GraphQL calls a response."""
        errors = {"errors": self.errors} if self.errors else {}
        return {"data": self.data, **errors} if self.executed else errors


def unauthenticated() -> RequestRefused:
    return RequestRefused(
        "unauthenticated",
        "a key (Authorization: Bearer id.secret) or a session is needed",
        401,
        {"WWW-Authenticate": 'Bearer realm="favad"'},
    )


async def prepare(actor: Actor, given: Parameters, stream: Stream, lang: Language) -> Operation:
    """The operation of a request. Raises RequestRefused, InvalidDocument."""
    given = await trusted.resolve(given)
    document = documents.prepare(given.query, given.operation_name)
    await budgeting.spend(actor, document.weigh(given.variables), lang)
    return Operation(given, document, Context(actor, document, lang, stream))


def refusal(refused: RequestRefused | InvalidDocument, lang: Language) -> Answer:
    """What is answered where `prepare` raised."""
    if isinstance(refused, InvalidDocument):
        return Answer([formatted(error, lang) for error in refused.errors], executed=False)
    return Answer([refused.formatted], executed=False)


async def answers(operation: Operation) -> AsyncGenerator[Answer, None]:
    """One for a query or a mutation; for a subscription one for each thing that is told."""
    context = operation.context
    results = await schema.stream(
        operation.given.query,
        variable_values=operation.given.variables,
        context_value=context,
        operation_name=operation.document.name,
    )
    async with aclosing(results):
        async for result in results:
            assert isinstance(result, ExecutionResult | PreExecutionError)
            errors: list[GraphQLError] = result.errors or []
            asked = not isinstance(result, PreExecutionError)
            yield Answer(
                [formatted(error, context.language) for error in errors],
                result.data,
                asked and executed(result.data, errors),
                context.stream.cursor if context.stream else None,
            )
