"""For every mutation: a case it fits, who may do it, who may not, and when it is too late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import models
from domain import referrals, results, review, time
from models.enums import CaseStatus
from tests.graphql_schema.conftest import gid
from tests.support.world import World

Given = dict[str, Any]
OTHER = "+989351112233"


@dataclass(frozen=True)
class Scenario:
    """`arrange` makes the state and gives the input; `late` makes the act impossible.

    `who` may act, `seer` sees the thing but may not, `stranger` must not know that it exists.
    `thing` is the payload's field, `names` the input field that names what is acted on. `seer` is
    empty where everybody who sees it may act; `traced`: the act is an entry of a timeline.
    """

    mutation: str
    arrange: Callable[[World], Awaitable[Given]]
    who: str
    seer: str
    thing: str
    names: str
    stranger: str = "ENE"
    late: Callable[[World], Awaitable[Any]] | None = None
    too_late: str = "wrong_state"
    versioned: bool = True
    traced: bool = True
    change: Given = field(default_factory=dict)

    @property
    def selection(self) -> str:
        return f"{self.thing} {{ id }}"


async def the_case() -> models.Case:
    case = await models.Case.all().order_by("id").first()
    assert case is not None
    return case


async def reviewed(world: World, **given: Any) -> Given:
    return {"caseId": gid(await world.case()), **given}


async def answered(world: World) -> models.Case:
    case = await the_case()
    await results.record(world["senior"], case.id, "باجه از ساعت ۸ باز است.")
    return case


async def closed(world: World) -> None:
    case = await answered(world)
    await models.Case.filter(id=case.id).update(status=CaseStatus.CLOSED, closed_at=time.now())


def on_case(**given: Any) -> Callable[[World], Awaitable[Given]]:
    async def arrange(world: World) -> Given:
        return await reviewed(world, **given)

    return arrange


def on_referral(**given: Any) -> Callable[[World], Awaitable[Given]]:
    async def arrange(world: World) -> Given:
        case = await world.case()
        await review.order(world["senior"], case.id, "بررسی و رفع مشکل باجه", ["EDU-p1"])
        return {"referralId": gid(await models.Referral.get(case_id=case.id)), **given}

    return arrange


async def reported(world: World) -> None:
    referral = await models.Referral.get(parent_id=None)
    await referrals.report(world["provincial"], referral.id, "باجه باز شد", "")


async def at_the_centre(world: World) -> Given:
    given = await reviewed(world, agency="ENE", reason="مربوط به وزارت نیرو است")
    await review.return_to_centre(world["senior"], (await the_case()).id, "دستگاه ما نیست")
    return given


async def rerouted(world: World) -> None:
    await review.reroute(world["supervisor"], (await the_case()).id, "ENE", "مربوط به نیرو است")


async def closed_case(world: World) -> Given:
    given = await reviewed(world, reason="باجه باز هم بسته است")
    await closed(world)
    return given


async def past_reopening(_world: World) -> None:
    await models.Case.all().update(closed_at=time.now() - timedelta(days=8))


async def with_original(world: World) -> Given:
    given = await reviewed(world)
    other = await world.case(OTHER)
    return {**given, "original": other.tracking_code}


async def breached(world: World) -> Given:
    case = await world.case()
    current = await models.Round.get(case_id=case.id)
    breach = await models.Breach.create(
        case=case, round=current, agency_id=case.main_agency_id, created_at=time.now()
    )
    return {"breachId": gid(breach), "explanation": "کارمند باجه در مرخصی بود."}


async def notified(world: World) -> Given:
    await world.case()
    return {"notificationId": gid(await models.Notification.get(user=world.users["senior"]))}


async def explained(world: World) -> None:
    await models.Breach.all().update(explanation="پیش‌تر گفته شد", explained_at=time.now())


async def registration(_world: World) -> Given:
    return {
        "reporterName": "زهرا کریمی",
        "nationalId": "0012345679",
        "mobile": "09351112233",
        "kind": "COMPLAINT",
        "reporterKind": "CITIZEN",
        "agency": "EDU-p1",
        "place": "v1",
        "indicator": "I5",
        "otherIndicators": ["I7", "I7"],
        "subject": "باز نبودن باجه",
        "text": "باجه پذیرش تا ساعت ۱۰ بسته بود.",
        "consent": True,
    }


SCENARIOS = [
    Scenario(
        "registerCase",
        registration,
        "EDU",
        "operator",
        "case",
        "",
        versioned=False,
        change={"subject": "موضوعی دیگر"},
    ),
    Scenario(
        "orderAction",
        on_case(text="بررسی و رفع مشکل باجه", units=["EDU-p1"]),
        "EDU",
        "EDU-p1",
        "order",
        "caseId",
        late=answered,
        change={"text": "دستوری دیگر"},
    ),
    Scenario(
        "returnCase",
        on_case(reason="مربوط به دستگاه ما نیست"),
        "EDU",
        "EDU-p1",
        "case",
        "caseId",
        late=answered,
        change={"reason": "دلیلی دیگر"},
    ),
    Scenario(
        "rerouteCase",
        at_the_centre,
        "supervisor",
        "senior",
        "case",
        "caseId",
        stranger="senior_ene",
        late=rerouted,
        change={"reason": "دلیلی دیگر"},
    ),
    Scenario(
        "askCitizen",
        on_case(text="چه روزی مراجعه کردید؟"),
        "EDU",
        "EDU-p1",
        "question",
        "caseId",
        late=answered,
        change={"text": "پرسشی دیگر؟"},
    ),
    Scenario(
        "recordResult",
        on_case(result="باجه از ساعت ۸ باز است."),
        "EDU",
        "EDU-p1",
        "case",
        "caseId",
        late=answered,
        change={"result": "نتیجه‌ای دیگر برای شهروند"},
    ),
    Scenario(
        "acceptReferral",
        on_referral(),
        "EDU-p1",
        "senior",
        "referral",
        "referralId",
        late=reported,
        change={"expectedVersion": 3},
    ),
    Scenario(
        "referCase",
        on_referral(units=["EDU-c1"], instruction="بازدید از باجه"),
        "EDU-p1",
        "senior",
        "referrals",
        "referralId",
        late=reported,
        change={"instruction": "کاری دیگر"},
    ),
    Scenario(
        "reportReferral",
        on_referral(result="باجه باز شد", actions="بازدید"),
        "EDU-p1",
        "senior",
        "referral",
        "referralId",
        late=reported,
        change={"result": "نتیجه‌ای دیگر"},
    ),
    Scenario(
        "returnReferral",
        on_referral(reason="در حوزه ما نیست"),
        "EDU-p1",
        "senior",
        "referral",
        "referralId",
        late=reported,
        change={"reason": "دلیلی دیگر"},
    ),
    Scenario(
        "withdrawCase",
        on_case(reason="دیگر لازم نیست"),
        "operator",
        "EDU",
        "case",
        "caseId",
        late=answered,
        change={"reason": "دلیلی دیگر"},
    ),
    Scenario(
        "reopenCase",
        closed_case,
        "operator",
        "EDU",
        "case",
        "caseId",
        late=past_reopening,
        too_late="expired",
        change={"reason": "دلیلی دیگر"},
    ),
    Scenario(
        "markDuplicate",
        with_original,
        "EDU",
        "EDU-p1",
        "case",
        "caseId",
        late=answered,
        change={"original": "482139075612"},
    ),
    Scenario(
        "markOutOfScope",
        on_case(category="judiciary"),
        "supervisor",
        "senior",
        "case",
        "caseId",
        late=answered,
        change={"category": "emergency"},
    ),
    Scenario(
        "explainBreach",
        breached,
        "head",
        "senior",
        "breach",
        "breachId",
        late=explained,
        too_late="already_done",
        change={"explanation": "توضیحی دیگر برای تأخیر"},
    ),
    Scenario(
        "addNote",
        on_case(text="تماس گرفته شد"),
        "EDU",
        "EDU-p1",
        "event",
        "caseId",
        change={"text": "یادداشتی دیگر"},
    ),
    Scenario(
        "readNotifications",
        notified,
        "senior",
        "",
        "notification",
        "notificationId",
        versioned=False,
        traced=False,
        change={"notificationId": "Q2FzZTo5OTk="},
    ),
]
