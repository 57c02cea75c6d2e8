"""Texts to citizens and staff (admin): all of them, an editor that measures, their versions."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import messages, rules, templates
from domain.errors import DomainError, NotFound
from domain.measure import MAX_UNITS, WARN_PARTS
from domain.template_kinds import KINDS
from models import MessageTemplate
from models.enums import Language, Role, TextKind
from ui.addresses import row_id
from ui.forms import values
from ui.labels import LANGUAGE
from ui.pages import fragment, is_htmx, page, problems, redirect, signed_in
from ui.text_difference import difference

ADMIN = signed_in(Role.ADMIN)
PATH: Final = "/admin/texts"
GROUPS: Final = (
    (
        "ثبت و رسیدگی",
        (
            TextKind.IDENTITY_CODE,
            TextKind.REGISTERED,
            TextKind.OUT_OF_SCOPE,
            TextKind.QUESTION,
            TextKind.RESULT,
            TextKind.RESULT_CALL,
            TextKind.WITHDRAWN,
            TextKind.DUPLICATE,
        ),
    ),
    (
        "نظرسنجی",
        (
            TextKind.SURVEY,
            TextKind.SURVEY_REMINDER,
            TextKind.SURVEY_CLARIFY,
            TextKind.SURVEY_COMMENT,
            TextKind.SURVEY_THANKS,
            TextKind.SURVEY_REOPENED,
            TextKind.SURVEY_REOPENED_THANKS,
            TextKind.SURVEY_FINAL,
            TextKind.SURVEY_CORRECTED,
        ),
    ),
    (
        "گفت‌وگو با شهروند",
        (
            TextKind.STATUS,
            TextKind.STATUS_UNKNOWN,
            TextKind.RECEIVED,
            TextKind.OPERATOR_TEXT,
        ),
    ),
    ("کارکنان", (TextKind.STAFF_BREACH,)),
)


@ADMIN
async def listed(request: Request) -> Response:
    known = await templates.in_force()
    groups = [(title, [_row(kind, known) for kind in kinds]) for title, kinds in GROUPS]
    return await page(request, "texts", title="متن پیامک‌ها", groups=groups, languages=LANGUAGE)


@ADMIN
async def shown(request: Request) -> Response:
    return await _editor(request)


@ADMIN
async def publish(request: Request) -> Response:
    kind, language = _named(request)
    given = await values(request)
    text = given.get("text", "")
    try:
        version = _version(given)
        await templates.publish(request.state.actor, kind, language, text, version)
    except DomainError as error:
        return await _editor(request, text, error)
    return redirect(f"{_address(kind, language)}?done=text_published")


@ADMIN
async def measure(request: Request) -> Response:
    """What the typed text would be: a fragment while it is typed, else the page with it."""
    kind, language = _named(request)
    text = (await values(request)).get("text", "")
    if not is_htmx(request):
        return await _editor(request, text)
    current = (await templates.in_force()).get((kind, language))
    return fragment("text_measure", **await _measured(kind, language, text, current))


@ADMIN
async def restore(request: Request) -> Response:
    kind, language = _named(request)
    given = await values(request)
    older = request.path_params["version"]
    try:
        version = _version(given)
        await templates.restore(request.state.actor, kind, language, older, version)
    except NotFound:
        raise
    except DomainError as error:
        return await _editor(request, error=error)
    return redirect(f"{_address(kind, language)}?done=text_restored")


async def _editor(
    request: Request, text: str | None = None, error: DomainError | None = None
) -> Response:
    kind, language = _named(request)
    versions = await templates.history(kind, language)
    current = next((row for row in versions if row.active), None)
    typed = text if text is not None else current.text if current else ""
    found = problems(error) if error else []
    return await page(
        request,
        "text",
        status=422 if error else 200,
        title=KINDS[kind].title,
        breadcrumb=[{"label": "متن پیامک‌ها", "href": PATH}, {"label": KINDS[kind].title}],
        path=_address(kind, language),
        tabs=[
            {"label": name, "href": _address(kind, other), "current": other is language}
            for other, name in LANGUAGE.items()
        ],
        typed=typed,
        versions=versions,
        max_units=MAX_UNITS,
        errors=found,
        field_errors={row["field"]: row["message"] for row in found},
        **await _measured(kind, language, typed, current),
    )


async def _measured(
    kind: TextKind, language: Language, text: str, current: MessageTemplate | None
) -> dict[str, Any]:
    """What the typed text would be, and why it would be refused."""
    part_cost = (await rules.load()).sms_part_cost
    problem, found = None, None
    try:
        text = templates.cleaned(language, text)
        found = templates.measured(kind, language, text, part_cost)
        templates.checked(kind, language, text)
    except DomainError as error:
        problem = error.message("fa")
    changed = current is not None and found is not None and current.text != text
    return {
        "kind": KINDS[kind],
        "language": language,
        "direction": "rtl" if messages.rtl(language) else "ltr",
        "current": current,
        "problem": problem,
        "measured": found,
        "wordy": found is not None and found.longest.measure.parts > WARN_PARTS,
        "max_parts": templates.MAX_PARTS,
        "difference": difference(current.text, text) if current and changed else [],
    }


def _row(kind: TextKind, known: dict[tuple[str, str], MessageTemplate]) -> dict[str, Any]:
    texts = []
    for language, name in LANGUAGE.items():
        row = known.get((kind, language))
        texts.append(
            {
                "language": name,
                "href": _address(kind, language),
                "version": row.version if row else None,
                "parts": _parts(kind, language, row.text) if row else None,
            }
        )
    return {"kind": KINDS[kind], "texts": texts}


def _parts(kind: TextKind, language: Language, text: str) -> int | None:
    """With the longest values; None for a text that came here past the checks."""
    try:
        return templates.measured(kind, language, text, 0).longest.measure.parts
    except DomainError:
        return None


def _named(request: Request) -> tuple[TextKind, Language]:
    given = request.path_params
    return templates.kind_of(given["kind"]), templates.language_of(given["language"])


def _version(given: dict[str, str]) -> int:
    """The version that the person was looking at."""
    number = row_id(given.get("version", ""))
    if number is None:
        raise DomainError("invalid", "version")
    return number


def _address(kind: TextKind, language: Language) -> str:
    return f"{PATH}/{kind.value}/{language.value}"


_ONE: Final = PATH + "/{kind}/{language}"
routes = [
    Route(PATH, listed, methods=["GET"]),
    Route(_ONE, shown, methods=["GET"]),
    Route(_ONE, publish, methods=["POST"]),
    Route(f"{_ONE}/measure", measure, methods=["POST"]),
    Route(_ONE + "/{version:row}/restore", restore, methods=["POST"]),
]
