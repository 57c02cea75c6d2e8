"""What a document asks of a type: fragments opened, directives obeyed, equal answers merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)

Fields = dict[str, list[FieldNode]]
"""The fields asked for, by the name in the answer, in its order."""


class Selection:
    """Reads the selections of one document, with the values of the variables of its directives."""

    def __init__(self, document: DocumentNode, flags: Mapping[str, bool]) -> None:
        self.flags = flags
        self.fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def fields(self, kind: GraphQLObjectType, nodes: Iterable[FieldNode]) -> Fields:
        """What fields of one name ask of the object they give, which is of `kind`."""
        found: Fields = {}
        opened: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                self._collect(kind, node.selection_set, found, opened)
        return found

    def roots(self, kind: GraphQLObjectType, selections: SelectionSetNode) -> Fields:
        found: Fields = {}
        self._collect(kind, selections, found, set())
        return found

    def _collect(
        self,
        kind: GraphQLObjectType,
        selections: SelectionSetNode,
        found: Fields,
        opened: set[str],
    ) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or _is(kind, condition.name.value):
                    self._collect(kind, node.selection_set, found, opened)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in opened:
                opened.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if _is(kind, fragment.type_condition.name.value):
                    self._collect(kind, fragment.selection_set, found, opened)

    def _included(self, node: SelectionNode) -> bool:
        wanted = {"skip": False, "include": True}
        return all(
            self._value(directive) is wanted[directive.name.value]
            for directive in node.directives or ()
            if directive.name.value in wanted
        )

    def _value(self, directive: DirectiveNode) -> bool:
        [argument] = directive.arguments or ()
        if isinstance(argument.value, VariableNode):
            return self.flags[argument.value.name.value]
        assert isinstance(argument.value, BooleanValueNode)
        return argument.value.value


def deciding(document: DocumentNode) -> tuple[str, ...]:
    """The variables that decide which fields are asked for."""
    found: set[str] = set()

    class Directives(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    found.add(argument.value.name.value)

    visit(document, Directives())
    return tuple(sorted(found))


def _is(kind: GraphQLObjectType, name: str) -> bool:
    return name == kind.name or any(interface.name == name for interface in kind.interfaces)
