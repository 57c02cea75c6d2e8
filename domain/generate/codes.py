"""Tracking codes that no case has yet."""

from __future__ import annotations

from random import Random

from domain import tracking_code
from models import Case


class Codes:
    def __init__(self, rng: Random, taken: set[str]) -> None:
        self._rng = rng
        self._taken = taken

    @classmethod
    async def load(cls, rng: Random) -> Codes:
        return cls(
            rng, {str(code) for code in await Case.all().values_list("tracking_code", flat=True)}
        )

    def new(self) -> str:
        while True:
            code = tracking_code.generate(self._rng)
            if code not in self._taken:
                self._taken.add(code)
                return code
