"""What is refused, and that it left nothing behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from domain.errors import DomainError
from tests.support.unchanged import unchanged


async def refusal(act: Awaitable[object]) -> tuple[str, str | None]:
    """The code and the field with which `act` is refused; fails when it is not."""
    try:
        await act
    except DomainError as error:
        return error.code, error.field
    raise AssertionError("not refused")


async def refused(act: Awaitable[object], code: str) -> None:
    """`act` is refused with `code` and changes no row."""
    async with unchanged():
        found, _ = await refusal(act)
    assert found == code


def bad_texts(least: int, most: int) -> Iterable[tuple[object, str]]:
    """Values that no text of `least` to `most` characters may be, with the code of the refusal."""
    yield from [(None, "invalid"), (5, "invalid"), (["متن"], "invalid"), (b"text", "invalid")]
    yield from [(bad * max(least, 1), "invalid_characters") for bad in ("\x00", "\x07", "\ud800")]
    yield "م" * (most + 1), "too_long"
    if least > 0:
        yield "  \u200f ", "required"
    if least > 1:
        yield "م" * (least - 1), "too_short"


BAD_KEYS: list[object] = [None, "", "nonsense", 0, -1, 2**63, 2**80, True, 1.5, [], 999_999]
"""Keys of a case or another row that exist nowhere."""
BAD_CODES: list[object] = [None, "", 7, [], {}, "NOPE", "\x00", "\ud800", "x" * 5000, "edu-C1"]
"""Codes of agencies, places and the like that exist nowhere."""


async def refuses_texts(
    act: Callable[[object], Awaitable[object]], field: str, least: int, most: int
) -> None:
    """`act` refuses every bad text, naming the field, and changes nothing."""
    async with unchanged():
        for value, code in bad_texts(least, most):
            assert (repr(value)[:40], *await refusal(act(value))) == (repr(value)[:40], code, field)


async def refuses(
    act: Callable[[object], Awaitable[object]], values: Iterable[object], *answers: tuple[str, str]
) -> None:
    """`act` refuses all of `values` with one of `answers` and changes nothing."""
    async with unchanged():
        for value in values:
            assert await refusal(act(value)) in answers, repr(value)[:40]
