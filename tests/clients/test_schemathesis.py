"""Schemathesis: documents of every operation with every kind of value, as a partner and as staff.

Nothing they send may fail on our side or be answered with what the schema does not promise. Half
of the documents get ids and codes that exist, so that they reach beyond the first check.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from io import StringIO
from typing import Any

import httpx2
import pytest
import schemathesis
from graphql import Node, StringValueNode, build_schema, parse, print_ast, visit
from graphql.language import ArgumentNode, ObjectFieldNode, Visitor
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from graphql_schema import snapshot
from tests.clients.test_clients import INPUT
from tests.support.conformity import violations
from tests.support.running import PASSWORD, RunningService, running_service

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

EXAMPLES = 8
"""Documents of each operation for each actor."""
SCHEMA = snapshot.text()
CORE = build_schema(SCHEMA)
REGISTER = """mutation ($input: RegisterCaseInput!) {
    registerCase(input: $input) { case { id trackingCode } } }"""
ORDER = """mutation ($input: OrderActionInput!) {
    orderAction(input: $input) { order { referrals { id } } errors { code } } }"""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MOMENTS = ("2026-11-24T06:00:00Z", "2026-11-24T09:30:00+03:30", "1899-01-01T00:00:00Z", "soon")


@contextmanager
def running(url: str) -> Iterator[RunningService]:
    """The service in a loop of its own, for tests that are not asynchronous."""
    started: Future[RunningService] = Future()
    stop = threading.Event()

    async def serve() -> None:
        async with running_service(url) as service:
            started.set_result(service)
            await asyncio.to_thread(stop.wait)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield started.result(60)
    finally:
        stop.set()
        thread.join()


def known_values(http: httpx2.Client) -> dict[str, str]:
    """Ids and codes that exist, by the names of arguments that take them."""

    def do(query: str, given: dict[str, Any]) -> Any:
        answer = http.post("/graphql", json={"query": query, "variables": {"input": given}}).json()
        assert "errors" not in answer, answer
        return answer["data"]

    case = do(REGISTER, INPUT)["registerCase"]["case"]
    given = {"caseId": case["id"], "text": "باجه باز شود.", "units": ["EDU-p1"]}
    [referral] = do(ORDER, given)["orderAction"]["order"]["referrals"]
    return {
        "id": case["id"],
        "ids": case["id"],
        "caseId": case["id"],
        "referralId": referral["id"],
        "trackingCode": case["trackingCode"],
        "agency": "EDU-p1",
        "agencies": "EDU-p1",
        "units": "EDU-p1",
        "place": "c1",
        "indicator": "I5",
        "indicators": "I5",
        "text": "متن",
        "nationalId": "0012345679",
        "mobile": "09351112233",
    }


class Known(Visitor):
    """Puts what exists in the place of made-up texts, and takes control characters out."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__()
        self.values = values

    def enter_string_value(
        self, node: StringValueNode, _key: Any, _parent: Any, _path: Any, above: list[Node]
    ) -> StringValueNode:
        named = [node for node in above if isinstance(node, ArgumentNode | ObjectFieldNode)]
        known = self.values.get(named[-1].name.value) if named else None
        return StringValueNode(value=known or CONTROL.sub("", node.value))


def check(http: httpx2.Client, document: str) -> None:
    reply = http.post("/graphql", json={"query": document})
    assert reply.status_code in (200, 294, 400), document
    answer = reply.json()
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert all(re.fullmatch("[a-z_]+", code) for code in codes), codes
    assert "internal_error" not in codes, document
    assert answer.keys() <= {"data", "errors"}
    assert not violations(CORE, parse(document), answer.get("data")), document


def explore(http: httpx2.Client, values: dict[str, str]) -> int:
    """Ask for every operation of the schema; how many there are."""
    schema = schemathesis.graphql.from_file(StringIO(SCHEMA))
    count = 0
    for count, result in enumerate(schema.get_all_operations(), 1):
        assert isinstance(result, Ok)
        ask(http, result.ok().as_strategy(), Known(values), count)
    return count


def ask(
    http: httpx2.Client, cases: strategies.SearchStrategy[Any], known: Known, number: int
) -> None:
    """Ask for one operation in many ways, always the same ones."""
    tries = itertools.count()

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def once(case: Any) -> None:
        document = case.body
        if next(tries) % 2:
            document = print_ast(visit(parse(document), known))
        check(http, document)

    run: Callable[[], None] = once
    run()


@pytest.mark.parametrize("actor", ["partner", "supervisor"])
def test_nothing_fails_and_nothing_breaks_the_schema(database_url: str, actor: str) -> None:
    schemathesis.graphql.scalar("DateTime", strategies.sampled_from(MOMENTS).map(nodes.String))
    with (
        running(database_url) as service,
        httpx2.Client(base_url=service.base_url, trust_env=False, timeout=60) as partner,
        httpx2.Client(base_url=service.base_url, trust_env=False, timeout=60) as staff,
    ):
        partner.headers["authorization"] = f"Bearer {service.keys['EDU']}"
        staff.headers["sec-fetch-site"] = "same-origin"
        staff.post("/login", data={"username": "supervisor", "password": PASSWORD})
        values = known_values(partner)
        count = explore(partner if actor == "partner" else staff, values)
    root = CORE.query_type, CORE.mutation_type
    assert count >= sum(len(kind.fields) for kind in root if kind)
