"""Moments on the wire: ISO 8601 in UTC with microseconds and `Z`, always of one width."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError

_FORM: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(value: object) -> datetime:
    """A moment with its offset from UTC, between 1900 and 2200."""
    if not isinstance(value, str) or not _FORM.fullmatch(value):
        raise StrawberryInputCoercionError(
            "a moment is written as 2026-11-24T06:00:00Z, with its offset from UTC"
        )
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise StrawberryInputCoercionError("there is no such moment") from None
    if (
        not _EARLIEST.replace(tzinfo=moment.tzinfo)
        <= moment
        < _LATEST.replace(tzinfo=moment.tzinfo)
    ):
        raise StrawberryInputCoercionError("a moment lies between the years 1900 and 2200")
    return moment.astimezone(UTC)


DateTime = strawberry.scalar(
    name="DateTime",
    description=(
        "A moment in UTC, ISO 8601 with microseconds: `2026-11-24T06:00:00.000000Z`. "
        "As input any offset is taken, but there must be one."
    ),
    specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
    serialize=written,
    parse_value=read,
)
