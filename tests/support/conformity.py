"""Whether the data of an answer is what the schema promises for a document."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    type_from_ast,
)

KINDS: dict[str, type | tuple[type, ...]] = {
    "Boolean": bool,
    "Float": (int, float),
    "ID": str,
    "Int": int,
    "String": str,
    "DateTime": str,
}


def violations(schema: GraphQLSchema, document: DocumentNode, data: Any) -> list[str]:
    """Where the data of an answer breaks the schema; each with its path."""
    [operation] = (n for n in document.definitions if isinstance(n, OperationDefinitionNode))
    root = schema.get_root_type(operation.operation)
    assert root is not None
    found: list[str] = []
    if data is not None:
        _Answer(schema, document, found).fields(data, operation.selection_set, root, "data")
    return found


class _Answer:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, found: list[str]) -> None:
        self.schema = schema
        self.found = found
        self.fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def fields(
        self, data: Any, selections: SelectionSetNode, of: GraphQLObjectType, path: str
    ) -> None:
        if not isinstance(data, dict):
            self.found.append(f"{path}: no object")
            return
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._field(data, node, of, path)
                continue
            inner: Any = node
            if isinstance(node, FragmentSpreadNode):
                inner = self.fragments[node.name.value]
            condition = inner.type_condition
            wanted: Any = type_from_ast(self.schema, condition) if condition else of
            if wanted is of or (is_abstract_type(wanted) and self.schema.is_sub_type(wanted, of)):
                self.fields(data, inner.selection_set, of, path)

    def _field(
        self, data: dict[str, Any], node: FieldNode, of: GraphQLObjectType, path: str
    ) -> None:
        key = (node.alias or node.name).value
        if key not in data:
            if not node.directives:  # with them perhaps left out
                self.found.append(f"{path}.{key}: absent")
        elif node.name.value == "__typename":
            if data[key] != of.name:
                self.found.append(f"{path}.{key}: {data[key]} for {of.name}")
        elif node.name.value in of.fields:
            self.value(data[key], of.fields[node.name.value].type, node, f"{path}.{key}")

    def value(self, data: Any, of: GraphQLOutputType, node: FieldNode, path: str) -> None:
        if isinstance(of, GraphQLNonNull):
            if data is None:
                self.found.append(f"{path}: null")
                return
            of = of.of_type
        if data is None:
            return
        if isinstance(of, GraphQLList):
            if not isinstance(data, list):
                self.found.append(f"{path}: no list")
                return
            for index, item in enumerate(data):
                self.value(item, of.of_type, node, f"{path}[{index}]")
            return
        self._named(data, get_named_type(of), node, path)

    def _named(self, data: Any, of: Any, node: FieldNode, path: str) -> None:
        if isinstance(of, GraphQLScalarType):
            kinds = KINDS[of.name]
            if not isinstance(data, kinds) or (of.name != "Boolean" and isinstance(data, bool)):
                self.found.append(f"{path}: {data!r} is no {of.name}")
        elif isinstance(of, GraphQLEnumType):
            if data not in of.values:
                self.found.append(f"{path}: {data!r} is no {of.name}")
        elif isinstance(of, GraphQLObjectType):
            assert node.selection_set is not None
            self.fields(data, node.selection_set, of, path)
