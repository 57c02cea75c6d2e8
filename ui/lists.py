"""Long lists: keyset pages, filters from the address, a case as a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain import clock, keys, places
from domain.errors import DomainError
from domain.text import fold
from models import Case, Place
from models.enums import CaseStatus
from ui.addresses import row_id

PAGE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Slice(Generic[M]):
    """One page of a list and the addresses' cursors of its neighbours."""

    rows: list[M]
    before: str | None
    after: str | None


async def cut(
    query: QuerySet[M],
    given: Mapping[str, str],
    *,
    by: str | None = None,
    newest: bool = False,
    size: int = PAGE,
) -> Slice[M]:
    """The page of `query` after or before the cursor in `given`, ordered by `by` (a moment) and id.

    A page costs the same wherever it stands. Raises `invalid` for a cursor that is none.
    """
    backwards = bool(given.get("before")) and not given.get("after")
    cursor = given.get("after") or given.get("before")
    descending = newest != backwards
    if cursor:
        query = query.filter(_beyond(by, cursor, "lt" if descending else "gt"))
    order = [name for name in (by, "id") if name]
    found = await query.order_by(*(f"-{n}" if descending else n for n in order)).limit(size + 1)
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    ends = (_cursor(rows[0], by), _cursor(rows[-1], by)) if rows else (None, None)
    return Slice(
        rows,
        before=ends[0] if (more if backwards else cursor) else None,
        after=ends[1] if (cursor if backwards else more) else None,
    )


def href(path: str, given: Mapping[str, str], names: Sequence[str], **changes: str | None) -> str:
    """`path` with the filters `names` of this page kept and `changes` made."""
    kept = {name: given.get(name, "") for name in names} | changes
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{path}?{query}" if query else path


def neighbours(
    path: str, given: Mapping[str, str], names: Sequence[str], part: Slice[Any]
) -> dict[str, Any]:
    return {
        "previous_href": href(path, given, names, before=part.before) if part.before else None,
        "next_href": href(path, given, names, after=part.after) if part.after else None,
    }


def narrowed(query: QuerySet[M], given: Mapping[str, str], prefix: str = "") -> QuerySet[M]:
    """The list narrowed by status, indicator and words of the agency, where they are given."""
    if given.get("status"):
        query = query.filter(**{f"{prefix}status": _status(given["status"])})
    if given.get("indicator"):
        code = keys.code(given["indicator"], "indicator", keys.INDICATOR)
        query = query.filter(**{f"{prefix}indicator__code": code})
    for word in fold(given.get("unit", "")[:100]).split()[:6]:
        query = query.filter(**{f"{prefix}agency__folded__contains": word})
    return query


def case_row(case: Case, total: int) -> dict[str, Any]:
    """A case with its agency, place and indicator loaded; `total`: seconds of the clock."""
    remaining = int(clock.remaining(case).total_seconds())
    return {
        "id": case.id,
        "href": f"/cases/{case.id}",
        "code": case.tracking_code,
        "subject": case.subject,
        "agency": case.agency.name,
        "place": places.full_path(case.place),
        "indicator": case.indicator.short,
        "status": case.status,
        "round": case.round,
        "registered_at": case.registered_at,
        "remaining": remaining,
        "total": total,
        "paused": case.paused_at is not None,
        "taken": total - remaining if case.answered_at else None,
        "ended": case.closed_at is not None and case.answered_at is None,
    }


def short_place(place: Place) -> str:
    """Where, for a narrow column: the place and what lies around it at the top."""
    around = place.path.split("، ") if place.path else []
    return "، ".join([places.title(place.level, place.kind, place.name), *around[-2:]])


def _status(value: str) -> CaseStatus:
    try:
        return CaseStatus(value)
    except ValueError:
        raise DomainError("unknown", "status") from None


def _beyond(by: str | None, cursor: str, op: str) -> Q:
    at, _, number = cursor.rpartition(".")
    key = row_id(number)
    if key is None or (by and not _moment(at)):
        raise DomainError("invalid", "page")
    past = _is(f"id__{op}", key)
    if by is None:
        return past
    moment = _moment(at)
    return _is(f"{by}__{op}", moment) | Q(_is(by, moment), past)


def _is(condition: str, value: Any) -> Q:
    return Q(**{condition: value})


def _cursor(row: Any, by: str | None) -> str:
    at = (getattr(row, by) - _EPOCH) // _MICROSECOND if by else ""
    return f"{at}.{row.id}"


def _moment(text: str) -> datetime | None:
    if not text.isdecimal() or len(text) > 17:
        return None
    return _EPOCH + int(text) * _MICROSECOND
