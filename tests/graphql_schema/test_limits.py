"""Documents made to hang a server are refused by their code, before validation or execution."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query

from graphql_schema import documents, limits
from graphql_schema.errors import InvalidDocument
from graphql_schema.limits import MAX_ALIASES, MAX_COST, MAX_DIRECTIVES, MAX_DOCUMENT, MAX_FRAGMENTS
from tests.graphql_schema.conftest import Apis
from tests.support.world import World


def doubling(count: int, on: str, leaf: str) -> str:
    fragments = [f"fragment f{n} on {on} {{ ...f{n + 1} ...f{n + 1} }}" for n in range(count)]
    return " ".join([*fragments, f"fragment f{count} on {on} {{ {leaf} }}"])


def nested(depth: int) -> str:
    return "{ agencies { nodes { " + "parent { " * depth + "id" + " }" * depth + " } } }"


def chain(count: int) -> str:
    links = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(count))
    return f"{{ ...f0 }} {links} fragment f{count} on Query {{ viewer {{ name }} }}"


TYPES = "__schema { types { fields { type { fields { type { fields { name } } } } } } }"
HANGING = [
    ("doubling", "{ ...f0 } " + doubling(30, "Query", "viewer { name }"), "too_complex"),
    (
        "doubling with aliases",
        "{ ...f0 } fragment f0 on Query { a: viewer { ...g0 } } "
        + doubling(40, "Viewer", "name").replace("f", "g").replace("gragment", "fragment"),
        "too_complex",
    ),
    (
        "doubling, unused",
        "{ viewer { name } } " + doubling(40, "Query", "viewer { name }"),
        "too_complex",
    ),
    (
        "doubling introspection",
        "{ __schema { types { ...f0 } } } " + doubling(40, "__Type", "name"),
        "too_complex",
    ),
    ("doubling nowhere", "{ ...f0 } " + doubling(40, "Nothing", "x"), "too_complex"),
    (
        "10,000 aliases",
        "{ " + " ".join(f"a{n}: viewer {{ name }}" for n in range(10_000)) + " }",
        "document_too_large",
    ),
    (
        "aliases",
        "{ " + " ".join(f"a{n}: viewer {{ name }}" for n in range(MAX_ALIASES + 1)) + " }",
        "too_many_aliases",
    ),
    ("deep", nested(23), "too_deep"),
    ("very deep", nested(900), "too_deep"),
    (
        "deep brackets",
        "{ cases(filter: " + "[" * 500 + "]" * 500 + ") { nodes { id } } }",
        "too_deep",
    ),
    (
        "deep through fragments",
        "{ agencies { nodes { ...f0 } } } "
        + " ".join(f"fragment f{n} on Agency {{ parent {{ ...f{n + 1} }} }}" for n in range(40))
        + " fragment f40 on Agency { id }",
        "too_deep",
    ),
    (
        "a fragment in itself",
        "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
        "invalid_document",
    ),
    ("fragments", chain(MAX_FRAGMENTS), "too_complex"),
    ("circular introspection", f"{{ {TYPES} }}", "invalid_document"),
    (
        "twice the whole schema",
        "{ a: __schema { ...s } b: __schema { ...s } } fragment s on __Schema "
        + get_introspection_query(descriptions=False)
        .split("__schema", 1)[1]
        .split("}\n  }\n", 1)[0]
        + "} } "
        + "fragment"
        + get_introspection_query().split("fragment", 1)[1],
        "too_complex",
    ),
    (
        "pages in pages",
        "{ cases(first: 100) { nodes { timeline(first: 100) { nodes { id } } } } }",
        "too_complex",
    ),
    ("one field 700 times", "{ " + "viewer { name } " * 700 + "}", "too_complex"),
    ("one leaf 2,900 times", "{ viewer { " + "name " * 2900 + "} }", "too_complex"),
    ("many fields of one name", "{ " + "viewer { name } " * 1000 + "}", "too_many_tokens"),
    ("a long list", "{ nodes(ids: [" + '"x" ' * 5000 + "]) { id } }", "too_many_tokens"),
    ("comments", "#\n" * 4000 + "{ viewer { name } }", "too_many_tokens"),
    ("spaces", " " * MAX_DOCUMENT + "{ viewer { name } }", "document_too_large"),
    (
        "a long text",
        '{ case(trackingCode: "' + "a" * MAX_DOCUMENT + '") { id } }',
        "document_too_large",
    ),
    (
        "directives",
        "{ viewer { name " + "@include(if: true) " * (MAX_DIRECTIVES + 1) + "} }",
        "too_many_directives",
    ),
    (
        "directives everywhere",
        "query " + "@skip(if: true) " * (MAX_DIRECTIVES + 1) + "{ viewer { name } }",
        "too_many_directives",
    ),
    (
        "variables",
        "query (" + " ".join(f"$v{n}: Int" for n in range(1000)) + ") { viewer { name } }",
        "too_many_tokens",
    ),
    ("inline fragments", "{ " + "... { " * 90 + "viewer { name }" + " }" * 90 + " }", "too_deep"),
    ("two operations", "query a { viewer { name } } query b { viewer { name } }", "one_operation"),
    ("none", "fragment a on Query { viewer { name } }", "one_operation"),
    ("a subscription", "subscription { viewer { name } }", "invalid_document"),
    ("a schema", "type Query { a: Int }", "one_operation"),
    ("no fields", "{ }", "syntax_error"),
    ("garbage", "{ viewer { name }", "syntax_error"),
    ("a lone surrogate", '{ case(trackingCode: "\\uD800") { id } }', "syntax_error"),
    ("a control character", '{ case(trackingCode: "\\u0007") { id } }', "invalid_characters"),
    ("a huge number", "{ cases(first: " + "9" * 5000 + ") { nodes { id } } }", "invalid_document"),
]


@pytest.mark.parametrize(
    ("text", "code"), [case[1:] for case in HANGING], ids=[case[0] for case in HANGING]
)
def test_refused(text: str, code: str) -> None:
    for _ in range(2):
        with pytest.raises(InvalidDocument) as refused:
            documents.prepare(text)
        codes = {(error.extensions or {})["code"] for error in refused.value.errors}
        assert codes == {code}


@pytest.mark.parametrize(
    "text", [case[1] for case in HANGING if case[2].startswith(("too_", "document_too", "one_"))]
)
def test_what_is_too_large_never_reaches_validation(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Validation is what such documents make slow; weighing looks at each node once."""
    weighed = 0
    selections = limits.Scales._selections

    def counted(scales: limits.Scales, *arguments: Any) -> Any:
        nonlocal weighed
        weighed += 1
        return selections(scales, *arguments)

    monkeypatch.setattr(documents, "validate", None)
    monkeypatch.setattr(limits.Scales, "_selections", counted)
    documents._prepared.cache_clear()
    with pytest.raises(InvalidDocument):
        documents.prepare(text)
    assert weighed <= text.count("{")


@pytest.mark.parametrize(("size", "more"), [(9, False), (10, True), (100_000, True)])
def test_values_are_counted_no_further_than_needed(size: int, more: bool) -> None:
    class Counted(dict[str, Any]):
        def values(self) -> Any:
            raise AssertionError("looked inside what is too large already")

    assert limits.holds_more({"a": [0] * (size - 1)}, 10) is more
    if more:
        assert limits.holds_more(Counted({str(n): n for n in range(size)}), size)


def test_the_cost_is_told() -> None:
    constant = documents.prepare("{ viewer { name } cases(first: 10) { nodes { id subject } } }")
    assert constant.weigh({}) == constant.cost == 2 + 1 + 10 * (1 + 2)
    sized = documents.prepare("query ($n: Int) { cases(first: $n) { nodes { id } } }")
    assert [sized.weigh({"n": n}) for n in (1, 50, 1000)] == [3, 101, 201]


@pytest.mark.parametrize("specified_by", [True, False])
def test_tools_may_read_the_schema(specified_by: bool) -> None:
    documents.prepare(
        get_introspection_query(specified_by_url=specified_by, input_value_deprecation=True)
    )


SIZED = """query ($n: Int = 10, $ids: [ID!]!) {
    cases(first: $n) { nodes { timeline(first: 50) { nodes { id } } } } nodes(ids: $ids) { id } }"""


@pytest.mark.parametrize(
    ("variables", "fits"),
    [
        ({"ids": []}, True),
        ({"ids": [], "n": 100}, True),
        ({"ids": ["x"] * 100, "n": 5}, True),
        ({"ids": ["x"] * MAX_COST, "n": 5}, False),
        ({"ids": "x", "n": "many"}, True),
        ({"ids": None, "n": -5}, True),
        ({"ids": [], "n": 10**30}, True),
    ],
)
def test_variables_count(variables: dict[str, Any], fits: bool) -> None:
    document = documents.prepare(SIZED)
    assert document.sized_by == {"n", "ids"}
    if fits:
        document.weigh(variables)
        return
    with pytest.raises(InvalidDocument):
        document.weigh(variables)


def test_a_document_is_prepared_once() -> None:
    text = "query Once { viewer { name } }"
    assert documents.prepare(text) is documents.prepare(text)


async def test_the_schema_as_tools_read_it(world: World, api: Apis) -> None:
    data = await (await api("senior")).ask(get_introspection_query())
    assert {"Case", "Agency"} <= {kind["name"] for kind in data["__schema"]["types"]}
