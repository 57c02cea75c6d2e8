"""What can be made to go wrong, by probability or by switch."""

from __future__ import annotations

from typing import Any

PROBABILITIES = ("lost_reply", "hang", "bad_gateway", "busy", "too_many_calls")
"""After acceptance: lost_reply, bad_gateway (502 in HTML). Before it: hang, busy 409, 451."""

SWITCHES = (
    "no_credit",
    "bad_key",
    "debug_mode",
    "links_refused",
    "ip_not_listed",
    "webhooks_off",
    "webhooks_duplicated",
    "webhooks_reordered",
    "opt_out_swallowed",
    "dedupe_local_ids",
)

Faults = dict[str, Any]


def defaults(dedupe_local_ids: bool) -> Faults:
    """Nothing goes wrong."""
    calm: Faults = dict.fromkeys(PROBABILITIES, 0.0) | dict.fromkeys(SWITCHES, False)
    return calm | {"dedupe_local_ids": dedupe_local_ids}


def checked(changes: Faults) -> Faults:
    """Known names with values in range, or ValueError with a sentence for the caller."""
    for name, value in changes.items():
        if name in PROBABILITIES:
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ValueError(f"{name} is a probability from 0 to 1")
        elif name in SWITCHES:
            if not isinstance(value, bool):
                raise ValueError(f"{name} is true or false")
        else:
            raise ValueError(f"unknown fault {name}")
    return dict(changes)
