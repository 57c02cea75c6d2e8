"""Endings other than an answer, and reopening a closed case."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import clock, closing, referrals
from models import Breach, Case, CaseEvent, Job, OutboxMessage, Referral
from models.enums import CaseStatus, ReferralStatus
from tests.support.life import answered, asked, ordered, run_jobs, text_in, texts
from tests.support.refusals import BAD_CODES, BAD_KEYS, refused, refuses, refuses_texts
from tests.support.world import MOBILE, World

WHY = "مشکل حل شد"


async def closed(world: World) -> Case:
    case = await world.case()
    await answered(world, case)
    await asked(world, case)
    await text_in("3")
    await case.refresh_from_db()
    assert case.status is CaseStatus.CLOSED
    return case


async def test_withdrawn_in_handling(world: World) -> None:
    case = await world.case()
    [top] = await ordered(world, case, "EDU-p1")
    [child] = await referrals.refer(world["provincial"], top.id, ["EDU-c1"], "بررسی شود")
    world.clock.forward(minutes=30)
    await closing.withdraw(world["operator"], case.id, WHY)
    await case.refresh_from_db()
    assert (case.status, case.closed_at) == (CaseStatus.WITHDRAWN, world.clock.at)
    for row in await Referral.filter(id__in=[top.id, child.id]):
        assert (row.status, row.finished_at) == (ReferralStatus.CANCELLED, world.clock.at)
    assert len(await texts("withdrawn", MOBILE)) == 1
    await refused(referrals.report(world["county"], child.id, "انجام شد", ""), "wrong_state")
    assert not await Job.filter(kind="ladder").exists()
    world.clock.forward(days=2)
    await run_jobs()
    assert not await Breach.all().exists()
    assert clock.remaining(case) == timedelta(minutes=150)


async def test_withdrawn_after_the_limit_is_a_breach_whether_or_not_a_worker_saw_it(
    world: World,
) -> None:
    case = await world.case()
    world.clock.forward(hours=3, minutes=1)
    await closing.withdraw(world["operator"], case.id, WHY)
    assert (await Breach.get(case_id=case.id)).agency_id == case.agency_id


@pytest.mark.parametrize("name", ["senior", "supervisor"])
async def test_a_duplicate_belongs_to_the_originals_incident(world: World, name: str) -> None:
    first, second = await world.case(), await world.case()
    await closing.mark_duplicate(world[name], second.id, first.tracking_code)
    await first.refresh_from_db()
    await second.refresh_from_db()
    assert (second.status, second.duplicate_of_id) == (CaseStatus.DUPLICATE, first.id)
    assert second.incident_id == first.incident_id is not None
    assert first.status is CaseStatus.UNDER_REVIEW
    assert len(await texts("duplicate", MOBILE)) == 1


async def test_originals_that_are_none(world: World) -> None:
    case, gone, other = await world.case(), await world.case(), await world.case(agency="ENE")
    await closing.withdraw(world["operator"], gone.id, WHY)

    async def mark(code: object) -> object:
        return await closing.mark_duplicate(world["senior"], case.id, code)

    await refuses(mark, [case.tracking_code, gone.tracking_code], ("invalid", "original"))
    await refuses(
        mark, ["123", "9" * 40, other.tracking_code, "4821-3907-5612"], ("unknown", "original")
    )
    await refuses_texts(mark, "original", 1, 40)


async def test_duplicates_make_no_chains(world: World) -> None:
    first, second, third = await world.case(), await world.case(), await world.case()
    supervisor = world["supervisor"]
    await closing.mark_duplicate(supervisor, second.id, first.tracking_code)
    await refused(closing.mark_duplicate(supervisor, third.id, second.tracking_code), "invalid")
    await refused(closing.mark_duplicate(supervisor, first.id, third.tracking_code), "invalid")
    await refused(closing.mark_duplicate(supervisor, second.id, third.tracking_code), "wrong_state")
    await closing.mark_duplicate(supervisor, third.id, first.tracking_code)
    assert await Case.filter(duplicate_of_id=first.id).count() == 2


async def test_out_of_scope_by_the_centre(world: World) -> None:
    case = await world.case()
    await closing.mark_out_of_scope(world["supervisor"], case.id, "judiciary")
    await case.refresh_from_db()
    assert case.status is CaseStatus.OUT_OF_SCOPE
    [text] = await texts("out_of_scope", MOBILE)
    assert "۱۲۹" in text
    entry = await CaseEvent.get(case_id=case.id, kind="mark_out_of_scope")
    assert entry.text == "قوه قضاییه (۱۲۹)"
    await text_in(case.tracking_code)
    assert "خارج از شمول" in (await texts("status", MOBILE))[0]


async def test_unknown_bodies(world: World) -> None:
    case = await world.case()
    await refuses(
        lambda code: closing.mark_out_of_scope(world["supervisor"], case.id, code),
        BAD_CODES,
        ("unknown", "category"),
    )


async def test_a_citizen_may_have_it_opened_again_for_seven_days(world: World) -> None:
    case = await closed(world)
    world.clock.forward(days=7)
    await closing.reopen(world["operator"], case.id, WHY)
    await case.refresh_from_db()
    assert (case.round, case.reopened, case.closed_at) == (2, 1, None)
    assert case.due_at - world.clock.at == timedelta(hours=3)
    assert await Job.filter(kind="ladder").count() == 1


async def test_not_after_seven_days(world: World) -> None:
    case = await closed(world)
    world.clock.forward(days=7, seconds=1)
    await refused(closing.reopen(world["operator"], case.id, WHY), "expired")


async def test_not_after_the_centre_has_decided(world: World) -> None:
    case = await world.case()
    await answered(world, case)
    await asked(world, case)
    await text_in("1")
    await answered(world, case, "supervisor")
    await asked(world, case)
    await text_in("4")
    await refused(closing.reopen(world["operator"], case.id, WHY), "final")


async def test_bad_input_and_stale_versions(world: World) -> None:
    case = await world.case()
    operator, old = world["operator"], case.version - 1
    await refuses_texts(lambda v: closing.withdraw(operator, case.id, v), "reason", 3, 500)
    await refuses_texts(lambda v: closing.reopen(operator, case.id, v), "reason", 3, 500)
    other = await world.case()
    for act in (
        closing.withdraw(operator, case.id, WHY, old),
        closing.reopen(operator, case.id, WHY, old),
        closing.mark_duplicate(world["senior"], case.id, other.tracking_code, old),
        closing.mark_out_of_scope(world["supervisor"], case.id, "judiciary", old),
    ):
        await refused(act, "stale")
    for key in BAD_KEYS:
        await refused(closing.withdraw(operator, key, WHY), "not_found")  # type: ignore[arg-type]
        await refused(
            closing.mark_duplicate(world["senior"], key, other.tracking_code),  # type: ignore[arg-type]
            "not_found",
        )
    assert not await OutboxMessage.filter(dedupe_key__contains="ended").exists()
