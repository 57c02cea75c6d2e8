"""What the simulator is told when it starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

TEMPLATES = {
    "verify": "کد تایید فواد ۱۲۸: %token",
    "favad-code": "کد تأیید شما در سامانهٔ ۱۲۸: %token\nاین کد را به کارشناس بگویید.",
}


@dataclass(frozen=True)
class SimulatorConfig:
    """Keys, addresses of the application, and how fast the simulated network is.

    An address left empty is not called. Delays are seconds of the simulator's clock.
    """

    api_key: str = field(repr=False)
    line: str
    database: str = ":memory:"
    inbound_url: str = field(default="", repr=False)
    delivery_url: str = field(default="", repr=False)
    call_url: str = ""
    call_secret: str = field(default="", repr=False)
    verifier_token: str = field(default="", repr=False)
    app_url: str = ""
    second_token: str = field(default="", repr=False)
    """Bearer token of the second provider; without one every request to it is refused."""
    second_line: str = "10009128"
    second_inbound_url: str = field(default="", repr=False)
    second_delivery_url: str = field(default="", repr=False)
    templates: Mapping[str, str] = field(default_factory=lambda: dict(TEMPLATES))
    """Templates of verify/lookup by name, at the first start."""
    delay_accept: float = 1.0
    """From the queue (status 1) to the telecom (4)."""
    delay_deliver: float = 2.0
    """From the telecom (4) to the phone (10); ten times as long on a slow phone."""
    delay_expire: float = 60.0
    """After which a text to a phone that is off ends as not delivered (11)."""
    delay_answer: float = 4.0
    """After which a call placed in the browser is answered."""
    webhook_retry: float = 120.0
    webhook_attempts: int = 30
    hang: float = 60.0
    """How long a hanging call hangs before its connection is cut."""
    dedupe_local_ids: bool = True
    clock: Callable[[], float] = field(default=time.time, repr=False)
