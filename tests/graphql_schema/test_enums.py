"""Closed sets: whatever the domain writes is a member of the enum that the schema shows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import models
from domain import generate
from domain.actors import SCOPES
from domain.rules import Rules
from domain.template_kinds import KINDS
from domain.workflow import Move
from graphql_schema.types.enums import KeyScope
from models.enums import EventKind, LadderRung, Meaning, NoticeKind, TextKind
from tests.support.world import World

DOMAIN = Path(__file__).parents[2] / "domain"
KIND_AT = {"record": 2, "notify": 1, "queue": 0}
"""Where the kind stands among the arguments of `events.record`, `notifications.notify`, …"""


def test_moves_and_rungs_are_members() -> None:
    assert {move.value for move in Move} <= set(EventKind)
    assert [rung.code for rung in Rules().ladder] == list(LadderRung)
    assert set(TextKind) == set(KINDS)
    assert set(KeyScope) == SCOPES


def literal_kinds() -> Iterator[str]:
    for path in sorted(DOMAIN.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                position = KIND_AT.get(node.func.attr, len(node.args))
                given = node.args[position] if position < len(node.args) else None
                if isinstance(given, ast.Constant):
                    yield f"{path.name}:{node.lineno}"


def test_kinds_are_written_as_members() -> None:
    """The type checker holds these arguments to the enums; a plain text would pass neither."""
    assert list(literal_kinds()) == []


async def test_what_is_stored_is_a_member(world: World) -> None:
    await generate.generate(200, 2, seed=1)
    await world.case()
    events = {row.kind for row in await models.CaseEvent.all()}
    assert events <= set(EventKind) and len(events) > 20
    assert {row.kind for row in await models.OutboxMessage.all()} <= set(TextKind)
    assert {row.handled_as for row in await models.InboxMessage.all()} <= set(Meaning)
    assert {row.rung for row in await models.LadderStep.all()} <= set(LadderRung)
    assert {row.kind for row in await models.Notification.all()} <= set(NoticeKind)
