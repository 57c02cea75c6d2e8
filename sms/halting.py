"""Stopping all sending when the provider says so, and starting again when the cause is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from domain import sending
from domain.time import now
from models import SendingHalt
from models.enums import Resumption
from sms import codes
from sms.codes import Action
from sms.gateway import Gateway

log = structlog.get_logger("sms")

PROBE_EVERY = timedelta(minutes=3)
PAUSE = timedelta(minutes=10)
TOO_MANY_CALLS = 451
SLOW_DOWN = timedelta(seconds=5)

_RESUMES = {
    Action.HALT: Resumption.OPERATOR,
    Action.HALT_LINE: Resumption.OPERATOR,
    Action.HALT_CREDIT: Resumption.CREDIT,
    Action.PAUSE: Resumption.TIME,
}


async def halt(code: int, line: str) -> None:
    """Stop sending for what `code` means; rows stay pending."""
    meaning = codes.return_code(code)
    resumes = _RESUMES[meaning.action]
    where = line if meaning.action is Action.HALT_LINE else sending.ALL_LINES
    until = now() + PAUSE if resumes is Resumption.TIME else None
    await sending.halt(where, code, meaning.fa, resumes, until)
    log.error("sms halted", code=code, reason=meaning.en, resumes=resumes.value)


async def slow_down(code: int) -> None:
    """After «too many calls» nobody calls for some seconds."""
    if code == TOO_MANY_CALLS:
        reason = codes.return_code(code).fa
        until = now() + SLOW_DOWN
        await sending.halt(sending.ALL_LINES, code, reason, Resumption.TIME, until)


async def probe(gateway: Gateway) -> datetime:
    """With sending halted for want of credit: resume once there is some."""
    if await SendingHalt.exists(resumes=Resumption.CREDIT):
        account = await gateway.account()
        if account.credit > 0 and await sending.lift(Resumption.CREDIT):
            log.info("sms resumed", credit=account.credit)
    return now() + PROBE_EVERY


async def check_account(gateway: Gateway) -> datetime:
    """Alarm on account settings under which texts are not delivered, or delivered twice."""
    config = await gateway.config()
    for name in ("debugmode", "resendfailed"):
        if config.get(name) == "enabled":
            log.error("provider account is set wrong", setting=name)
    return now() + timedelta(hours=1)
