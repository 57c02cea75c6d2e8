"""`{id:row}` in an address: the id of a row, never a number that no database column holds."""

from __future__ import annotations

from starlette.convertors import IntegerConvertor, register_url_convertor

MAX_DIGITS = 18


class RowConvertor(IntegerConvertor):
    regex = f"[0-9]{{1,{MAX_DIGITS}}}"


register_url_convertor("row", RowConvertor())


def row_id(text: str) -> int | None:
    """An id given as a query parameter, None when it is none."""
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None
