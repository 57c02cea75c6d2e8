"""The ladder of the clock: who is told when, each rung once, and who answers for a breach."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from domain import breaches, jobs, ladder, notifications, questions, review, rules
from domain.errors import DomainError, Forbidden, NotFound
from domain.rules import Rung
from models import Breach, Case, CaseEvent, Job, LadderStep, Notification, Round, User
from models.enums import LadderRung, NoticeKind
from tests.support.life import answered, asked, ordered, run_jobs, text_in, texts
from tests.support.world import START, World

RUNGS = ["reminder", "warning", "breach", "centre", "centre_head"]
REASON = "سامانه دستگاه قطع بود و پیگیری شد"


async def climbed(case: Case) -> list[str]:
    steps = await LadderStep.filter(round__case_id=case.id).order_by("id")
    return [step.rung for step in steps]


async def told(kind: str) -> list[str]:
    """User names that were told of `kind`, each as often as they were."""
    rows = await Notification.filter(kind=kind).select_related("user").order_by("id")
    return [row.user.username for row in rows]


async def test_each_rung_in_its_time(world: World) -> None:
    case = await world.case()
    for minutes, rungs in [
        (89, 0), (90, 1), (143, 1), (144, 2), (179, 2), (180, 3),
        (359, 3), (360, 4), (1619, 4), (1620, 5), (9000, 5),
    ]:  # fmt: skip
        world.clock.at = START + timedelta(minutes=minutes)
        await run_jobs()
        assert await climbed(case) == RUNGS[:rungs], minutes
    assert not await Job.filter(key__startswith="ladder:").exists()
    assert await told("reminder") == ["senior"]
    assert await told("warning") == ["senior"]
    assert await told("breach") == ["head"]
    assert await told("centre") == ["supervisor"]
    assert await told("centre_head") == ["centre_head"]


async def test_the_holder_and_the_senior_are_warned_once_each(world: World) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-c1", "EDU-p1")
    world.clock.forward(minutes=150)
    await run_jobs()
    assert Counter(await told("reminder")) == Counter(["county", "provincial"])
    assert Counter(await told("warning")) == Counter(["county", "provincial", "senior"])


async def test_after_a_day_of_downtime_each_once_and_in_order(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=48)
    await run_jobs()
    assert await climbed(case) == RUNGS
    await run_jobs()
    for kind in RUNGS:
        assert len(await told(kind)) == 1, kind
    kinds = [event.kind for event in await CaseEvent.filter(case_id=case.id).order_by("id")]
    assert kinds.count("breach") == 1 and kinds.count("ladder") == 4


async def test_doing_it_again_changes_nothing(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=4)
    current = await Round.get(case_id=case.id)
    for _ in range(3):
        assert await ladder.climb(current.id) == current.due_at + timedelta(hours=3)
    assert await Breach.all().count() == 1 and len(await told("breach")) == 1


async def test_a_paused_clock_does_not_climb(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=60)
    await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    assert not await Job.filter(key__startswith="ladder:").exists()
    world.clock.forward(hours=20)
    await run_jobs()
    assert await climbed(case) == []
    await text_in("باجه ۳")
    world.clock.forward(minutes=29)
    await run_jobs()
    assert await climbed(case) == []
    world.clock.forward(minutes=1)
    await run_jobs()
    assert await climbed(case) == ["reminder"]
    world.clock.forward(minutes=89)
    await run_jobs()
    assert await climbed(case) == ["reminder", "warning"]
    world.clock.forward(minutes=1)
    await run_jobs()
    assert await climbed(case) == RUNGS[:3]


async def test_a_job_of_a_paused_or_older_round_does_nothing(world: World) -> None:
    case = await world.case()
    await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    world.clock.forward(hours=10)
    current = await Round.get(case_id=case.id)
    assert await ladder.climb(current.id) is None
    await text_in("باجه ۳")
    await answered(world, case)
    await asked(world, case)
    await text_in("1")
    world.clock.forward(hours=10)
    assert await ladder.climb(current.id) is None
    assert not await Breach.filter(round_id=current.id).exists()


async def test_an_answer_ends_the_climb(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=100)
    await run_jobs()
    await answered(world, case)
    world.clock.forward(hours=40)
    await run_jobs()
    assert await climbed(case) == ["reminder"]
    assert not await Breach.exists()


async def test_a_new_round_has_a_ladder_of_its_own(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=4)
    await run_jobs()
    await answered(world, case)
    await asked(world, case)
    await text_in("1")
    world.clock.forward(hours=4)
    await run_jobs()
    assert await climbed(case) == RUNGS[:3] * 2
    assert await Breach.filter(case_id=case.id).count() == 2


async def test_late_without_a_worker_is_a_breach_all_the_same(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=5)
    await answered(world, case)
    current = await Round.get(case_id=case.id)
    assert current.breached_at == current.due_at
    assert await Breach.filter(round_id=current.id).count() == 1
    await run_jobs()
    assert await Breach.all().count() == 1 and await told("breach") == ["head"]


async def test_on_time_to_the_second_is_no_breach(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=3)
    await answered(world, case)
    assert not await Breach.exists()


async def test_the_nearest_head_answers(world: World) -> None:
    await User.create(
        username="head_guilan",
        password_hash="!",
        full_name="مدیرکل گیلان",
        mobile="+989120009999",
        role="head",
        agency=world.units["EDU-p1"],
        created_at=START,
    )
    await world.case()
    world.clock.forward(hours=3)
    await run_jobs()
    assert await told("breach") == ["head_guilan"]


async def test_for_an_agency_without_a_head_the_centre_answers(world: World) -> None:
    case = await world.case(agency="ENE")
    world.clock.forward(hours=3)
    await run_jobs()
    assert await told("breach") == ["supervisor"]
    assert await Breach.filter(case_id=case.id).exists()


async def test_the_centre_holds_a_case_without_a_senior(world: World) -> None:
    await world.case(agency="CUL")
    world.clock.forward(hours=2)
    await run_jobs()
    assert await told("reminder") == ["supervisor"]


async def test_one_text_for_many_breaches_and_none_for_warnings(world: World) -> None:
    cases = [await world.case(mobile=f"+98912777000{n}") for n in range(5)]
    world.clock.forward(minutes=170)
    await run_jobs()
    assert await told("warning") and await texts("staff_breach") == []
    world.clock.forward(minutes=15)
    await run_jobs()
    assert await texts("staff_breach") == []
    world.clock.forward(minutes=3)
    await run_jobs()
    [digest] = await texts("staff_breach", world.users["head"].mobile)
    assert digest.startswith("۵ پرونده") and digest.count("\u200e") == 3 and "و …" in digest
    assert len(cases) == await Breach.all().count()
    world.clock.forward(hours=30)
    await run_jobs()
    assert len(await texts("staff_breach")) == 1


async def test_a_breach_after_the_digest_makes_another(world: World) -> None:
    for number in range(2):
        await world.case(mobile=f"+98912777000{number}")
        world.clock.forward(hours=4)
        await run_jobs()
        world.clock.forward(minutes=3)
        await run_jobs()
    first, second = await texts("staff_breach")
    assert first != second and second.startswith("۱ پرونده")


async def test_the_ladder_is_data(world: World) -> None:
    await rules.store("ladder", [{"code": "reminder", "percent": 10}])
    assert (await rules.load()).ladder == (Rung(LadderRung.REMINDER, percent=10),)
    case = await world.case()
    world.clock.forward(minutes=18)
    await run_jobs()
    assert await climbed(case) == ["reminder"]


async def test_a_head_explains_once(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=4)
    await run_jobs()
    breach = await Breach.get(case_id=case.id)
    for name, error in [("senior", Forbidden), ("centre_head", Forbidden), ("county", NotFound)]:
        with pytest.raises(error):
            await breaches.explain(world[name], breach.id, REASON)
    with pytest.raises(DomainError):
        await breaches.explain(world["head"], breach.id, "کوتاه")
    await breach.refresh_from_db()
    assert breach.explained_at is None
    await breaches.explain(world["head"], breach.id, REASON)
    with pytest.raises(DomainError, match="done"):
        await breaches.explain(world["head"], breach.id, REASON + " دوباره")
    await breach.refresh_from_db()
    assert (breach.explanation, breach.explained_by_id) == (REASON, world.users["head"].id)


async def test_a_rerouted_case_is_the_new_agencys_breach(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=100)
    await review.return_to_centre(world["senior"], case.id, "مربوط به نیرو است")
    await review.reroute(world["supervisor"], case.id, "ENE", "قطعی برق")
    world.clock.forward(minutes=90)
    await run_jobs()
    breach = await Breach.get(case_id=case.id)
    assert breach.agency_id == world.units["ENE"].id


async def test_a_person_without_a_number_is_told_on_screen_only(world: World) -> None:
    case = await world.case()
    user = world.users["head"]
    user.mobile = ""
    await user.save()
    await notifications.notify([user], NoticeKind.BREACH, case, "k", by_sms=True)
    assert await notifications.unread_count(user.id) == 1
    assert not await Job.filter(kind="staff.digest").exists()
    assert await jobs.next_run(["ladder"]) is not None
