"""Two people at the same moment: one after the other, and nothing twice.

On PostgreSQL the transactions really overlap; on SQLite they queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from domain import breaches, calls, cases, closing, jobs, referrals, results, review
from domain.errors import DomainError
from models import Breach, Call, Case, CaseEvent, Incident, OutboxMessage, Round
from models.enums import CaseStatus, ReferralStatus
from tests.support.life import RESULT, ordered, run_jobs
from tests.support.world import World

OTHERS = ("+989350000001", "+989350000002", "+989350000003")


async def together(*acts: Awaitable[object]) -> list[str]:
    """Everything at once; "done" or the code of the refusal, sorted."""
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, DomainError):
            raise outcome
    return sorted(o.code if isinstance(o, DomainError) else "done" for o in outcomes)


async def test_two_results(world: World) -> None:
    case = await world.case()
    acts = [results.record(world["senior"], case.id, RESULT) for _ in range(4)]
    assert await together(*acts) == ["done", "wrong_state", "wrong_state", "wrong_state"]
    assert await OutboxMessage.filter(kind="result").count() == 1
    assert await CaseEvent.filter(case_id=case.id, kind="answer").count() == 1


async def test_the_last_two_reports(world: World) -> None:
    case = await world.case()
    one, two, three = await ordered(world, case, "EDU-c1", "EDU-p2", "EDU-S")
    outcome = await together(
        referrals.report(world["county"], one.id, "انجام شد", ""),
        referrals.report(world["fars"], two.id, "انجام شد", ""),
        referrals.give_back(world["subsidiary"], three.id, "مربوط به ما نیست"),
    )
    await case.refresh_from_db()
    assert outcome == ["done"] * 3 and case.status is CaseStatus.UNDER_REVIEW
    assert await CaseEvent.filter(case_id=case.id, kind="all_reported").count() == 1


async def test_a_report_and_a_withdrawal(world: World) -> None:
    case = await world.case()
    [row] = await ordered(world, case)
    outcome = await together(
        referrals.report(world["county"], row.id, "انجام شد", ""),
        closing.withdraw(world["operator"], case.id, "حل شد"),
    )
    await case.refresh_from_db()
    await row.refresh_from_db()
    assert case.status is CaseStatus.WITHDRAWN
    if outcome == ["done", "done"]:
        assert row.status is ReferralStatus.REPORTED
    else:
        assert outcome == ["done", "wrong_state"] and row.status is ReferralStatus.CANCELLED


async def test_a_reroute_and_an_answer_of_the_old_agency(world: World) -> None:
    """What became invisible while one waited for it is not found."""
    case = await world.case()
    await review.return_to_centre(world["senior"], case.id, "مربوط به ما نیست")
    outcome = await together(
        review.reroute(world["supervisor"], case.id, "ENE", "دستگاه درست"),
        results.record(world["senior"], case.id, RESULT),
    )
    assert outcome in (["done", "not_found"], ["done", "forbidden"])
    await case.refresh_from_db()
    assert case.main_agency_id == world.units["ENE"].id


async def test_an_incident_answered_from_both_ends(world: World) -> None:
    first = await world.case()
    rest = [await world.case(mobile, like=first.tracking_code) for mobile in OTHERS]
    senior = world["senior"]
    outcome = await together(
        *(results.record(senior, row.id, RESULT, whole_incident=True) for row in (*rest, first))
    )
    assert outcome == ["done", "wrong_state", "wrong_state", "wrong_state"]
    assert await OutboxMessage.filter(kind="result").count() == 4


async def test_duplicates_of_each_other(world: World) -> None:
    first, second = await world.case(), await world.case()
    supervisor = world["supervisor"]
    outcome = await together(
        closing.mark_duplicate(supervisor, first.id, second.tracking_code),
        closing.mark_duplicate(supervisor, second.id, first.tracking_code),
    )
    assert outcome == ["done", "invalid"]
    assert await Case.filter(status=CaseStatus.DUPLICATE).count() == 1


async def test_two_callers_of_one_incident(world: World) -> None:
    first = await world.case()
    checks = [await world.proved_caller(mobile) for mobile in OTHERS]
    draft = world.draft(like=first.tracking_code)
    outcome = await together(*(cases.register(world["operator"], c, draft) for c in checks))
    assert outcome == ["done"] * 3
    assert await Incident.all().count() == 1
    assert len(set(await Case.all().values_list("incident_id", flat=True))) == 1


async def test_one_form_sent_thrice(world: World) -> None:
    check = await world.proved_caller()
    acts = [cases.register(world["operator"], check, world.draft()) for _ in range(3)]
    assert await together(*acts) == ["done"] * 3
    assert await Case.all().count() == 1


async def test_two_operators_and_one_call(world: World) -> None:
    call = await calls.announce("c-1", "ringing", OTHERS[0], world.clock.at)
    outcome = await together(
        calls.take(world["operator"], call.id), calls.take(world["operator2"], call.id)
    )
    assert outcome == ["already_taken", "done"]
    assert (await Call.get(id=call.id)).operator_id is not None


async def test_two_explanations(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=3)
    await run_jobs()
    row = await Breach.get(case_id=case.id)
    acts = [breaches.explain(world["head"], row.id, "نبود نیرو در آن ساعت") for _ in range(3)]
    assert await together(*acts) == ["already_done", "already_done", "done"]


async def test_an_answer_and_the_breach_of_the_worker(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=3, seconds=1)
    await asyncio.gather(results.record(world["senior"], case.id, RESULT), run_jobs())
    await run_jobs()
    assert await Breach.filter(case_id=case.id).count() == 1
    assert (await Round.get(case_id=case.id)).breached_at == case.due_at
    assert await jobs.next_run(["survey.ask", "case.close"]) is not None
