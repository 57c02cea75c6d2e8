"""Who finds which work on their list."""

from __future__ import annotations

import pytest

from domain import closing, questions, referrals, review, worklists
from domain.errors import Forbidden
from models import Case
from models.enums import CaseStatus
from tests.support.life import answered, asked, ordered, run_jobs, text_in
from tests.support.world import World


async def to_review(world: World, name: str) -> list[int]:
    return [row.id for row in await worklists.to_review(world[name])]


async def to_handle(world: World, name: str) -> list[int]:
    return [row.id for row in await worklists.to_handle(world[name])]


async def test_a_case_is_on_one_list_at_a_time(world: World) -> None:
    case = await world.case()
    assert await to_review(world, "senior") == [case.id]
    assert await to_review(world, "supervisor") == await to_review(world, "senior_ene") == []
    [referral] = await ordered(world, case)
    assert await to_review(world, "senior") == []
    assert await to_handle(world, "county") == [referral.id]
    assert await to_handle(world, "provincial") == []
    await referrals.report(world["county"], referral.id, "باجه باز شد", "")
    assert await to_handle(world, "county") == []
    assert await to_review(world, "senior") == [case.id]


async def test_a_parent_waits_while_its_child_works(world: World) -> None:
    [parent] = await ordered(world, await world.case(), "EDU-p1")
    [child] = await referrals.refer(world["provincial"], parent.id, ["EDU-c1"], "بررسی شود")
    assert await to_handle(world, "provincial") == []
    assert await to_handle(world, "county") == [child.id]
    assert await worklists.waiting_count(world["county"]) == 1
    await referrals.give_back(world["county"], child.id, "مربوط به ما نیست")
    assert await to_handle(world, "provincial") == [parent.id]


async def test_while_the_citizen_is_asked_nobody_is_to_work(world: World) -> None:
    case = await world.case()
    [referral] = await ordered(world, case)
    await questions.ask(world["county"], case.id, "شماره باجه چند است؟")
    assert await to_handle(world, "county") == []
    assert case.id in [row.id for row in await worklists.running(world["senior"])]
    await text_in("باجه ۳")
    assert await to_handle(world, "county") == [referral.id]


async def test_the_centres_list(world: World) -> None:
    empty = await world.case(agency="CUL")
    wrong = await world.case()
    await review.return_to_centre(world["senior"], wrong.id, "مربوط به ما نیست")
    assert await to_review(world, "supervisor") == [empty.id, wrong.id]
    assert await to_review(world, "senior") == []
    assert await worklists.waiting_count(world["supervisor"]) == 2


async def test_least_time_first_and_the_answered_leave(world: World) -> None:
    first = await world.case()
    world.clock.forward(minutes=10)
    second = await world.case()
    assert [row.id for row in await worklists.running(world["supervisor"])] == [first.id, second.id]
    await answered(world, first)
    assert [row.id for row in await worklists.running(world["senior"])] == [second.id]


async def test_breaches_and_unclear_texts_are_counted(world: World) -> None:
    await world.case()
    world.clock.forward(hours=4)
    await run_jobs()
    await text_in("سلام", "09350000001")
    assert await worklists.unexplained_count(world["head"]) == 1
    assert await worklists.unexplained_count(world["senior_ene"]) == 0
    assert await worklists.unclear_count(world["operator"]) == 1


async def late_answer(world: World, mobile: str, score: str) -> Case:
    case = await answered(world, await world.case(mobile))
    await asked(world, case)
    world.clock.forward(hours=73)
    await run_jobs()
    assert (await text_in(score, mobile)).handled_as == "late_score"
    return case


async def test_late_answers_are_the_supervisors(world: World) -> None:
    good = await late_answer(world, "+989123330001", "5")
    bad = await late_answer(world, "+989123330002", "1")
    supervisor = world["supervisor"]
    assert [row.case_id for row in await worklists.late_answers(supervisor)] == [good.id, bad.id]
    to_decide = await worklists.to_decide(supervisor)
    assert [row.case_id for row in await to_decide] == [bad.id]
    assert await worklists.to_decide_count(supervisor) == 1
    for name in ("operator", "senior", "admin", "head"):
        with pytest.raises(Forbidden):
            worklists.late_answers(world[name])


async def test_a_late_answer_is_decided_once_the_case_is_open_again_or_too_old(
    world: World,
) -> None:
    first = await late_answer(world, "+989123330001", "2")
    supervisor = world["supervisor"]
    await closing.reopen(supervisor, first.id, "شهروند دیرهنگام ناراضی بود")
    assert await worklists.to_decide_count(supervisor) == 0
    await answered(world, first, by="supervisor")
    world.clock.forward(hours=73)
    await run_jobs()
    await first.refresh_from_db()
    assert first.status is CaseStatus.CLOSED
    assert await worklists.to_decide_count(supervisor) == 0, "it was about the round before"
    await late_answer(world, "+989123330002", "2")
    assert await worklists.to_decide_count(supervisor) == 1
    world.clock.forward(days=8)
    assert await worklists.to_decide_count(supervisor) == 0
    assert await worklists.late_answers(supervisor).count() == 2
