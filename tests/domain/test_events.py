"""The timeline and the one place where a case changes its status."""

from __future__ import annotations

import pytest

from domain import events
from domain.actors import CITIZEN, SYSTEM
from domain.errors import DomainError
from domain.workflow import Move
from models import Case, CaseEvent
from models.enums import ActorKind, CaseStatus
from tests.support.world import World


async def last(case: Case) -> CaseEvent:
    found = await CaseEvent.filter(case_id=case.id).order_by("-id").first()
    assert found is not None
    return found


async def test_a_life_begins_with_its_registration(world: World) -> None:
    case = await world.case()
    first, second = await CaseEvent.filter(case_id=case.id).order_by("id")
    assert first.kind == "registered" and first.from_status is None
    assert first.to_status is CaseStatus.REGISTERED
    assert (first.actor_kind, first.user_id) == (ActorKind.USER, world.users["operator"].id)
    assert (second.kind, second.from_status, second.to_status) == (
        "refer_to_senior",
        "registered",
        "under_review",
    )
    assert second.actor_kind is ActorKind.SYSTEM


async def test_an_entry_says_who_when_from_to_why(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=7)
    await events.move(case, Move.RETURN_TO_CENTRE, world["senior"], text="چرا")
    entry = await last(case)
    assert (entry.at, entry.text, entry.round_number) == (world.clock.at, "چرا", 1)
    assert (entry.user_id, entry.agency_id) == (world.users["senior"].id, world.units["EDU"].id)
    assert (entry.from_status, entry.to_status) == ("under_review", "registered")


async def test_each_move_is_a_new_version(world: World) -> None:
    case = await world.case()
    before = case.version
    world.clock.forward(minutes=7)
    await events.touch(case)
    stored = await Case.get(id=case.id)
    assert (stored.version, stored.updated_at) == (before + 1, world.clock.at)


@pytest.mark.parametrize("step", [Move.CLOSE, Move.REPLY, Move.REROUTE, Move.ALL_REPORTED])
async def test_an_illegal_move_leaves_no_trace(world: World, step: Move) -> None:
    case = await world.case()
    count = await CaseEvent.all().count()
    with pytest.raises(DomainError):
        await events.move(case, step, SYSTEM)
    stored = await Case.get(id=case.id)
    assert (stored.status, stored.version) == (CaseStatus.UNDER_REVIEW, case.version)
    assert await CaseEvent.all().count() == count


async def test_a_reply_returns_to_where_the_question_came_from(world: World) -> None:
    case = await world.case()
    await events.move(case, Move.ASK, world["senior"])
    came_from = case.resume_status
    await events.move(case, Move.REPLY, CITIZEN)
    assert came_from is case.status is CaseStatus.UNDER_REVIEW
    assert (await Case.get(id=case.id)).resume_status is None
    assert (await last(case)).actor_kind is ActorKind.CITIZEN
