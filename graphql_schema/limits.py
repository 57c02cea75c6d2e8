"""What a document may cost, weighed before validation so that no document can hang the server.

Each fragment is weighed once, however often it is spread: doubling fragments cost a number, not
time. Cost is the number of fields a full answer could hold: fields × sizes of pages and lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    Lexer,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from graphql.type import SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef

from graphql_schema.errors import InvalidDocument, coded

MAX_BODY: Final = 256 * 1024
"""Bytes of a request."""
MAX_VALUES: Final = 3_000
"""In variables: every member of every list and object, and these themselves."""
MAX_DOCUMENT: Final = 32 * 1024
"""Characters of a document; long texts are sent as variables."""
MAX_TOKENS: Final = 3_000
"""Of a document, comments among them."""
MAX_DIRECTIVES: Final = 50
MAX_NESTING: Final = 60
"""Brackets inside brackets, of any kind."""
MAX_DEPTH: Final = 24
"""Fields inside fields; the standard introspection query has 15."""
MAX_FRAGMENTS: Final = 60
"""Validation compares each with each."""
MAX_ALIASES: Final = 100
MAX_COST: Final = 20_000
MAX_COMPARISONS: Final = 40_000
"""Of fields with one name on one type: validation compares each with each."""
MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 25

_LIST: Final = 5
"""Expected length of a list that is not a page."""
_LONG_LISTS: Final = {"types": 10, "rows": 100}
_LEAVES: Final = {"totalCount": 10}
"""Fields that cost more than reading a column: so many rows are counted."""
_OPEN: Final = frozenset({TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L})
_CLOSE: Final = frozenset({TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R})
_META: Final = {
    "__schema": SchemaMetaFieldDef,
    "__type": TypeMetaFieldDef,
    "__typename": TypeNameMetaFieldDef,
}


def scan(text: str) -> None:
    """Refuse a text that is too long, too deep or has too much of something, before parsing it."""
    if len(text) > MAX_DOCUMENT:
        message = f"more than {MAX_DOCUMENT} characters; long texts are sent as variables"
        raise InvalidDocument(coded("document_too_large", message))
    lexer = Lexer(Source(text))
    tokens = nesting = directives = 0
    token = lexer.read_next_token(0)
    while token.kind is not TokenKind.EOF:
        tokens += 1
        nesting += (token.kind in _OPEN) - (token.kind in _CLOSE)
        directives += token.kind is TokenKind.AT
        if tokens > MAX_TOKENS:
            raise InvalidDocument(coded("too_many_tokens", f"more than {MAX_TOKENS} tokens"))
        if nesting > MAX_NESTING:
            raise InvalidDocument(coded("too_deep", f"brackets deeper than {MAX_NESTING}"))
        if directives > MAX_DIRECTIVES:
            message = f"more than {MAX_DIRECTIVES} directives"
            raise InvalidDocument(coded("too_many_directives", message))
        token = lexer.read_next_token(token.end)


def holds_more(value: Any, limit: int) -> bool:
    """Whether a JSON value holds more than `limit` values; it looks at no more than that."""
    waiting, seen = [value], 1
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict | list):
            seen += len(item)
            if seen > limit:
                return True
            waiting += item.values() if isinstance(item, dict) else item
    return False


@dataclass(frozen=True, slots=True)
class Weight:
    cost: int
    depth: int


class Scales:
    """Weighs the operation and the fragments of one document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        """Without `variables` every page that a variable sizes counts as one row."""
        self.schema = schema
        self.variables = variables
        self.fragments: dict[str, FragmentDefinitionNode] = {}
        self.operations: list[OperationDefinitionNode] = []
        for node in document.definitions:
            if isinstance(node, FragmentDefinitionNode):
                self.fragments[node.name.value] = node
            elif isinstance(node, OperationDefinitionNode):
                self.operations.append(node)
        self.sized_by: set[str] = set()
        self._known: dict[str, Weight] = {}
        self._entered: set[str] = set()
        self._aliases = 0
        self._same: Counter[tuple[str, str]] = Counter()
        self._comparisons = 0
        """The sum of the squares of `_same`."""

    def check(self) -> int:
        """The document's cost. Refuses what is too large: `too_complex`, `too_deep`, …"""
        if len(self.operations) != 1:
            raise InvalidDocument(coded("one_operation", "exactly one operation is expected"))
        if len(self.fragments) > MAX_FRAGMENTS:
            raise InvalidDocument(coded("too_complex", f"more than {MAX_FRAGMENTS} fragments"))
        [operation] = self.operations
        root = self.schema.get_root_type(operation.operation)
        weights = [self._selections(operation.selection_set, root, 1)]
        weights += [self._fragment(name, 1) for name in self.fragments]
        if self._aliases > MAX_ALIASES:
            raise InvalidDocument(coded("too_many_aliases", f"more than {MAX_ALIASES} aliases"))
        if max(weight.cost for weight in weights) > MAX_COST:
            raise InvalidDocument(coded("too_complex", f"costs more than {MAX_COST}"))
        return weights[0].cost

    def _selections(
        self, selections: SelectionSetNode, parent: GraphQLNamedType | None, level: int
    ) -> Weight:
        cost = depth = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                weight = self._field(node, parent, level)
            elif isinstance(node, FragmentSpreadNode):
                weight = self._fragment(node.name.value, level)
            else:
                assert isinstance(node, InlineFragmentNode)
                condition = node.type_condition
                inner = self.schema.get_type(condition.name.value) if condition else parent
                weight = self._selections(node.selection_set, inner, level)
            cost += weight.cost
            depth = max(depth, weight.depth)
        return Weight(cost, depth)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> Weight:
        _refuse_deep(level)
        self._aliases += node.alias is not None
        self._refuse_repeated(parent.name if parent else "", (node.alias or node.name).value)
        if node.selection_set is None:
            return Weight(_LEAVES.get(node.name.value, 1), 1)
        field = _definition(parent, node.name.value)
        inner = get_named_type(field.type) if field else None
        below = self._selections(node.selection_set, inner, level + 1)
        return Weight(1 + self._size(node, field) * below.cost, 1 + below.depth)

    def _refuse_repeated(self, parent: str, name: str) -> None:
        self._same[parent, name] += 1
        self._comparisons += 2 * self._same[parent, name] - 1
        if self._comparisons > MAX_COMPARISONS:
            raise InvalidDocument(coded("too_complex", "one field is asked for too often"))

    def _fragment(self, name: str, level: int) -> Weight:
        known = self._known.get(name)
        if known is None:
            if name in self._entered:
                raise InvalidDocument(coded("invalid_document", f"fragment {name} spreads itself"))
            definition = self.fragments.get(name)
            if definition is None:
                return Weight(1, 1)
            self._entered.add(name)
            on = self.schema.get_type(definition.type_condition.name.value)
            known = self._known[name] = self._selections(definition.selection_set, on, level)
        _refuse_deep(level + known.depth - 1)
        return known

    def _size(self, node: FieldNode, field: GraphQLField | None) -> int:
        """How many times the selections of a field may be answered."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        if field is not None and "first" in field.args:
            sizes = [self._page(given.get(name)) for name in ("first", "last")]
            return max((size for size in sizes if size is not None), default=DEFAULT_PAGE)
        if "ids" in given:
            return self._length(given["ids"])
        if field is not None and isinstance(get_nullable_type(field.type), GraphQLList):
            in_page = node.name.value in ("edges", "nodes")
            return 1 if in_page else _LONG_LISTS.get(node.name.value, _LIST)
        return 1

    def _page(self, value: Any) -> int | None:
        """The page size that an argument asks for, if it asks for one."""
        if isinstance(value, IntValueNode):
            return min(int(value.value[:6]), MAX_PAGE)
        found = self._variable(value)
        return min(max(found, 0), MAX_PAGE) if isinstance(found, int) else None

    def _length(self, value: Any) -> int:
        found = value.values if isinstance(value, ListValueNode) else self._variable(value)
        return len(found) if isinstance(found, list | tuple) else 1

    def _variable(self, value: Any) -> Any:
        if not isinstance(value, VariableNode):
            return None
        self.sized_by.add(value.name.value)
        return 1 if self.variables is None else self.variables.get(value.name.value)


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    if name in _META:
        return _META[name]
    if parent is None or not is_composite_type(parent):
        return None
    found = getattr(parent, "fields", {}).get(name)
    return found if isinstance(found, GraphQLField) else None


def _refuse_deep(level: int) -> None:
    if level > MAX_DEPTH:
        raise InvalidDocument(coded("too_deep", f"fields deeper than {MAX_DEPTH}"))
