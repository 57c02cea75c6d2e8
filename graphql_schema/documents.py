"""Documents by their text: parsed, weighed and validated once, then only looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    parse,
    specified_rules,
    validate,
    value_from_ast_untyped,
    visit,
)
from graphql.language import Visitor

from graphql_schema import limits, schema
from graphql_schema.errors import InvalidDocument, RequestRefused, coded
from graphql_schema.text import has_forbidden

_KEPT: Final = 512


@dataclass(frozen=True)
class Document:
    """One valid operation with its fragments."""

    ast: DocumentNode
    operation: OperationDefinitionNode
    cost: int
    """With every page that a variable sizes counted as one row."""
    sized_by: frozenset[str]
    """Variables that its cost depends on."""
    defaults: Mapping[str, Any]
    kept: dict[Any, Any] = field(default_factory=dict)
    """What the compiler made of it."""

    @property
    def is_mutation(self) -> bool:
        return self.operation.operation is OperationType.MUTATION

    @property
    def is_subscription(self) -> bool:
        return self.operation.operation is OperationType.SUBSCRIPTION

    @property
    def name(self) -> str | None:
        return self.operation.name.value if self.operation.name else None

    def weigh(self, variables: Mapping[str, Any]) -> int:
        """Its cost with these variables; refused (InvalidDocument) when that is too large."""
        if not self.sized_by:
            return self.cost
        return limits.Scales(schema.core, self.ast, {**self.defaults, **variables}).check()


def prepare(text: str, operation: str | None = None) -> Document:
    """The document of a text. Raises InvalidDocument, which is remembered too.

    RequestRefused if a request names an `operation` that is not the document's.
    """
    found = _prepared(text)
    if isinstance(found, InvalidDocument):
        raise InvalidDocument(*found.errors)
    if operation not in (None, found.name):
        raise RequestRefused("invalid_request", "operationName names no operation")
    return found


@lru_cache(maxsize=_KEPT)
def _prepared(text: str) -> Document | InvalidDocument:
    try:
        return _prepare(text)
    except InvalidDocument as refused:
        return InvalidDocument(*refused.errors)


def _prepare(text: str) -> Document:
    try:
        limits.scan(text)
        ast = parse(text, allow_empty_selection_sets=False)
    except GraphQLError as error:
        raise InvalidDocument(
            GraphQLError(
                error.message,
                source=error.source,
                positions=error.positions,
                extensions={"code": "syntax_error"},
            )
        ) from None
    scales = limits.Scales(schema.core, ast)
    cost = scales.check()
    _refuse_forbidden_characters(ast)
    _refuse_invalid(ast)
    [operation] = scales.operations
    return Document(ast, operation, cost, frozenset(scales.sized_by), _defaults(operation))


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        variable.variable.name.value: value_from_ast_untyped(variable.default_value)
        for variable in operation.variable_definitions or ()
        if variable.default_value is not None
    }


def _refuse_invalid(ast: DocumentNode) -> None:
    errors = validate(schema.core, ast, specified_rules, max_errors=20)
    if errors:
        raise InvalidDocument(
            *(coded("invalid_document", error.message, error.nodes) for error in errors)
        )


def _refuse_forbidden_characters(ast: DocumentNode) -> None:
    class Strings(Visitor):
        def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
            if has_forbidden(node.value):
                raise InvalidDocument(
                    coded("invalid_characters", "a text has characters that are not allowed", node)
                )

    visit(ast, Strings())
