"""The case page: read it, act on it, see it change."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import breaches, identity, scope, visibility
from domain.errors import DomainError, Forbidden, NotFound
from domain.permissions import OPEN_REFERRAL
from models import Agency, Referral
from ui import case_acts, case_list, case_rows, case_units, case_view, options
from ui.addresses import row_id
from ui.case_acts import BY_NAME, Form, Given
from ui.case_list import READERS
from ui.case_rows import Rows
from ui.forms import form_of
from ui.pages import fragment, page, problems, redirect, signed_in

STALE = (
    "پرونده در این فاصله تغییر کرد و چیزی ثبت نشد. رویدادهای تازه را ببینید؛ "
    "اگر کار شما همچنان لازم است، دوباره ثبت کنید."
)
_NOTHING = FormData()


@signed_in(*READERS)
async def show(request: Request) -> Response:
    return await _page(request)


@signed_in(*READERS)
async def live(request: Request) -> Response:
    """The page without its forms, for a page that is open; nothing while nothing changed."""
    actor, key = request.state.actor, request.path_params["id"]
    case = await visibility.case(actor, key)
    if request.query_params.get("seen") == await case_rows.stamp(case):
        return Response(status_code=204)
    rows = await case_rows.load(actor, key)
    return fragment("case_body", **case_view.build(rows), changed=True, panel=None)


@signed_in(*READERS)
async def units(request: Request) -> Response:
    """Units by words, those already chosen first."""
    given = request.query_params
    case = await case_rows.visible(request.state.actor, request.path_params["id"])
    below = await _referring(request, given.get("below", ""))
    found = await case_units.choices(
        case,
        below,
        given.get("units_query", ""),
        given.getlist(case_acts.UNITS),
        await case_units.busy(case),
    )
    return fragment("case_units", units=found)


@signed_in(*READERS)
async def view_identity(request: Request) -> Response:
    """Show the identity once, in this answer; who looked and why is kept."""
    form = await form_of(request)
    given = Given(form, "identity-")
    try:
        opened = await identity.view(
            request.state.actor, request.path_params["id"], given["reason"]
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return await _page(request, form=form, key="identity", error=error)
    return await _page(request, opened=opened)


@signed_in(*READERS)
async def act(request: Request) -> Response:
    form = _form(request.path_params["act"], case_acts.CASE_FORMS.values())
    return await _do(request, form, request.path_params["id"], form.name)


@signed_in(*READERS)
async def referral_act(request: Request) -> Response:
    form = _form(request.path_params["act"], case_acts.REFERRAL_FORMS.values())
    row = await _own_referral(request, request.path_params["referral"])
    return await _do(request, form, row.id, f"{form.name}-{row.id}")


@signed_in(*READERS)
async def explain(request: Request) -> Response:
    number = request.path_params["breach"]
    of_case = breaches.of(request.state.actor).filter(case_id=request.path_params["id"])
    if not await of_case.filter(id=number).exists():
        raise NotFound("breach")
    return await _do(request, case_acts.EXPLAIN, number, f"explain-{number}")


async def _do(request: Request, form: Form, key: int, name: str) -> Response:
    """Do the act and go back to the page; or the page again, the form open and as typed."""
    typed = await form_of(request)
    if "search" in typed:
        return await _page(request, form=typed, key=name)
    try:
        await form.run(request.state.actor, key, Given(typed, f"{name}-"))
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return await _page(request, form=typed, key=name, error=error)
    return redirect(f"/cases/{request.path_params['id']}?done={form.done}")


async def _page(
    request: Request,
    *,
    form: FormData = _NOTHING,
    key: str = "",
    error: DomainError | None = None,
    opened: dict[str, str] | None = None,
) -> Response:
    rows = await case_rows.load(request.state.actor, request.path_params["id"])
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    return await page(
        request,
        "case",
        status=422 if error else 200,
        title=rows.case.subject,
        breadcrumb=[{"label": "پرونده‌ها", "href": "/cases"}, {"label": rows.case.subject}],
        **case_view.build(rows),
        changed=False,
        panel=await _panel(rows, form, key),
        open_act=key,
        typed=typed,
        errors=_problems(error, key),
        field_errors={item["field"]: item["message"] for item in _problems(error, key)},
        withheld=case_view.withheld(rows),
        opened=opened,
        same_incident=rows.same_incident,
    )


async def _panel(rows: Rows, form: FormData, key: str) -> list[dict[str, Any]]:
    """The forms open to the person, with the lists that some of them offer."""
    panel = case_acts.panel(rows)
    busy = {row.agency_id for row in rows.referrals if row.status in OPEN_REFERRAL}
    for entry in panel:
        given = form if entry["key"] == key else _NOTHING
        if entry["name"] in ("order", "refer"):
            below = entry["referral"].agency if entry["referral"] else None
            query = str(given.get("units_query", ""))
            chosen = Given(given, "").units
            entry["units"] = await case_units.choices(rows.case, below, query, chosen, busy)
        elif entry["name"] == "reroute":
            query = str(given.get("agency_query", ""))
            entry["agencies"] = await options.agency_options(query) if query else None
        elif entry["name"] == "out-of-scope":
            bodies = await scope.bodies()
            entry["body_options"] = [{"value": row.code, "label": row.title} for row in bodies]
    return panel


def _problems(error: DomainError | None, key: str) -> list[dict[str, Any]]:
    """The refusal, pointing at the field of the form it is about."""
    if error is None:
        return []
    [problem] = problems(error)
    field = problem["field"]
    if error.code == "stale":
        problem["message"] = STALE
    if field == "version":
        field = None
    elif field and field != "agency":
        field = f"{key}-{field}"
    return [{**problem, "field": field}]


def _form(name: str, among: Any) -> Form:
    form = BY_NAME.get(name)
    if form is None or form not in among:
        raise NotFound("act")
    return form


async def _own_referral(request: Request, number: int) -> Referral:
    row = (
        await visibility.referrals(request.state.actor)
        .filter(id=number, case_id=request.path_params["id"])
        .select_related("agency")
        .first()
    )
    if row is None:
        raise NotFound("referral")
    return row


async def _referring(request: Request, number: str) -> Agency | None:
    key = row_id(number)
    return (await _own_referral(request, key)).agency if key is not None else None


_CASE = "/cases/{id:row}"
routes = [
    Route("/cases", case_list.show, methods=["GET"]),
    Route(_CASE, show, methods=["GET"]),
    Route(f"{_CASE}/live", live, methods=["GET"]),
    Route(f"{_CASE}/units", units, methods=["GET"]),
    Route(f"{_CASE}/identity", view_identity, methods=["POST"]),
    Route(f"{_CASE}/referrals/{{referral:row}}/{{act}}", referral_act, methods=["POST"]),
    Route(f"{_CASE}/breaches/{{breach:row}}/explain", explain, methods=["POST"]),
    Route(f"{_CASE}/{{act}}", act, methods=["POST"]),
]
