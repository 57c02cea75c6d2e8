"""The result (S5): recorded once per round, told by SMS, one for a whole incident if wanted."""

from __future__ import annotations

from datetime import timedelta

from domain import cases, results, review
from models import Breach, Case, Job, OutboxMessage, Round, Survey
from models.enums import CaseStatus, SurveyState
from tests.support.life import RESULT, answered, ordered, run_jobs, texts
from tests.support.refusals import BAD_KEYS, refused, refuses, refuses_texts
from tests.support.world import MOBILE, World

OTHERS = ("+989350000001", "+989350000002")


async def incident(world: World) -> list[Case]:
    """Three callers about one disruption."""
    first = await world.case()
    rest = []
    for mobile in OTHERS:
        check = await world.proved_caller(mobile)
        draft = world.draft(like=first.tracking_code)
        rest.append(await cases.register(world["operator"], check, draft))
    await first.refresh_from_db()
    return [first, *rest]


async def test_the_result_is_stored_told_and_surveyed(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=50)
    row = await answered(world, case)
    current = await Round.get(case_id=case.id)
    assert row.status is CaseStatus.ANSWERED and row.answered_at == world.clock.at
    assert (current.result, current.answered_at) == (RESULT, world.clock.at)
    assert current.result_by_id == world.users["senior"].id
    assert current.first_action_at == world.clock.at
    assert (current.producer_id, current.producer_level) == (world.units["EDU"].id, "main")
    [text] = await texts("result", MOBILE)
    assert "باجه از ساعت ۸ باز است" in text
    survey = await Survey.get(case_id=case.id)
    assert survey.state is SurveyState.SCHEDULED
    assert survey.send_at == world.clock.at + timedelta(minutes=45)
    assert not await Job.filter(kind="ladder").exists()


async def test_a_result_is_recorded_once(world: World) -> None:
    case = await world.case()
    await answered(world, case)
    await refused(results.record(world["senior"], case.id, RESULT), "wrong_state")


async def test_not_while_units_work(world: World) -> None:
    case = await world.case()
    await ordered(world, case)
    await refused(results.record(world["senior"], case.id, RESULT), "wrong_state")


async def test_a_late_result_is_a_breach_even_if_no_worker_saw_it(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=3, seconds=1)
    await answered(world, case)
    current = await Round.get(case_id=case.id)
    assert current.breached_at == case.due_at
    breach = await Breach.get(case_id=case.id)
    assert breach.agency_id == world.units["EDU-c1"].id
    await run_jobs()
    assert await Breach.all().count() == 1


async def test_in_time_to_the_second(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=3)
    await answered(world, case)
    assert not await Breach.all().exists()


async def test_one_result_for_a_whole_incident(world: World) -> None:
    first, second, third = await incident(world)
    assert first.incident_id == second.incident_id == third.incident_id is not None
    await ordered(world, third)
    rows = await results.record(world["senior"], second.id, RESULT, whole_incident=True)
    assert {row.id for row in rows} == {first.id, second.id}
    assert await texts("result", MOBILE) and await texts("result", OTHERS[0])
    assert not await texts("result", OTHERS[1])
    assert await Survey.all().count() == 2
    await third.refresh_from_db()
    assert third.status is CaseStatus.IN_HANDLING


async def test_of_an_incident_only_the_own_cases(world: World) -> None:
    first, second, _ = await incident(world)
    await review.return_to_centre(world["senior"], second.id, "مربوط به ما نیست")
    await review.reroute(world["supervisor"], second.id, "ENE", "دستگاه درست")
    rows = await results.record(world["senior"], first.id, RESULT, whole_incident=True)
    assert second.id not in {row.id for row in rows} and len(rows) == 2


async def test_without_the_wish_the_incident_stays(world: World) -> None:
    first, *_ = await incident(world)
    assert [row.id for row in await results.record(world["senior"], first.id, RESULT)] == [first.id]
    [row] = await results.record(
        world["senior"], (await world.case()).id, RESULT, whole_incident=True
    )
    assert row.incident_id is None


async def test_bad_input(world: World) -> None:
    case = await world.case()
    await refuses_texts(lambda v: results.record(world["senior"], case.id, v), "result", 10, 200)
    await refused(results.record(world["senior"], case.id, "😀" * 101), "too_long")
    await refuses(
        lambda key: results.record(world["senior"], key, RESULT, whole_incident=True),  # type: ignore[arg-type]
        BAD_KEYS,
        ("not_found", "case"),
    )
    await refused(
        results.record(world["senior"], case.id, RESULT, expected_version=case.version + 1), "stale"
    )
    assert not await OutboxMessage.filter(kind="result").exists()
