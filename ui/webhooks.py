"""Webhooks of partners' systems (admin): their state, what was sent, and what to do about it."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import clients, jalali, webhooks
from domain.errors import DomainError, NotFound
from domain.feed import Topic
from domain.time import now
from models import Webhook, WebhookDelivery
from models.enums import DeliveryState, Role
from ui import lists
from ui.forms import form_of, values
from ui.pages import page, problems, redirect, signed_in

ADMIN = signed_in(Role.ADMIN)
PATH: Final = "/admin/webhooks"
TOPICS: Final = {
    Topic.CASE_CHANGED: "تغییر پرونده",
    Topic.REFERRAL_ASSIGNED: "ارجاع تازه",
    Topic.CLOCK_WARNING: "هشدار مهلت",
}
STATES: Final = {
    DeliveryState.PENDING: "در صف ارسال",
    DeliveryState.DELIVERED: "رسیده",
    DeliveryState.DEAD: "نرسیده",
}
_TYPES: Final = {webhooks.PING: "آزمایش", **{topic.value: name for topic, name in TOPICS.items()}}
_ERRORS: Final = {
    "timeout": "گیرنده در زمان مقرر پاسخ نداد",
    "unreachable": "ارتباط با گیرنده برقرار نشد",
    "unresolvable": "نام میزبان یافت نشد",
    "address_refused": "نشانی به شبکه‌ای غیرمجاز می‌رسد",
    "not_visible": "سامانه دیگر این پرونده را نمی‌بیند",
}


@ADMIN
async def listed(request: Request) -> Response:
    client_id = request.query_params.get("client", "")
    query = webhooks.of(request.state.actor).select_related("client__agency")
    if client_id:
        query = query.filter(client_id=(await clients.found(client_id)).id)
    part = await lists.cut(query, request.query_params, newest=True)
    given = {"client": client_id}
    return await page(
        request,
        "webhooks",
        title="وب‌هوک‌ها",
        rows=[_row(webhook) for webhook in part.rows],
        client_id=client_id,
        **lists.neighbours(PATH, given, ["client"], part),
    )


@ADMIN
async def new(request: Request) -> Response:
    return await _new(request, "", list(TOPICS))


@ADMIN
async def create(request: Request) -> Response:
    client = await clients.found(request.query_params.get("client", ""))
    url, topics = await _typed(request)
    actor = request.state.actor
    try:
        to = await webhooks.address(actor, url)
        webhook, secret = await webhooks.create(actor, to, topics, client.id)
    except DomainError as error:
        return await _new(request, url, topics, error)
    return await _secret(request, webhook, secret, "وب‌هوک ساخته شد")


@ADMIN
async def shown(request: Request) -> Response:
    return await _one(request)


@ADMIN
async def change(request: Request) -> Response:
    webhook = await _found(request)
    url, topics = await _typed(request)
    actor = request.state.actor
    try:
        to = None if url == webhook.url else await webhooks.address(actor, url)
        await webhooks.change(actor, webhook.id, to, topics)
    except DomainError as error:
        return await _one(request, url, topics, error)
    return _done(webhook.id, "webhook_changed")


@ADMIN
async def switch_off(request: Request) -> Response:
    webhook = await webhooks.switch_off(request.state.actor, request.path_params["id"])
    return _done(webhook.id, "webhook_off")


@ADMIN
async def switch_on(request: Request) -> Response:
    webhook = await webhooks.switch_on(request.state.actor, request.path_params["id"])
    return _done(webhook.id, "webhook_on")


@ADMIN
async def test(request: Request) -> Response:
    delivery = await webhooks.test(request.state.actor, request.path_params["id"])
    return _done(delivery.webhook_id, "webhook_tested")


@ADMIN
async def roll(request: Request) -> Response:
    webhook, secret = await webhooks.roll_secret(request.state.actor, request.path_params["id"])
    return await _secret(request, webhook, secret, "رمز امضا تعویض شد")


@ADMIN
async def delete(request: Request) -> Response:
    await webhooks.delete(request.state.actor, request.path_params["id"])
    return redirect(f"{PATH}?done=webhook_deleted")


@ADMIN
async def replay(request: Request) -> Response:
    key = request.path_params["id"]
    await webhooks.replay(request.state.actor, key, request.path_params["delivery"])
    return _done(key, "webhook_replayed")


@ADMIN
async def replay_since(request: Request) -> Response:
    """Everything settled that was made on the day typed or later."""
    key = (await _found(request)).id
    typed = (await values(request)).get("since", "")
    try:
        if not typed.strip():
            raise DomainError("required", "since")
        start = jalali.parse_period(typed, "since").start
        await webhooks.replay(request.state.actor, key, since=start)
    except DomainError as error:
        return await _one(request, error=error, since=typed)
    return _done(key, "webhook_replayed_since")


async def _new(
    request: Request, url: str, topics: list[str], error: DomainError | None = None
) -> Response:
    client = await clients.found(request.query_params.get("client", ""))
    return await page(
        request,
        "webhook_new",
        status=422 if error else 200,
        title="وب‌هوک تازه",
        breadcrumb=_trail("وب‌هوک تازه"),
        client=client,
        **_form(url, topics, error),
    )


async def _one(
    request: Request,
    url: str | None = None,
    topics: list[str] | None = None,
    error: DomainError | None = None,
    since: str = "",
) -> Response:
    webhook = await _found(request)
    state = request.query_params.get("state", "")
    query = webhooks.deliveries(request.state.actor, webhook.id)
    if state:
        query = query.filter(state=_delivery_state(state))
    part = await lists.cut(query, request.query_params, newest=True)
    return await page(
        request,
        "webhook",
        status=422 if error else 200,
        title="وب‌هوک",
        breadcrumb=_trail(webhook.client.name),
        row=_row(webhook),
        deliveries=[_delivery(row) for row in part.rows],
        states=STATES,
        state=state,
        path=f"{PATH}/{webhook.id}",
        since=since,
        **_form(webhook.url if url is None else url, topics or webhook.topics, error),
        **lists.neighbours(f"{PATH}/{webhook.id}", {"state": state}, ["state"], part),
    )


async def _secret(request: Request, webhook: Webhook, secret: str, title: str) -> Response:
    """The only page that ever shows a secret; the browser must not keep it."""
    answer = await page(
        request,
        "webhook_secret",
        title=title,
        breadcrumb=_trail(title),
        secret=secret,
        previous_until=webhook.previous_until,
        path=f"{PATH}/{webhook.id}",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _found(request: Request) -> Webhook:
    seen = webhooks.of(request.state.actor).select_related("client__agency")
    webhook = await seen.get_or_none(id=request.path_params["id"])
    if webhook is None:
        raise NotFound("webhook")
    return webhook


async def _typed(request: Request) -> tuple[str, list[str]]:
    form = await form_of(request)
    return str(form.get("url", "")), [str(value) for value in form.getlist("topics")]


def _form(url: str, topics: list[str], error: DomainError | None) -> dict[str, Any]:
    found = problems(error) if error else []
    return {
        "url": url,
        "topics": topics,
        "topic_options": [
            {"value": topic.value, "label": name, "hint": topic.value}
            for topic, name in TOPICS.items()
        ],
        "errors": found,
        "field_errors": {row["field"]: row["message"] for row in found},
    }


def _row(webhook: Webhook) -> dict[str, Any]:
    until = webhook.previous_until
    return {
        "webhook": webhook,
        "client": webhook.client,
        "agency": webhook.client.agency.name,
        "topics": [TOPICS[Topic(topic)] for topic in webhook.topics],
        "state": webhooks.state(webhook, webhook.client),
        "previous_until": until if until is not None and until > now() else None,
    }


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "delivery": row,
        "type": _TYPES.get(row.topic, row.topic),
        "state": STATES[row.state],
        "error": _ERRORS.get(row.error, row.error),
    }


def _delivery_state(value: str) -> DeliveryState:
    try:
        return DeliveryState(value)
    except ValueError:
        raise DomainError("unknown", "status") from None


def _done(webhook_id: int, key: str) -> Response:
    return redirect(f"{PATH}/{webhook_id}?done={key}")


def _trail(last: str) -> list[dict[str, str]]:
    return [{"label": "وب‌هوک‌ها", "href": PATH}, {"label": last, "href": ""}]


routes = [
    Route(PATH, listed, methods=["GET"]),
    Route(f"{PATH}/new", new, methods=["GET"]),
    Route(f"{PATH}/new", create, methods=["POST"]),
    Route(PATH + "/{id:row}", shown, methods=["GET"]),
    Route(PATH + "/{id:row}/change", change, methods=["POST"]),
    Route(PATH + "/{id:row}/off", switch_off, methods=["POST"]),
    Route(PATH + "/{id:row}/on", switch_on, methods=["POST"]),
    Route(PATH + "/{id:row}/test", test, methods=["POST"]),
    Route(PATH + "/{id:row}/roll", roll, methods=["POST"]),
    Route(PATH + "/{id:row}/delete", delete, methods=["POST"]),
    Route(PATH + "/{id:row}/replay", replay_since, methods=["POST"]),
    Route(PATH + "/{id:row}/deliveries/{delivery:row}/replay", replay, methods=["POST"]),
]
