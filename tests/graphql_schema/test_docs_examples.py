"""Every use case in docs/api is answered as it says, and there is one for everything in the schema.

The state that an example needs is arranged by the function it names after `given`. The clock of the
small world stands, so what is answered is compared word by word.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse

import models
from domain import feed, questions, referrals, results, review, service, time
from domain.actors import SCOPES
from graphql_schema import compiler, documents, live
from graphql_schema.schema import core
from models.enums import CaseStatus
from tests.graphql_schema.conftest import Apis
from tests.graphql_schema.documentation import CODES, PAGES, Example, examples, real, small
from tests.support.hooks import due, hook, told
from tests.support.life import run_jobs
from tests.support.streams import events, partner, served
from tests.support.world import World

EXAMPLES = examples()
State = Callable[[World, Apis], Awaitable[Any]]
STATES: dict[str, State] = {}
UNIT_RESULT = "باجه از ساعت ۸ باز است."


def state(arrange: State) -> State:
    STATES[arrange.__name__] = arrange
    return arrange


@state
async def nothing(_world: World, _api: Apis) -> None:
    """Nothing has happened yet."""


@state
async def case(world: World, _api: Apis) -> models.Case:
    """A call about the county unit led to a case, which the senior coordinator has."""
    return await world.case(agency="EDU-c1", place="c1")


@state
async def registered(_world: World, api: Apis) -> None:
    """The example of registering was sent before."""
    [example] = [row for row in EXAMPLES if "mutation RegisterCase(" in row.document][:1]
    await (await api("EDU", *SCOPES)).ask(example.document, **json.loads(small(example.variables)))


@state
async def ordered(world: World, api: Apis) -> None:
    """The senior coordinator ordered action by the provincial unit."""
    found = await case(world, api)
    text = "باجه باز شود و نتیجه اعلام گردد."
    await review.order(world["senior"], found.id, text, ["EDU-p1"])


@state
async def referred(world: World, api: Apis) -> None:
    """The provincial unit referred it to the county unit."""
    await ordered(world, api)
    work = await models.Referral.get()
    await referrals.refer(world["provincial"], work.id, ["EDU-c1"], "بازدید از باجه و رفع مشکل")


@state
async def reported(world: World, api: Apis) -> None:
    """Everybody has reported; the senior coordinator has it again."""
    await ordered(world, api)
    work = await models.Referral.get()
    await referrals.report(world["provincial"], work.id, UNIT_RESULT, "تذکر به مسئول باجه")


@state
async def asked(world: World, api: Apis) -> None:
    """The citizen was asked and has not answered."""
    found = await case(world, api)
    await questions.ask(world["senior"], found.id, "چه روزی مراجعه کردید؟")


@state
async def two(world: World, api: Apis) -> None:
    """Two citizens reported the same, unconnected."""
    await case(world, api)
    world.clock.forward(minutes=5)
    await world.case("+989350000002", agency="EDU-c1", place="c1", subject="بسته بودن باجه")


@state
async def incident(world: World, api: Apis) -> None:
    """Two citizens reported one disruption, which was seen at registration."""
    first = await case(world, api)
    await world.case(
        "+989350000002", agency="EDU-c1", place="c1", subject="بسته بودن باجه",
        like=first.tracking_code,
    )  # fmt: skip


@state
async def late(world: World, api: Apis) -> None:
    """The clock ran out: a breach."""
    await case(world, api)
    world.clock.forward(hours=3, minutes=1)
    await run_jobs()


@state
async def answered(world: World, api: Apis) -> None:
    found = await case(world, api)
    await results.record(world["senior"], found.id, UNIT_RESULT)


@state
async def closed(world: World, api: Apis) -> None:
    await answered(world, api)
    await models.Case.all().update(status=CaseStatus.CLOSED, closed_at=time.now())


@state
async def returned(world: World, api: Apis) -> None:
    """The agency returned the case to the centre as not its own."""
    found = await case(world, api)
    await review.return_to_centre(world["senior"], found.id, "مربوط به وزارت نیرو است")


@state
async def demo(_world: World, _api: Apis) -> None:
    """Receivers on this machine are allowed, as in the demo."""
    service.configure(replace(service.current(), local_webhooks=True))


@state
async def webhook(world: World, _api: Apis) -> models.Webhook:
    return await hook(world)


@state
async def dead(world: World, api: Apis) -> None:
    """A message to a webhook was given up."""
    row = await webhook(world, api)
    await case(world, api)
    await told(row)
    await due()
    await models.WebhookDelivery.all().update(
        state="dead", attempts=10, status_code=500, attempted_at=time.now()
    )


async def codes() -> dict[str, str]:
    """The tracking codes of the docs and those that chance gave."""
    rows = await models.Case.all().order_by("id")
    return {code: row.tracking_code for code, row in zip(CODES, rows, strict=False)}


async def answer(world: World, api: Apis, example: Example) -> Any:
    """What is answered, in the names of the docs."""
    await STATES[example.given](world, api)
    known = await codes()
    document = small(example.document, known)
    variables = json.loads(small(example.variables, known))
    asker = await api(example.who, *(() if example.who in world.actors else SCOPES))
    found = await asker.send(document, **variables)
    text = json.dumps(found, ensure_ascii=False)
    return json.loads(real(text, {**known, **await codes()}))


@pytest.mark.parametrize(
    "example", [row for row in EXAMPLES if not row.is_subscription], ids=lambda row: row.name
)
async def test_answer(world: World, api: Apis, example: Example) -> None:
    found = await answer(world, api, example)
    assert found == example.answer
    assert refused(found) is ("refused" in example.marks)


def refused(found: Any) -> bool:
    payloads = [part for part in (found.get("data") or {}).values() if isinstance(part, dict)]
    return "errors" in found or any(part.get("errors") for part in payloads)


@pytest.mark.parametrize(
    "example",
    [row for row in EXAMPLES if row.is_query and "refused" not in row.marks],
    ids=lambda row: row.name,
)
async def test_is_one_statement_unless_marked(world: World, api: Apis, example: Example) -> None:
    await STATES[example.given](world, api)
    document = documents.prepare(small(example.document))
    variables = json.loads(small(example.variables))
    asker = await api._actor(example.who, () if example.who in world.actors else tuple(SCOPES))
    compiled = await compiler.answer(document, asker, variables) is not None
    assert compiled is ("ordinary" not in example.marks)


@pytest.mark.parametrize(
    "example", [row for row in EXAMPLES if row.is_subscription], ids=lambda row: row.name
)
async def test_what_is_told(
    world: World, api: Apis, db: str, monkeypatch: pytest.MonkeyPatch, example: Example
) -> None:
    monkeypatch.setattr(live, "LOOK_EVERY", 0.02)
    asker = await partner(example.who, *SCOPES)
    await STATES[example.given](world, api)
    await feed.number()  # where the example begins is a position that was given
    known = await codes()
    query, variables = small(example.document, known), small(example.variables, known)
    async with (
        served(db) as running,
        events(running, asker.bearer, query, **json.loads(variables)) as stream,
    ):
        found = json.dumps({"data": await stream.data()}, ensure_ascii=False)
    assert json.loads(real(found, known)) == example.answer


def test_everything_that_can_be_asked_and_done_has_an_example() -> None:
    used: set[tuple[str, str]] = set()
    for example in EXAMPLES:
        for node in parse(example.document).definitions:
            if isinstance(node, OperationDefinitionNode):
                kind = node.operation.value
                fields = node.selection_set.selections
                used |= {(kind, row.name.value) for row in fields if isinstance(row, FieldNode)}
    roots = {
        "query": core.query_type,
        "mutation": core.mutation_type,
        "subscription": core.subscription_type,
    }
    known = {(kind, name) for kind, root in roots.items() if root for name in root.fields}
    assert known - used == set()


def test_no_block_is_left_out() -> None:
    """Every ```graphql block of the use cases is an example that runs."""
    for page, text in PAGES.items():
        if page.startswith("use-cases"):
            written = text.count("\n```graphql\n")
            assert written == len([row for row in EXAMPLES if row.page == page]), page
