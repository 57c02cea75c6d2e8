from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from domain import rules, sending
from models import ProviderAlarm, SendingHalt
from models.enums import Resumption
from sms import codes, halting
from sms.gateway import Action, Capability, NotSent, Refused
from tests.support.provider import ScriptedGateway, refused
from tests.support.world import LINE, World

GATEWAYS = ["kavenegar", "http"]
EXPECTED: dict[Action, tuple[str, Resumption, timedelta | None]] = {
    Action.HALT: ("*", Resumption.OPERATOR, None),
    Action.HALT_LINE: (LINE, Resumption.OPERATOR, None),
    Action.HALT_CREDIT: ("*", Resumption.CREDIT, None),
    Action.PAUSE: ("*", Resumption.TIME, timedelta(minutes=10)),
}


@pytest.mark.parametrize("name", GATEWAYS)
@pytest.mark.parametrize("action", list(Action))
async def test_what_each_refusal_asks_for_beyond_its_message(
    world: World, name: str, action: Action
) -> None:
    await halting.heed(ScriptedGateway(name=name), Refused(7, "no", action, "دلیل"))
    halts = [
        (row.gateway, row.line, row.resumes, row.until and row.until - world.clock(), row.code)
        for row in await SendingHalt.all()
    ]
    assert halts == ([(name, *EXPECTED[action], 7)] if action in EXPECTED else [])
    assert {row.reason for row in await SendingHalt.all()} <= {"دلیل"}
    alarms = [(row.gateway, row.code, row.detail) for row in await sending.alarms()]
    assert alarms == ([(name, "code:7", "دلیل")] if action is Action.BUG else [])


@pytest.mark.parametrize("code", [*codes.RETURN_CODES, 699])
async def test_an_alarm_is_logged_once_and_says_nothing_personal(world: World, code: int) -> None:
    gateway = ScriptedGateway()
    with capture_logs() as logs:
        await halting.heed(gateway, refused(code))
        await halting.heed(gateway, refused(code))
    alarms = [entry for entry in logs if entry["event"] == "provider alarm"]
    assert len(alarms) == (codes.return_code(code).action is Action.BUG)


async def test_who_cannot_be_asked_for_its_credit_is_tried_after_a_while(world: World) -> None:
    gateway = ScriptedGateway(name="http", capabilities=frozenset())
    await halting.heed(gateway, Refused(402, "no credit", Action.HALT_CREDIT, "اعتبار"))
    [halt] = await sending.halts()
    assert halt.resumes is Resumption.TIME
    world.clock.forward(minutes=10)
    assert await sending.halts() == []
    await halting.probe(gateway)
    assert not await SendingHalt.exists() and gateway.asked == []


async def test_credit_resumes_its_own_gateway_only(world: World) -> None:
    first, second = ScriptedGateway(credit=0), ScriptedGateway(name="http")
    for gateway in (first, second):
        await halting.heed(gateway, refused(418))
    assert (await halting.probe(first) - world.clock()) == timedelta(minutes=3)
    assert len(await sending.halts()) == 2
    await halting.probe(second)
    assert [halt.gateway for halt in await sending.halts()] == ["kavenegar"]
    first.credit = 1
    await halting.probe(first)
    assert await sending.halts() == []


async def test_credit_resumes_nothing_that_a_person_must(world: World) -> None:
    gateway = ScriptedGateway()
    await halting.heed(gateway, refused(403))
    await halting.probe(gateway)
    assert len(await sending.halts()) == 1 and gateway.asked == []


async def test_a_line_that_is_not_used_any_more_halts_nothing(world: World) -> None:
    await halting.heed(ScriptedGateway(line="3000999"), refused(412))
    await halting.probe(ScriptedGateway())
    assert await sending.halts() == []


async def test_a_probe_that_fails_changes_nothing(world: World) -> None:
    gateway = ScriptedGateway(failure=NotSent("down"))
    await halting.heed(gateway, refused(418))
    with pytest.raises(NotSent):
        await halting.probe(gateway)
    assert len(await sending.halts()) == 1


async def test_the_account_raises_and_clears_its_alarms(world: World) -> None:
    gateway = ScriptedGateway(wrong=("debugmode", "resendfailed"), credit=999_999)
    await sending.alarm("http", "debugmode")
    await sending.alarm("kavenegar", "code:699")
    with capture_logs() as logs:
        again = await halting.check_account(gateway)
    assert again > world.clock()
    mine = ProviderAlarm.filter(gateway="kavenegar").order_by("code")
    assert [(row.code, row.detail) for row in await mine] == [
        ("code:699", ""),
        ("credit", "999999"),
        ("debugmode", ""),
        ("resendfailed", ""),
    ]
    assert [entry["log_level"] for entry in logs] == ["error"] * 3
    gateway.wrong, gateway.credit = (), 1_000_000
    await halting.check_account(gateway)
    assert [row.code for row in await mine] == ["code:699"]
    assert await ProviderAlarm.filter(gateway="http").count() == 1


async def test_how_low_credit_may_be_is_a_rule(world: World) -> None:
    await rules.store("low_credit", 5)
    await halting.check_account(ScriptedGateway(credit=5))
    assert await sending.alarms() == []
    await halting.check_account(ScriptedGateway(credit=4))
    assert [row.code for row in await sending.alarms()] == ["credit"]


async def test_a_feature_that_is_not_allowed_raises_an_alarm_until_it_works(
    world: World,
) -> None:
    gateway = ScriptedGateway()
    await halting.switched_off(gateway, "sms.blocked", refused(407))
    [alarm] = await sending.alarms()
    assert alarm.code == "off:sms.blocked"
    assert await sending.halts() == []
    await halting.check_account(gateway)
    assert len(await sending.alarms()) == 1
    await halting.switched_on(gateway, "sms.blocked")
    assert await sending.alarms() == []
    assert Capability.BLOCKED in gateway.capabilities
