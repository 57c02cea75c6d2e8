"""The operator's desk (S1, S2): calls, identity, registration, redirecting out-of-scope callers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import call_backs, calls, cases, identity, opt_outs, scope, visibility
from domain.errors import DomainError, NotFound
from models import Call, Case
from models.enums import CallState, IdentityMethod, Role
from ui import addresses, intake
from ui.call_backs import row_of
from ui.forms import form_of, values
from ui.intake import Typed
from ui.pages import fragment, page, problems, redirect, signed_in

operator_only = signed_in(Role.OPERATOR)


@operator_only
async def desk(request: Request) -> Response:
    """Waiting calls; the operator who is speaking goes on to that call."""
    current = await calls.current(request.state.actor)
    if current is not None and "stay" not in request.query_params:
        return redirect(f"/operator/calls/{current.id}")
    return await page(
        request, "operator", title="میز تماس", current=current, waiting=await _waiting()
    )


@operator_only
async def waiting(_request: Request) -> Response:
    return fragment("waiting_calls", waiting=await _waiting())


@operator_only
async def take(request: Request) -> Response:
    call = await calls.take(request.state.actor, request.path_params["id"])
    return redirect(f"/operator/calls/{call.id}")


@operator_only
async def hang_up(request: Request) -> Response:
    await calls.hang_up(request.state.actor, request.path_params["id"])
    return redirect("/operator?stay=1")


@operator_only
async def show(request: Request) -> Response:
    call = await calls.own(request.state.actor, request.path_params["id"])
    return await _call_page(request, call, registered=await _registered(request, call))


@operator_only
async def call_state(request: Request) -> Response:
    """The head of the call page, refreshed when the exchange tells something."""
    call = await calls.own(request.state.actor, request.path_params["id"])
    return fragment("call_state", call=call, ended=call.state is CallState.ENDED)


@operator_only
async def identify(request: Request) -> Response:
    given = await values(request)
    call = await calls.own(request.state.actor, request.path_params["id"])
    try:
        await identity.start(
            request.state.actor, call.id, given.get("name"), given.get("national_id")
        )
    except DomainError as error:
        return await _call_page(
            request, call, error=error, panel="identity", typed_name=given.get("name", "")
        )
    return redirect(f"/operator/calls/{call.id}")


@operator_only
async def confirm(request: Request) -> Response:
    given = await values(request)
    call = await calls.own(request.state.actor, request.path_params["id"])
    check = await identity.latest(call.id)
    try:
        if check is None:
            raise DomainError("identity_required")
        await identity.confirm(request.state.actor, check.id, given.get("code"))
    except DomainError as error:
        return await _call_page(request, call, error=error, panel="identity")
    return redirect(f"/operator/calls/{call.id}")


@operator_only
async def restart_identity(request: Request) -> Response:
    """Ask for name and national id again: mistyped, or the code did not arrive."""
    call = await calls.own(request.state.actor, request.path_params["id"])
    return await _call_page(request, call, again=True)


@operator_only
async def register(request: Request) -> Response:
    """Save the case; look-alikes are shown once before."""
    call = await calls.own(request.state.actor, request.path_params["id"])
    given = intake.typed(await form_of(request))
    if given["search"]:
        return await _call_page(request, call, given=given)
    check = await identity.latest(call.id)
    try:
        if check is None:
            raise DomainError("identity_required")
        if not given["seen"]:
            await identity.proved(request.state.actor, check.id)
            await cases.check(given.draft())
            alike = await intake.lookalikes_of(given)
            if alike:
                return await _call_page(request, call, given=given, alike=alike)
        case = await cases.register(request.state.actor, check.id, given.draft())
    except DomainError as error:
        return await _call_page(request, call, given=given, error=error, panel="register")
    return redirect(f"/operator/calls/{call.id}?registered={case.id}")


@operator_only
async def alike(request: Request) -> Response:
    """Look-alikes while the operator types."""
    await calls.own(request.state.actor, request.path_params["id"])
    given = intake.typed(await form_of(request))
    return fragment("lookalikes", alike=await intake.lookalikes_of(given), given=given)


@operator_only
async def out_of_scope(request: Request) -> Response:
    call = await calls.own(request.state.actor, request.path_params["id"])
    given = await values(request)
    try:
        contact = await scope.redirect(
            request.state.actor,
            call.id,
            given.get("category"),
            given.get("note", ""),
            by_sms=given.get("by_sms") == "1",
        )
    except DomainError as error:
        return await _call_page(request, call, error=error, panel="scope")
    return redirect(f"/operator/calls/{call.id}?told={contact.category}")


@operator_only
async def called_back(request: Request) -> Response:
    """The citizen to whom a call was owed is on the line."""
    call = await calls.own(request.state.actor, request.path_params["id"])
    key = request.path_params["back"]
    outcome = (await values(request)).get(f"outcome-{key}", "")
    try:
        await call_backs.done(request.state.actor, key, outcome, mobile=call.caller)
    except NotFound:
        raise
    except DomainError as error:
        return await _call_page(request, call, error=error, panel=f"outcome-{key}")
    return redirect(f"/operator/calls/{call.id}?done=called_back")


@operator_only
async def opt_in(request: Request) -> Response:
    """The caller wants texts again."""
    call = await calls.own(request.state.actor, request.path_params["id"])
    reason = (await values(request)).get("reason", "")
    try:
        await opt_outs.opt_in(request.state.actor, call.caller, reason)
    except DomainError as error:
        return await _call_page(request, call, error=error, panel="opt-in")
    return redirect(f"/operator/calls/{call.id}?done=opted_in")


async def _waiting() -> list[tuple[Call, list[Case]]]:
    return [(call, await calls.history(call, 3)) for call in (await calls.waiting())[:10]]


async def _registered(request: Request, call: Call) -> Case | None:
    number = addresses.row_id(request.query_params.get("registered", ""))
    if number is None:
        return None
    case = await visibility.case(request.state.actor, number)
    return case if case.call_id == call.id else None


async def _call_page(
    request: Request,
    call: Call,
    *,
    given: Typed | None = None,
    error: DomainError | None = None,
    panel: str = "",
    again: bool = False,
    **context: object,
) -> Response:
    check = await identity.latest(call.id)
    proved = check is not None and check.verified_at is not None
    told = request.query_params.get("told")
    given = given or await intake.blank(call.caller)
    return await page(
        request,
        "call",
        status=422 if error else 200,
        **{
            "title": "تماس جاری",
            "call": call,
            "ended": call.state is CallState.ENDED,
            "check": None if again else check,
            "proved": proved and not again,
            "by_code": check is not None and check.method is IdentityMethod.CODE,
            "history": await calls.history(call),
            "call_backs": await _call_backs(call),
            "opted_out": await opt_outs.of(call.caller),
            "bodies": await scope.bodies(),
            "given": given,
            "panel": panel,
            "errors": _problems(error, panel),
            "alike": [],
            "typed_name": "",
            "registered": None,
            "told": await scope.body(told) if told else None,
            **(await intake.lists(given) if proved else {}),
            **context,
        },
    )


def _problems(error: DomainError | None, panel: str) -> list[dict[str, object]]:
    """The refusal, pointing at the field of the call owed that it is about."""
    found = problems(error) if error else []
    own = panel if panel.startswith("outcome-") else None
    return [{**row, "field": own or row["field"]} for row in found]


async def _call_backs(call: Call) -> list[dict[str, object]]:
    owed = call_backs.of_number(call.caller)
    related = owed.select_related("contact", "case", "text", "asked_by")
    return [row_of(row) for row in await related.limit(5)]


_CALL = "/operator/calls/{id:row}"
routes = [
    Route("/operator", desk, methods=["GET"]),
    Route("/operator/waiting", waiting, methods=["GET"]),
    Route(_CALL, show, methods=["GET"]),
    Route(f"{_CALL}/state", call_state, methods=["GET"]),
    Route(f"{_CALL}/take", take, methods=["POST"]),
    Route(f"{_CALL}/hang-up", hang_up, methods=["POST"]),
    Route(f"{_CALL}/identity", identify, methods=["POST"]),
    Route(f"{_CALL}/identity/confirm", confirm, methods=["POST"]),
    Route(f"{_CALL}/identity/again", restart_identity, methods=["POST"]),
    Route(f"{_CALL}/register", register, methods=["POST"]),
    Route(f"{_CALL}/alike", alike, methods=["POST"]),
    Route(f"{_CALL}/opt-in", opt_in, methods=["POST"]),
    Route(f"{_CALL}/call-backs/{{back:row}}/done", called_back, methods=["POST"]),
    Route(f"{_CALL}/out-of-scope", out_of_scope, methods=["POST"]),
]
