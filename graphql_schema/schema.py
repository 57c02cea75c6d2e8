"""The schema, put together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from graphql_schema.mutations import Mutation
from graphql_schema.queries import Query
from graphql_schema.scalars import DateTime
from graphql_schema.subscriptions import Subscription


class PreparedDocument(SchemaExtension):
    """Executes the context's document, which `documents.prepare` has parsed and validated."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document.ast
        self.execution_context.validation_rules = ()
        yield


class Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Nothing: `errors.formatted` logs what is unexpected."""


schema: Final = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=[PreparedDocument],
    config=StrawberryConfig(scalar_map={datetime: DateTime}),
)
core: Final[GraphQLSchema] = schema._schema
"""The same schema for graphql-core, which validates and weighs documents by it."""
