"""What a soak is made of: how much, how long things take, how often what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

DATABASES = ("sqlite", "postgres")
RECONCILE_SECONDS, LOOKUP_GAP_SECONDS = 6, 2
ANSWER_SECONDS = RECONCILE_SECONDS / 2
"""After which a worker gives a request up (`api.wiring`)."""
MESSAGES_OF_A_CASE = 4
"""Registered, result, survey, and an answer to the citizen's."""


@dataclass(frozen=True)
class Options:
    """`faults`: share of the calls to the providers that go wrong. As messages get their fate,
    `kills` workers die and `web_kills` web processes, and there are `troubles`: short outages,
    bursts of «too many calls», times without credit. `messages` says about how many there are."""

    messages: int = 10_000
    workers: int = 4
    faults: float = 0.2
    seed: int = 128
    kills: int = 40
    web_kills: int = 3
    troubles: int = 24
    patience: float = 180.0
    """Seconds in which everything settles once nothing goes wrong any more."""

    @property
    def cases(self) -> int:
        """Cases that are reported, answered and surveyed."""
        return max(2, self.messages // 20)

    @property
    def bulk(self) -> int:
        """Messages that are queued beside those of the cases."""
        return max(0, self.messages - MESSAGES_OF_A_CASE * self.cases)
