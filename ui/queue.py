"""The work list (S3, S4): what waits for this person, least time first, live."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tortoise.queryset import QuerySet

from domain import clock, rules, worklists
from domain.actors import Actor
from domain.time import now
from models import Case, Indicator, Referral
from models.enums import ReferralStatus, Role
from ui import lists
from ui.pages import fragment, page, signed_in

FILTERS = ("tab", "status", "indicator", "unit", "overdue")
WORKERS = signed_in(Role.SENIOR, Role.COORDINATOR, Role.SUPERVISOR)
_CASE = ("agency", "place", "indicator")


@WORKERS
async def show(request: Request) -> Response:
    view = await _view(request)
    indicators = await Indicator.filter(active=True).order_by("code")
    return await page(request, "queue", title="کارتابل", indicators=indicators, **view)


@WORKERS
async def work_list(request: Request) -> Response:
    """The list alone, for the page that refreshes itself."""
    return fragment("queue", **await _view(request))


async def _view(request: Request) -> dict[str, Any]:
    actor, given = request.state.actor, request.query_params
    total = int((await rules.load()).clock.total_seconds())
    part: lists.Slice[Any]
    tab_items: list[dict[str, Any]] = []
    if actor.role is Role.COORDINATOR:
        part, rows = await _referrals(actor, given, total)
    else:
        part, rows = await _cases(actor, given, total)
        tab_items = await _tabs(actor, given.get("tab") == "all")
    own = {name: given.get(name, "") for name in (*FILTERS, "before", "after")}
    return {
        "tabs": tab_items,
        "rows": rows,
        "for_referrals": actor.role is Role.COORDINATOR,
        "filters": own,
        "filtered": any(own[name] for name in FILTERS if name != "tab"),
        "clear_href": lists.href("/queue", own, ("tab",)),
        "list_href": lists.href("/queue/list", own, tuple(own)),
        **lists.neighbours("/queue", own, FILTERS, part),
    }


async def _tabs(actor: Actor, everything: bool) -> list[dict[str, Any]]:
    return [
        {
            "label": "نوبت شما",
            "href": "/queue",
            "current": not everything,
            "count": await worklists.waiting_count(actor),
        },
        {
            "label": "همه پرونده‌های در جریان",
            "href": "/queue?tab=all",
            "current": everything,
            "count": await worklists.running(actor).count(),
        },
    ]


async def _cases(actor: Actor, given: Any, total: int) -> tuple[lists.Slice[Case], list[Any]]:
    everything = given.get("tab") == "all"
    query = worklists.running(actor) if everything else worklists.to_review(actor)
    query = _overdue(lists.narrowed(query, given), given).select_related(*_CASE)
    part = await lists.cut(query, given, by="due_at")
    reported = await _reported(part.rows)
    rows = [
        lists.case_row(case, total) | {"reported": (case.id, case.round) in reported}
        for case in part.rows
    ]
    return part, rows


async def _referrals(
    actor: Actor, given: Any, total: int
) -> tuple[lists.Slice[Referral], list[Any]]:
    query = lists.narrowed(worklists.to_handle(actor), given, "case__")
    query = _overdue(query, given).select_related(*(f"case__{name}" for name in _CASE))
    part = await lists.cut(query, given, by="due_at")
    return part, [_referral_row(row, total) for row in part.rows]


def _referral_row(row: Referral, total: int) -> dict[str, Any]:
    hours = clock.service_calendar()
    return lists.case_row(row.case, total) | {
        "id": f"r{row.id}",
        "referral_status": row.status,
        "instruction": row.instruction,
        "own_remaining": int(clock.until(row.due_at).total_seconds()),
        "own_total": int(hours.between(row.created_at, row.due_at).total_seconds()),
    }


async def _reported(cases: list[Case]) -> set[tuple[int, int]]:
    """(case, round) of the cases whose units have reported."""
    found = Referral.filter(
        case_id__in=[case.id for case in cases],
        parent_id=None,
        status__in=[ReferralStatus.REPORTED, ReferralStatus.RETURNED],
    )
    return set(await found.values_list("case_id", "round__number")) if cases else set()


def _overdue(query: QuerySet[Any], given: Any) -> QuerySet[Any]:
    return query.filter(due_at__lt=now()) if given.get("overdue") else query


routes = [
    Route("/queue", show, methods=["GET"]),
    Route("/queue/list", work_list, methods=["GET"]),
]
