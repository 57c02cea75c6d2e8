"""What a provider's complaint stops, what raises an alarm, and how it ends by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from domain import rules, sending
from domain.time import now
from models import ProviderAlarm, SendingHalt
from models.enums import Resumption
from sms.gateway import Account, Action, Capability, Gateway, Refused

log = structlog.get_logger("sms")

PROBE_EVERY: Final = timedelta(minutes=3)
CHECK_EVERY: Final = timedelta(minutes=15)
PAUSE: Final = timedelta(minutes=10)
CREDIT: Final = "credit"

_RESUMES: Final = {
    Action.HALT: Resumption.OPERATOR,
    Action.HALT_LINE: Resumption.OPERATOR,
    Action.HALT_CREDIT: Resumption.CREDIT,
    Action.PAUSE: Resumption.TIME,
}
STOPPING: Final = frozenset(_RESUMES)
"""Refusals after which nothing is sent by the gateway, or from its line, for some time."""


async def heed(gateway: Gateway, refusal: Refused) -> None:
    """Do what a refusal asks for beyond the call that met it: halt, or raise an alarm.

    Halted texts stay pending. What no code of ours explains is a fault of ours, until a person
    has looked at it.
    """
    if refusal.action in STOPPING:
        await _halt(gateway, refusal)
    elif refusal.action is Action.BUG:
        new = await sending.alarm(gateway.name, f"code:{refusal.code}", refusal.reason)
        if new:
            log.error("provider alarm", gateway=gateway.name, code=refusal.code)


async def _halt(gateway: Gateway, refusal: Refused) -> None:
    resumes = _RESUMES[refusal.action]
    if resumes is Resumption.CREDIT and Capability.ACCOUNT not in gateway.capabilities:
        resumes = Resumption.TIME  # nobody can be asked for the credit, so it is tried
    line = gateway.line if refusal.action is Action.HALT_LINE else sending.ALL_LINES
    until = now() + PAUSE if resumes is Resumption.TIME else None
    await sending.halt(gateway.name, line, refusal.code, refusal.reason, resumes, until)
    log.error("sms halted", gateway=gateway.name, code=refusal.code, resumes=resumes.value)


async def switched_off(gateway: Gateway, feature: str, refusal: Refused) -> None:
    """Do without a feature that the provider does not allow us; sending goes on."""
    if await sending.alarm(gateway.name, _off(feature), refusal.reason):
        log.error("provider alarm", gateway=gateway.name, feature=feature, code=refusal.code)


async def switched_on(gateway: Gateway, feature: str) -> None:
    """The feature works."""
    await sending.calm(gateway.name, _off(feature))


async def probe(gateway: Gateway) -> datetime:
    """Forget halts that are over; halted for want of credit, resume once there is some."""
    await sending.tidy_halts(gateway.name, gateway.line)
    broke = SendingHalt.filter(gateway=gateway.name, resumes=Resumption.CREDIT)
    if await broke.exists():
        account = await gateway.account()
        if account.credit > 0 and await sending.lift(gateway.name, Resumption.CREDIT):
            log.info("sms resumed", gateway=gateway.name, credit=account.credit)
    return now() + PROBE_EVERY


async def check_account(gateway: Gateway) -> datetime:
    """Alarm on low credit, and on settings under which texts are not delivered, or twice."""
    account = await gateway.account()
    wrong = await _wrong(account)
    for code, detail in wrong.items():
        await sending.alarm(gateway.name, code, detail)
        log.error("provider account is set wrong", gateway=gateway.name, setting=code)
    for standing in await ProviderAlarm.filter(gateway=gateway.name):
        if standing.code not in wrong and ":" not in standing.code:
            await sending.calm(gateway.name, standing.code)
            log.info("provider account is right again", setting=standing.code)
    return now() + CHECK_EVERY


async def _wrong(account: Account) -> dict[str, str]:
    """What is wrong with an account, by the alarm's code, with a detail for people."""
    wrong = dict.fromkeys(account.wrong, "")
    if account.credit < (await rules.load()).low_credit:
        wrong[CREDIT] = str(account.credit)
    return wrong


def _off(feature: str) -> str:
    return f"off:{feature}"
