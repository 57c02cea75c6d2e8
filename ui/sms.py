"""How sending SMS goes: what is wrong first, then figures, then messages that need a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import jalali, outbox, sending, service, sms_attention, sms_figures
from domain.errors import DomainError, NotFound
from domain.sms_figures import Count, Line, Recent
from domain.time import now
from models import OutboxMessage, ProviderAlarm, SendingHalt
from models.enums import Role
from ui import sms_labels
from ui.forms import values
from ui.labels import MESSAGE
from ui.pages import TOLD_OF_SMS, fragment, page, problems, redirect, signed_in

IN_CHARGE: Final = signed_in(Role.ADMIN, Role.SUPERVISOR)
TOLD: Final = signed_in(*TOLD_OF_SMS)
PATH: Final = "/sms"
TALLEST: Final = 100
_COLUMN: Final = 6
"""Hours under one label of the chart."""


@IN_CHARGE
async def show(request: Request) -> Response:
    return await _show(request)


@IN_CHARGE
async def live(request: Request) -> Response:
    """All but the messages, whose forms somebody may be filling in."""
    return fragment("sms", **await _now())


@TOLD
async def banner(request: Request) -> Response:
    """What every page says while something is wrong."""
    trouble = await sms_attention.trouble()
    return fragment("sms_banner", trouble=trouble, user={"role": request.state.user.role})


@IN_CHARGE
async def resume(request: Request) -> Response:
    await sending.resume(request.state.actor, request.path_params["id"])
    return redirect(f"{PATH}?done=sending_resumed")


@IN_CHARGE
async def dismiss(request: Request) -> Response:
    await sending.dismiss(request.state.actor, request.path_params["id"])
    return redirect(f"{PATH}?done=alarm_dismissed")


@IN_CHARGE
async def send_again(request: Request) -> Response:
    number = request.path_params["id"]
    prefix = f"again-{number}-"
    reason = (await values(request)).get(f"{prefix}reason")
    try:
        await sending.send_again(request.state.actor, number, reason)
    except NotFound:
        raise
    except DomainError as error:
        return await _show(request, error, number, reason or "")
    return redirect(f"{PATH}?done=sent_again")


async def _show(
    request: Request, error: DomainError | None = None, number: int = 0, reason: str = ""
) -> Response:
    found = problems(error) if error else []
    for row in found:
        row["field"] = f"again-{number}-reason" if row["field"] == "reason" else None
    unsettled = await sms_attention.unsettled(request.state.actor)
    return await page(
        request,
        "sms",
        status=422 if error else 200,
        title="وضعیت پیامک",
        rows=[_message(row, unsettled.contacts) for row in unsettled.messages],
        more=unsettled.more,
        reads_cases=request.state.user.role is Role.SUPERVISOR,
        errors=found,
        open_message=number,
        typed_reason=reason,
        reason_error=found[0]["message"] if found and found[0]["field"] else None,
        **await _now(),
    )


async def _now() -> dict[str, Any]:
    recent, rates = await sms_figures.recent(), await sms_figures.rates()
    halts, alarms = await sending.halts(), await sending.alarms()
    summary, oldest = await sms_figures.summary(), await sms_figures.oldest()
    return {
        "at": now(),
        "halts": [_halt(row) for row in halts],
        "alarms": [_alarm(row) for row in alarms],
        "gateways": _gateways(halts, alarms, rates),
        "recent": recent,
        "lines": [_line(line) for line in recent.lines],
        "chart": chart(recent),
        "oldest_age": (now() - oldest).total_seconds() if oldest else None,
        "speed": await sms_figures.speed(),
        "costs": await sms_figures.costs(),
        "summary": summary,
        "response": sms_figures.response(summary) if summary else None,
        "late": sms_figures.late(summary) if summary else None,
        "cost_per_case": sms_figures.cost_per_case(summary) if summary else None,
    }


def chart(recent: Recent) -> dict[str, Any]:
    """Bars of the hours, the oldest first, with heights out of 100; labels of six hours each."""
    top = max(count.queued for _, count in recent.hours) or 1
    labels, day = [], ""
    for hour, _ in recent.hours[::_COLUMN]:
        fresh = jalali.format_date(hour)
        labels.append({"time": jalali.format_time(hour), "day": hour if fresh != day else None})
        day = fresh
    return {
        "bars": [_bar(hour, count, top) for hour, count in recent.hours],
        "labels": labels,
        "top": top if recent.total.queued else 0,
    }


def _bar(hour: datetime, count: Count, top: int) -> dict[str, Any]:
    parts, ground = [], 0.0
    for tone, value in (
        ("ok", count.delivered),
        ("way", count.under_way),
        ("error", count.failed),
    ):
        height = value * TALLEST / top
        parts.append({"tone": tone, "from": round(ground, 2), "height": round(height, 2)})
        ground += height
    return {"hour": hour, "count": count, "parts": [part for part in parts if part["height"]]}


def _halt(row: SendingHalt) -> dict[str, Any]:
    return {
        "row": row,
        "title": sms_labels.halt_title(row, sending.ALL_LINES),
        "ends": sms_labels.halt_end(row),
    }


def _alarm(row: ProviderAlarm) -> dict[str, Any]:
    title, text = sms_labels.alarm(row)
    return {"row": row, "gateway": sms_labels.gateway(row.gateway), "title": title, "text": text}


def _gateways(
    halts: list[SendingHalt],
    alarms: list[ProviderAlarm],
    rates: dict[tuple[str, str], float],
) -> list[dict[str, Any]]:
    """The gateways in use, in the order in which they are tried."""
    credit = {row.gateway: row.detail for row in alarms if row.code == "credit"}
    return [
        {
            "name": sms_labels.gateway(known.name),
            "line": known.line,
            "halted": any(
                row.gateway == known.name and row.line in (sending.ALL_LINES, known.line)
                for row in halts
            ),
            "alarmed": any(row.gateway == known.name for row in alarms),
            "able": sms_labels.capabilities(known.capabilities),
            "rate": rates.get((known.name, known.line), service.current().sms_rate),
            "credit": int(credit[known.name]) if credit.get(known.name, "").isdecimal() else None,
        }
        for known in service.current().gateways
    ]


def _line(line: Line) -> dict[str, Any]:
    return {"line": line, "gateway": sms_labels.gateway(line.gateway)}


def _message(row: OutboxMessage, contacts: dict[str, int]) -> dict[str, Any]:
    return {
        "message": row,
        "kind": MESSAGE.get(row.kind, row.kind),
        "gateway": sms_labels.gateway(row.gateway),
        "reason": outbox.explained(row.error),
        "contact": contacts.get(row.receptor),
        "again": row.state in sending.RESENDABLE,
    }


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(f"{PATH}/figures", live, methods=["GET"]),
    Route(f"{PATH}/banner", banner, methods=["GET"]),
    Route(PATH + "/halts/{id:row}/resume", resume, methods=["POST"]),
    Route(PATH + "/alarms/{id:row}/dismiss", dismiss, methods=["POST"]),
    Route(PATH + "/messages/{id:row}/send-again", send_again, methods=["POST"]),
]
