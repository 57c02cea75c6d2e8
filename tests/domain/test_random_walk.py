"""Random lives of cases: whatever people and time do, the promises hold after each step."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from domain import (
    breaches,
    closing,
    integrity,
    notes,
    permissions,
    questions,
    referrals,
    results,
    review,
    staff,
    visibility,
    workflow,
)
from domain.actors import Actor
from domain.errors import DomainError
from domain.permissions import OPEN_REFERRAL, Act, ReferralAct
from domain.workflow import RESUME, Move
from models import Breach, Case, CaseEvent, Referral, Round, Survey
from models.enums import CaseStatus, ReferralStatus, SurveyState
from tests.support.life import RESULT, run_jobs, text_in
from tests.support.world import World

WALKS, STEPS, BATCHES = 6, 25, 4
WORDS = "متن آزمایشی برای گام"
UNITS = ["EDU", "EDU-S", "EDU-p1", "EDU-c1", "EDU-p2"]
AGENCIES = ["EDU-c1", "EDU-c1", "EDU-c1", "EDU-p2", "ENE", "CUL"]
REPLIES = ["5", "۳", "2", "1", "2", "1 هنوز حل نشده", "5 ممنون", "0", "سلام"]


@dataclass
class Walk:
    """One walk of two cases of one phone: its dice, and what happened so far."""

    world: World
    dice: random.Random
    trace: list[str] = field(default_factory=list)

    async def act(self, case: Case) -> str:
        """One permitted act by a random person who may do something on the case."""
        names = self.dice.sample(list(self.world.actors), len(self.world.actors))
        for name in names:
            actor = self.world[name]
            if not await visibility.cases(actor).filter(id=case.id).exists():
                continue
            handling = await referrals.holds_open(actor, case)
            open_to = sorted(permissions.acts(actor, case, handling=handling) & set(ACTS))
            if set(open_to) <= SELDOM and self.dice.random() < 0.96:
                continue
            if handling and case.status is CaseStatus.IN_HANDLING and self.dice.random() < 0.7:
                return f"{name} {await self.handle(actor, case)}"
            if open_to:
                chosen = self.dice.choice(open_to)
                await ACTS[chosen](self, actor, case)
                return f"{name} {chosen}"
        return "nobody"

    async def handle(self, actor: Actor, case: Case) -> str:
        rows = await Referral.filter(
            case_id=case.id, agency_id=actor.agency_id, status__in=list(OPEN_REFERRAL)
        ).select_related("agency")
        row = self.dice.choice([r for r in rows if permissions.referral_acts(actor, case, r)])
        act = self.dice.choice(sorted(permissions.referral_acts(actor, case, row)))
        match act:
            case ReferralAct.ACCEPT:
                await referrals.accept(actor, row.id)
            case ReferralAct.REFER:
                await referrals.refer(actor, row.id, self.units(), WORDS)
            case ReferralAct.REPORT:
                await referrals.report(actor, row.id, WORDS, "")
            case ReferralAct.RETURN:
                await referrals.give_back(actor, row.id, WORDS)
        return act

    def units(self) -> list[str]:
        return self.dice.sample(UNITS, self.dice.randint(1, 2))

    async def order(self, actor: Actor, case: Case) -> None:
        await review.order(actor, case.id, WORDS, self.units())

    async def result(self, actor: Actor, case: Case) -> None:
        await results.record(actor, case.id, RESULT)

    async def ask(self, actor: Actor, case: Case) -> None:
        await questions.ask(actor, case.id, WORDS)

    async def back(self, actor: Actor, case: Case) -> None:
        await review.return_to_centre(actor, case.id, WORDS)

    async def reroute(self, actor: Actor, case: Case) -> None:
        await review.reroute(actor, case.id, self.dice.choice(AGENCIES), WORDS)

    async def reopen(self, actor: Actor, case: Case) -> None:
        await closing.reopen(actor, case.id, WORDS)

    async def note(self, actor: Actor, case: Case) -> None:
        await notes.add(actor, case.id, WORDS)

    async def explain(self, actor: Actor, case: Case) -> None:
        breach = await Breach.filter(case_id=case.id).first()
        if breach is not None:
            await breaches.explain(actor, breach.id, WORDS)

    async def end(self, actor: Actor, case: Case) -> None:
        if self.dice.random() < 0.4:
            await closing.withdraw(actor, case.id, WORDS)


ACTS: dict[Act, Callable[[Walk, Actor, Case], Awaitable[None]]] = {
    Act.ORDER: Walk.order,
    Act.RECORD_RESULT: Walk.result,
    Act.RETURN_TO_CENTRE: Walk.back,
    Act.REROUTE: Walk.reroute,
    Act.ASK_CITIZEN: Walk.ask,
    Act.REOPEN: Walk.reopen,
    Act.NOTE: Walk.note,
    Act.EXPLAIN_BREACH: Walk.explain,
    Act.WITHDRAW: Walk.end,
}


SELDOM = {Act.NOTE, Act.WITHDRAW, Act.EXPLAIN_BREACH}
"""What somebody may nearly always do; done often, it would be all that happens."""
HERS = {CaseStatus.ANSWERED, CaseStatus.WAITING_CITIZEN}
"""Statuses in which the citizen is the one to act."""


async def step(walk: Walk, case: Case) -> None:
    """Somebody acts, the citizen texts, or time passes, with a worker that runs or does not."""
    dice, world = walk.dice, walk.world
    await case.refresh_from_db()
    weights = [1, 5, 6] if case.status in HERS else [6, 1, 2]
    match dice.choices(["act", "text", "time"], weights)[0]:
        case "act":
            try:
                walk.trace.append(await walk.act(case))
            except DomainError as refused:
                walk.trace.append(f"refused {refused.code}")
        case "text":
            text = dice.choice(REPLIES if dice.random() > 0.02 else ["لغو"])
            row = await text_in(text, case.mobile)
            walk.trace.append(f"text {text} as {row.handled_as}")
        case "time":
            hours = dice.choice([0.05, 0.5, 1, 1, 1, 3, 24, 72])
            world.clock.forward(hours=hours)
            await world.delivered(case)
            walk.trace.append(f"{hours} h")
            if dice.random() < 0.7:
                await run_jobs()
                walk.trace.append("jobs")


async def holds(case: Case, pauses: dict[int, timedelta]) -> None:
    """Every promise of one case, and of its phone."""
    await case.refresh_from_db()
    rounds = await Round.filter(case_id=case.id).order_by("number")
    assert [row.number for row in rounds] == list(range(1, case.round + 1))
    assert (case.paused_at is not None) == (case.status is CaseStatus.WAITING_CITIZEN)
    first = rounds[0]
    assert first.started_at == case.registered_at
    paused = first.due_at - first.started_at - timedelta(minutes=180)
    assert timedelta(0) <= paused <= timedelta(hours=24)
    assert abs(paused - timedelta(seconds=first.paused_seconds)) < timedelta(seconds=30)
    assert paused >= pauses.get(case.id, timedelta(0))
    pauses[case.id] = paused
    await walked(case)
    await placed(case)
    if case.status in (CaseStatus.ANSWERED, CaseStatus.CLOSED):
        assert rounds[-1].result == RESULT
    assert await Survey.filter(mobile=case.mobile, state=SurveyState.ASKED).count() <= 1


async def walked(case: Case) -> None:
    """The timeline is a walk of the workflow's table that ends where the case is."""
    stands, before = CaseStatus.REGISTERED, None
    at: datetime | None = None
    for event in await CaseEvent.filter(case_id=case.id).order_by("id"):
        assert at is None or event.at >= at
        at = event.at
        if event.from_status is None:
            continue
        assert event.from_status is stands
        target = workflow.TABLE[stands][Move(event.kind)]
        assert event.to_status is (before if target == RESUME else target)
        stands, before = event.to_status, stands
    assert stands is case.status


async def placed(case: Case) -> None:
    """A case in handling has work with a unit, another has not; and somebody answers for it."""
    top = await Referral.filter(
        case_id=case.id, parent_id=None, status__in=list(OPEN_REFERRAL)
    ).count()
    where = case.resume_status or case.status
    assert (where is CaseStatus.IN_HANDLING) == (top > 0)
    if case.status in workflow.RUNNING:
        assert case.at_centre or await staff.holders(case)
    work_to_do = [ReferralStatus.PENDING, ReferralStatus.ACCEPTED]
    if case.status is CaseStatus.IN_HANDLING:
        assert await Referral.filter(case_id=case.id, status__in=work_to_do).exists()


@pytest.mark.parametrize("batch", range(BATCHES))
async def test_the_promises_hold_after_every_step(world: World, batch: int) -> None:
    seen: set[CaseStatus] = set()
    pauses: dict[int, timedelta] = {}
    for number in range(WALKS):
        walk = Walk(world, random.Random(f"{batch}:{number}"))
        mobile = f"+98912111{batch}{number:03d}"
        pair = [
            await world.case(mobile=mobile, agency=walk.dice.choice(AGENCIES)) for _ in range(2)
        ]
        try:
            for _ in range(STEPS):
                await step(walk, walk.dice.choice(pair))
                for case in pair:
                    await holds(case, pauses)
                    seen.add(case.status)
            assert await integrity.check() == []
        except AssertionError as broken:
            raise AssertionError(" → ".join(walk.trace)) from broken
    assert len(seen) >= 5
