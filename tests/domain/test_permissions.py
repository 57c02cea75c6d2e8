"""Who may do what in which status: every actor, every act, every status, against a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from domain import closing, notes, permissions, questions, referrals, results, review
from domain.actors import CASES_READ, CASES_WRITE, CITIZEN, FIGURES_READ, SYSTEM, Actor, of_client
from domain.errors import DomainError
from domain.permissions import Act, ReferralAct
from models import Case, Client, Referral
from models.database import transaction
from models.enums import CaseStatus
from tests.support.life import RESULT, answered, answered_by_county, asked, ordered, text_in
from tests.support.refusals import refusal
from tests.support.unchanged import unchanged
from tests.support.world import World

COORDINATORS = ("main", "subsidiary", "provincial", "county")
STAFF = ("operator", "operator2", "senior", "senior_ene", "fars", "head", "inspector")
CENTRE = ("supervisor", "centre_head", "admin")
READ, BOTH = (CASES_READ,), (CASES_READ, CASES_WRITE)
PARTNERS = {
    "EDU rw": ("EDU", BOTH),
    "EDU r": ("EDU", READ),
    "EDU w": ("EDU", (CASES_WRITE,)),
    "EDU figures": ("EDU", (FIGURES_READ,)),
    "EDU-c1 rw": ("EDU-c1", BOTH),
    "EDU-p2 rw": ("EDU-p2", BOTH),
    "ENE rw": ("ENE", BOTH),
}

ALWAYS_SEE = {"operator", "senior", "head", "inspector", "supervisor", "centre_head"} | {
    "EDU rw",
    "EDU r",
    "EDU-c1 rw",
}
SEE_THE_REFERRAL = set(COORDINATORS)

REVIEWERS = {"senior", "EDU rw"}
HANDLERS = {"county", "EDU-c1 rw"}
TELEPHONE = {"operator", "supervisor"}
WRITERS = {"operator", "supervisor", "head", "centre_head"}

MAY: dict[str, dict[Act, set[str]]] = {
    "registered": {
        Act.ORDER: {"supervisor"},
        Act.RECORD_RESULT: {"supervisor"},
        Act.ASK_CITIZEN: {"supervisor"},
        Act.REROUTE: {"supervisor"},
        Act.WITHDRAW: TELEPHONE,
        Act.MARK_DUPLICATE: {"supervisor"},
        Act.MARK_OUT_OF_SCOPE: {"supervisor"},
        Act.NOTE: WRITERS,
    },
    "under_review": {
        Act.ORDER: REVIEWERS,
        Act.RECORD_RESULT: REVIEWERS,
        Act.ASK_CITIZEN: REVIEWERS,
        Act.RETURN_TO_CENTRE: REVIEWERS,
        Act.WITHDRAW: TELEPHONE,
        Act.MARK_DUPLICATE: REVIEWERS | {"supervisor"},
        Act.MARK_OUT_OF_SCOPE: {"supervisor"},
        Act.NOTE: WRITERS | REVIEWERS,
    },
    "national": {
        Act.ORDER: {"supervisor"},
        Act.RECORD_RESULT: {"supervisor"},
        Act.ASK_CITIZEN: {"supervisor"},
        Act.RETURN_TO_CENTRE: set(),
        Act.WITHDRAW: TELEPHONE,
        Act.MARK_DUPLICATE: {"supervisor"},
        Act.MARK_OUT_OF_SCOPE: {"supervisor"},
        Act.NOTE: WRITERS,
    },
    "in_handling": {
        Act.ORDER: REVIEWERS,
        Act.ASK_CITIZEN: REVIEWERS | HANDLERS,
        Act.WITHDRAW: TELEPHONE,
        Act.NOTE: WRITERS | REVIEWERS | HANDLERS,
    },
    "waiting_citizen": {
        Act.WITHDRAW: TELEPHONE,
        Act.NOTE: WRITERS | REVIEWERS | HANDLERS,
    },
    "answered": {Act.NOTE: WRITERS | REVIEWERS},
    "closed": {Act.NOTE: WRITERS | REVIEWERS, Act.REOPEN: TELEPHONE},
    "withdrawn": {Act.NOTE: WRITERS | REVIEWERS},
    "duplicate": {Act.NOTE: WRITERS | REVIEWERS},
    "out_of_scope": {Act.NOTE: WRITERS | REVIEWERS},
}
"""Acts that the status allows at all, and those who may do them; any other act is `wrong_state`."""
REFERRED = {"in_handling", "waiting_citizen", "answered", "closed"}
"""States that `_bring` reaches by a referral to the county."""


async def _bring(world: World, state: str) -> Case:
    case = await world.case()
    match state:
        case "registered":
            await review.return_to_centre(world["senior"], case.id, "مربوط به ما نیست")
        case "national":
            await asked(world, await answered(world, case))
            await text_in("1")
        case "in_handling" | "waiting_citizen":
            await ordered(world, case)
            if state == "waiting_citizen":
                await questions.ask(world["county"], case.id, "شماره باجه چند است؟")
        case "answered" | "closed":
            await answered_by_county(world, case)
            if state == "closed":
                await asked(world, case)
                await text_in("4")
        case "withdrawn":
            await closing.withdraw(world["operator"], case.id, "منصرف شدم")
        case "duplicate":
            first = await world.case()
            await closing.mark_duplicate(world["senior"], case.id, first.tracking_code)
        case "out_of_scope":
            await closing.mark_out_of_scope(world["supervisor"], case.id, "judiciary")
    await case.refresh_from_db()
    return case


def _do(act: Act, actor: Actor, case: Case, other: Case) -> Awaitable[object]:
    reason = "دلیل روشن"
    ways: dict[Act, Callable[[], Awaitable[object]]] = {
        Act.ORDER: lambda: review.order(actor, case.id, "بررسی شود", ["EDU-p1"]),
        Act.RECORD_RESULT: lambda: results.record(actor, case.id, RESULT),
        Act.RETURN_TO_CENTRE: lambda: review.return_to_centre(actor, case.id, reason),
        Act.REROUTE: lambda: review.reroute(actor, case.id, "ENE", reason),
        Act.ASK_CITIZEN: lambda: questions.ask(actor, case.id, "کدام باجه؟"),
        Act.WITHDRAW: lambda: closing.withdraw(actor, case.id, reason),
        Act.REOPEN: lambda: closing.reopen(actor, case.id, reason),
        Act.MARK_DUPLICATE: lambda: closing.mark_duplicate(actor, case.id, other.tracking_code),
        Act.MARK_OUT_OF_SCOPE: lambda: closing.mark_out_of_scope(actor, case.id, "judiciary"),
        Act.NOTE: lambda: notes.add(actor, case.id, "یادداشت"),
    }
    return ways[act]()


async def _everybody(world: World) -> dict[str, Actor]:
    names = (*COORDINATORS, *STAFF, *CENTRE)
    found = {name: world[name] for name in names}
    for name, (agency, scopes) in PARTNERS.items():
        found[name] = await of_client(
            Client(id=name, name=name, agency_id=world.units[agency].id, scopes=list(scopes))
        )
    return found


class _Undone(Exception):
    pass


async def _allowed(act: Awaitable[object]) -> None:
    """It is done, and undone."""
    try:
        async with transaction():
            await act
            raise _Undone
    except _Undone:
        pass


async def _store_partners(world: World) -> None:
    for name, (agency, scopes) in PARTNERS.items():
        await Client.create(
            id=name,
            name=name,
            agency=world.units[agency],
            secret_hash="",
            scopes=list(scopes),
            created_at=world.clock(),
            revoked_at=world.clock(),  # an empty chair: they only act here, nobody waits for them
        )


@pytest.mark.parametrize("state", MAY)
async def test_every_act_of_everybody(world: World, state: str) -> None:
    case = await _bring(world, state)
    other = await world.case()
    everybody = await _everybody(world)
    await _store_partners(world)
    seers = ALWAYS_SEE | (SEE_THE_REFERRAL if state in REFERRED else set())
    for name, actor in everybody.items():
        async with unchanged():
            for act in set(Act) - {Act.EXPLAIN_BREACH}:
                doing = _do(act, actor, case, other)
                if name in seers and name in MAY[state].get(act, ()):
                    await _allowed(doing)
                    continue
                code, _ = await refusal(doing)
                if name not in seers:
                    assert code == "not_found", (name, act)
                else:
                    expected = "forbidden" if act in MAY[state] else "wrong_state"
                    assert code == expected, (name, act)


@pytest.mark.parametrize("state", MAY)
async def test_shown_acts_are_those_that_succeed(world: World, state: str) -> None:
    case = await _bring(world, state)
    for name, actor in (await _everybody(world)).items():
        handling = await referrals.holds_open(actor, case)
        shown = permissions.acts(actor, case, handling=handling) - {Act.EXPLAIN_BREACH}
        seers = ALWAYS_SEE | (SEE_THE_REFERRAL if state in REFERRED else set())
        if name in seers:
            assert shown == {act for act, who in MAY[state].items() if name in who}, name


ON_PROVINCE = {"provincial", "EDU rw"}
SEE_PROVINCE = (
    ON_PROVINCE
    | {"main", "subsidiary", "operator", "senior", "head", "inspector"}
    | {
        "supervisor",
        "centre_head",
        "EDU r",
    }
)


@pytest.mark.parametrize("waiting", [False, True])
async def test_every_act_of_everybody_on_a_referral(world: World, waiting: bool) -> None:
    case = await world.case()
    [province] = await ordered(world, case, "EDU-p1")
    if waiting:
        await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    everybody = await _everybody(world)
    await _store_partners(world)
    for name, actor in everybody.items():
        async with unchanged():
            for act in ReferralAct:
                doing = _on_referral(act, actor, province)
                if name in ON_PROVINCE and not waiting:
                    await _allowed(doing)
                    continue
                code, _ = await refusal(doing)
                expected = "wrong_state" if name in ON_PROVINCE else "forbidden"
                assert code == (expected if name in SEE_PROVINCE else "not_found"), (name, act)


def _on_referral(act: ReferralAct, actor: Actor, referral: Referral) -> Awaitable[object]:
    match act:
        case ReferralAct.ACCEPT:
            return referrals.accept(actor, referral.id)
        case ReferralAct.REFER:
            return referrals.refer(actor, referral.id, ["EDU-c1"], "بررسی شود")
        case ReferralAct.REPORT:
            return referrals.report(actor, referral.id, "انجام شد", "")
        case ReferralAct.RETURN:
            return referrals.give_back(actor, referral.id, "مربوط به ما نیست")


@pytest.mark.parametrize("actor", [SYSTEM, CITIZEN], ids=["system", "citizen"])
@pytest.mark.parametrize("status", CaseStatus)
def test_neither_the_service_nor_the_citizen_acts_through_screens(
    actor: Actor, status: CaseStatus
) -> None:
    case = Case(id=1, status=status, at_centre=False, main_agency_id=1)
    assert permissions.acts(actor, case) == frozenset()


def test_a_refusal_names_no_field() -> None:
    with pytest.raises(DomainError) as caught:
        permissions.require_role(CITIZEN)
    assert (caught.value.code, caught.value.field) == ("forbidden", None)
