"""Members of staff (admin), and one's own account."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import people, sign_in
from domain.errors import DomainError, NotFound
from domain.text import fold
from domain.time import now
from models import Session, User
from models.enums import Role
from ui import lists, options
from ui.forms import values
from ui.navigation import ROLE_LABELS
from ui.pages import page, problems, redirect, signed_in

ADMIN = signed_in(Role.ADMIN)
FILTERS = ("role", "unit", "state")
_ROLES = [{"value": role.value, "label": label} for role, label in ROLE_LABELS.items()]
_NEW_FIELDS = ("username", "full_name", "role", "agency", "agency_query", "mobile")


@ADMIN
async def staff(request: Request) -> Response:
    own = {name: request.query_params.get(name, "") for name in FILTERS}
    query = User.all().select_related("agency")
    if own["role"]:
        query = query.filter(role=_role(own["role"]))
    if own["state"]:
        query = query.filter(active=own["state"] == "on")
    for word in fold(own["unit"][:100]).split()[:6]:
        query = query.filter(agency__folded__contains=word)
    part = await lists.cut(query, request.query_params, newest=True)
    return await page(
        request,
        "people",
        title="کاربران",
        rows=[_row(user) for user in part.rows],
        me=request.state.user.id,
        roles=_ROLES,
        filters=own,
        filtered=any(own.values()),
        **lists.neighbours("/admin/people", own, FILTERS, part),
    )


@ADMIN
async def new(request: Request) -> Response:
    return await _new(request, {})


@ADMIN
async def create(request: Request) -> Response:
    given = await values(request)
    if "search" in given:
        return await _new(request, given)
    try:
        if not given.get("password"):
            raise DomainError("required", "password")
        await people.create_user(
            given.get("username"),
            given.get("full_name"),
            given.get("role"),
            password=given["password"],
            agency_code=given.get("agency") or None,
            mobile=given.get("mobile", ""),
        )
    except DomainError as error:
        return await _new(request, given, error)
    return redirect("/admin/people?done=user_created")


@ADMIN
async def switch_off(request: Request) -> Response:
    await people.deactivate(request.state.actor, request.path_params["id"])
    return redirect("/admin/people?done=user_off")


@ADMIN
async def switch_on(request: Request) -> Response:
    await people.activate(request.state.actor, request.path_params["id"])
    return redirect("/admin/people?done=user_on")


@signed_in()
async def account(request: Request) -> Response:
    return await _account(request)


@signed_in()
async def change_password(request: Request) -> Response:
    given = await values(request)
    try:
        if given.get("new_password") != given.get("repeated"):
            raise DomainError("not_repeated", "repeated")
        await sign_in.change_password(
            request.state.user,
            given.get("old_password"),
            given.get("new_password"),
            request.state.session_token,
        )
    except DomainError as error:
        return await _account(request, error)
    return redirect("/account?done=password_changed")


async def _new(
    request: Request, given: dict[str, str], error: DomainError | None = None
) -> Response:
    typed = {name: given.get(name, "") for name in _NEW_FIELDS}
    return await page(
        request,
        "person",
        status=422 if error else 200,
        title="کاربر تازه",
        breadcrumb=[{"label": "کاربران", "href": "/admin/people"}, {"label": "کاربر تازه"}],
        typed=typed,
        roles=_ROLES,
        agencies=await _agencies(typed),
        **_errors(error),
    )


async def _agencies(typed: dict[str, str]) -> list[options.Option] | None:
    if typed["agency_query"]:
        return await options.agency_options(typed["agency_query"])
    chosen = await options.agency_of(typed["agency"])
    return [options.of_agency(chosen)] if chosen else None


async def _account(request: Request, error: DomainError | None = None) -> Response:
    user = request.state.user
    sessions = Session.filter(user_id=user.id, expires_at__gt=now())
    return await page(
        request,
        "account",
        status=422 if error else 200,
        title="حساب من",
        username=user.username,
        sessions=await sessions.count(),
        **_errors(error),
    )


def _errors(error: DomainError | None) -> dict[str, Any]:
    found = problems(error) if error else []
    return {"errors": found, "field_errors": {row["field"]: row["message"] for row in found}}


def _row(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.full_name,
        "username": user.username,
        "role": ROLE_LABELS[user.role],
        "unit": user.agency.name if user.agency else "",
        "active": user.active,
        "locked": user.locked_until is not None and user.locked_until > now(),
    }


def _role(value: str) -> Role:
    try:
        return Role(value)
    except ValueError:
        raise NotFound("role") from None


routes = [
    Route("/admin/people", staff, methods=["GET"]),
    Route("/admin/people/new", new, methods=["GET"]),
    Route("/admin/people/new", create, methods=["POST"]),
    Route("/admin/people/{id:row}/off", switch_off, methods=["POST"]),
    Route("/admin/people/{id:row}/on", switch_on, methods=["POST"]),
    Route("/account", account, methods=["GET"]),
    Route("/account/password", change_password, methods=["POST"]),
]
