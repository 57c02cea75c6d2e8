"""What all phones together hold, so that a long test can judge by one question."""

from __future__ import annotations

from typing import Any

from sms.simulator.network import OPT_OUT_REASON
from sms.simulator.state import State

LISTED = 1_000
HELD = "status IN (1, 2, 4, 10)"
"""On the phone or on its way there; texts that failed, were blocked or cancelled never arrive."""


def summary(state: State) -> dict[str, Any]:
    """Counts of messages, what a phone holds twice, and what was sent after an opt-out.

    `repeated`: the same text more than once on one phone, by whichever provider.
    `after_opt_out`: taken over after the phone had answered 11, with the seconds in between; what
    was on its way when the answer came may be among them. Lists hold at most 1,000 rows.
    """
    rows = state.store.rows
    totals = rows(
        "SELECT count(*) AS messages, count(DISTINCT receptor) AS phones, "
        f"coalesce(sum({HELD}), 0) AS held, count(next_at) AS under_way FROM message"
    )[0]
    statuses = rows("SELECT status, count(*) AS n FROM message GROUP BY status ORDER BY status")
    providers = rows("SELECT provider, count(*) AS n FROM message GROUP BY provider")
    return totals | {
        "replies": state.store.value("SELECT count(*) FROM inbound"),
        "by_status": {str(row["status"]): row["n"] for row in statuses},
        "by_provider": {row["provider"]: row["n"] for row in providers},
        "webhooks_waiting": state.store.value("SELECT count(*) FROM hook WHERE due IS NOT NULL"),
        "repeated": rows(
            f"SELECT receptor AS number, text, count(*) AS times FROM message WHERE {HELD} "
            "GROUP BY receptor, text HAVING count(*) > 1 ORDER BY times DESC, number LIMIT ?",
            LISTED,
        ),
        "after_opt_out": rows(
            "SELECT receptor AS number, message.line, status, "
            "message.created - blocked.created AS seconds FROM blocked "
            "JOIN message ON receptor = number AND message.created > blocked.created "
            f"WHERE reason = {OPT_OUT_REASON} AND kind = 'sms' ORDER BY message.id LIMIT ?",
            LISTED,
        ),
        "counts": {
            row["receptor"]: row["n"]
            for row in rows(
                f"SELECT receptor, count(*) AS n FROM message WHERE {HELD} GROUP BY receptor"
            )
        },
    }
