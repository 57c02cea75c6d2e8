"""Wrong secrets, counted in memory per client and address, so that guessing leads nowhere."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import Final

from domain.time import now

MOST: Final = 10
WITHIN: Final = timedelta(minutes=1)
REMEMBERED: Final = 10_000

Who = tuple[str, str]


class Attempts:
    """Who failed how often in a window that begins with the first failure."""

    def __init__(self) -> None:
        self._failed: OrderedDict[Who, tuple[float, int]] = OrderedDict()

    def wait(self, who: Who) -> int:
        """Seconds until `who` may try again; 0 when at once."""
        ends, count = self._failed.get(who, (0.0, 0))
        left = ends - now().timestamp()
        return max(1, round(left)) if count >= MOST and left > 0 else 0

    def fail(self, who: Who) -> None:
        """Count a failure; the ones longest ago are forgotten when there are very many."""
        moment = now().timestamp()
        ends, count = self._failed.get(who, (0.0, 0))
        fresh = (moment + WITHIN.total_seconds(), 1)
        self._failed[who] = (ends, count + 1) if ends > moment else fresh
        self._failed.move_to_end(who)
        if len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)

    def succeed(self, who: Who) -> None:
        self._failed.pop(who, None)
