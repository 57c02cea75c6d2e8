"""Reading a submitted form: texts only, files are refused."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from domain.errors import DomainError

MAX_FIELDS = 100


async def form_of(request: Request) -> FormData:
    """The form; `invalid` when it cannot be read as one."""
    try:
        return await request.form(max_files=0, max_fields=MAX_FIELDS)
    except (HTTPException, MultiPartException, UnicodeError) as error:
        raise DomainError("invalid") from error


async def values(request: Request) -> dict[str, str]:
    """The form's fields, the last one of a name."""
    return {key: value for key, value in (await form_of(request)).items() if isinstance(value, str)}
