"""Reading a submitted form: texts only, files are refused."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from domain.errors import DomainError

MAX_FIELDS = 100
_BROKEN = "\ufffd"
"""What the parser puts in the place of bytes that are no UTF-8."""


async def form_of(request: Request) -> FormData:
    """The form; `invalid` when it cannot be read as one, `invalid_characters` for broken UTF-8."""
    try:
        form = await request.form(max_files=0, max_fields=MAX_FIELDS)
    except (HTTPException, MultiPartException, UnicodeError) as error:
        raise DomainError("invalid") from error
    texts = (text for pair in form.multi_items() for text in pair if isinstance(text, str))
    if any(_BROKEN in text for text in texts):
        raise DomainError("invalid_characters")
    return form


async def values(request: Request) -> dict[str, str]:
    """The form's fields, the last one of a name."""
    return {key: value for key, value in (await form_of(request)).items() if isinstance(value, str)}
