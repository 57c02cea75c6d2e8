"""Jobs that were given up (admin): why, since when, and trying or deleting them."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import dead_jobs, outbox, webhook_queue
from models import Job
from models.enums import Role
from ui import lists
from ui.pages import page, redirect, signed_in

ADMIN = signed_in(Role.ADMIN)
PATH: Final = "/admin/jobs"
KINDS: Final = {
    "ladder": "پله‌های مهلت پرونده",
    "question.expire": "پایان مهلت پرسش",
    "survey.ask": "پرسیدن نظر شهروند",
    "survey.remind": "یادآوری نظرسنجی",
    "survey.expire": "پایان مهلت نظرسنجی",
    "case.close": "بستن پرونده",
    "staff.digest": "پیامک به کارکنان",
    "inbox.handle": "خواندن پیامک شهروند",
    outbox.KIND: "ارسال پیامک",
    webhook_queue.KIND: "ارسال به وب‌هوک",
}


@ADMIN
async def listed(request: Request) -> Response:
    part = await lists.cut(
        dead_jobs.of(request.state.actor), request.query_params, by="run_at", newest=True
    )
    return await page(
        request,
        "dead_jobs",
        title="کارهای ناموفق",
        rows=[_row(job) for job in part.rows],
        **lists.neighbours(PATH, {}, [], part),
    )


@ADMIN
async def retry(request: Request) -> Response:
    await dead_jobs.retry(request.state.actor, request.path_params["id"])
    return redirect(f"{PATH}?done=job_retried")


@ADMIN
async def delete(request: Request) -> Response:
    await dead_jobs.delete(request.state.actor, request.path_params["id"])
    return redirect(f"{PATH}?done=job_deleted")


def _row(job: Job) -> dict[str, Any]:
    return {"job": job, "kind": KINDS.get(job.kind, job.kind), "since": dead_jobs.since(job)}


routes = [
    Route(PATH, listed, methods=["GET"]),
    Route(PATH + "/{id:row}/retry", retry, methods=["POST"]),
    Route(PATH + "/{id:row}/delete", delete, methods=["POST"]),
]
