"""Which queued message goes now: read with all that decides, and begun by one statement.

The conditions are asked twice. `candidate` tells the worker what speaks against sending, and
`begin` asks again as it takes the message, so that nothing that was committed in between is missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.outbox import EXEMPT_FROM_OPT_OUT, SHELF_LIFE
from domain.time import now
from models import Job, OutboxMessage, statements
from models.enums import MessageState

FOLLOWED: Final = timedelta(seconds=10)
"""A text waits for an earlier one to the same phone that is due within this time."""

_BEHIND = """EXISTS (
    SELECT 1 FROM outbox_message AS earlier JOIN job AS planned
        ON planned.key = 'sms:' || earlier.id
    WHERE earlier.receptor = m.receptor AND earlier.id < m.id AND earlier.channel = m.channel
        AND (earlier.state = 'sending' OR earlier.state = 'pending' AND earlier.attempts = 0)
        AND planned.dead = FALSE AND planned.run_at <= $3)"""
"""An earlier text to the same phone is under way or will go soon; not one stuck in retries."""
_CANDIDATE = f"""
    SELECT m.*, {_BEHIND} AS behind,
        EXISTS (SELECT 1 FROM opt_out WHERE mobile = m.receptor) AS opted_out,
        EXISTS (SELECT 1 FROM sending_halt) AS halted
    FROM job JOIN outbox_message AS m ON m.id = job.subject_id
    WHERE job.id = $1 AND job.lease = $2"""  # noqa: S608 - our own words
_BEGIN = f"""
    UPDATE outbox_message AS m SET state = 'sending', gateway = $5, line = $6, parts = $7,
        attempts = attempts + 1, attempted_at = $8, updated_at = $8,
        absent_lookups = 0, looked_up_at = NULL, error = '', error_code = NULL
    WHERE id = $4 AND state = 'pending' AND gateway IN ('', $5)
        AND EXISTS (SELECT 1 FROM job WHERE id = $1 AND lease = $2)
        AND NOT EXISTS (SELECT 1 FROM sending_halt AS halt WHERE halt.gateway = $5
            AND halt.line IN ('*', $6) AND (halt.until IS NULL OR halt.until > $8))
        AND ($9 OR NOT {_BEHIND}
            AND NOT EXISTS (SELECT 1 FROM opt_out WHERE mobile = m.receptor))
    RETURNING attempts"""  # noqa: S608 - our own words
_RETURNS = """
    SELECT gateway, code FROM message_step
    WHERE message_id = $1 AND state = 'pending' AND gateway <> ''
    ORDER BY id DESC LIMIT 2"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claimed message with what else decides whether it goes now.

    `behind`: an earlier one to the same phone goes first. `halted`: some line is halted, or was.
    """

    row: OutboxMessage
    behind: bool
    opted_out: bool
    halted: bool


async def candidate(job: Job) -> Candidate | None:
    """What a job is to send; None when the job's lease was lost."""
    rows = await statements.fetch(_CANDIDATE, job.id, job.lease, now() + FOLLOWED)
    if not rows:
        return None
    found = dict(rows[0])
    behind, opted_out, halted = (bool(found.pop(key)) for key in ("behind", "opted_out", "halted"))
    row = OutboxMessage._init_from_db(**found)
    exempt = row.kind in EXEMPT_FROM_OPT_OUT
    return Candidate(row, behind and not exempt, opted_out and not exempt, halted)


async def begin(row: OutboxMessage, job: Job, gateway: str, line: str, parts: int) -> bool:
    """pending → sending by a gateway, if still nothing speaks against it: one statement decides.

    Against it speak a lost lease, an opt-out, a halt, an earlier text to the same phone, another
    gateway that the message belongs to. Commit before the provider is asked.
    """
    moment = now()
    exempt = row.kind in EXEMPT_FROM_OPT_OUT
    begun = await statements.fetch(
        _BEGIN, job.id, job.lease, moment + FOLLOWED, row.id, gateway, line, parts, moment, exempt
    )
    if not begun:
        return False
    row.state, row.gateway, row.line, row.parts = MessageState.SENDING, gateway, line, parts
    row.attempts, row.attempted_at = begun[0]["attempts"], moment
    return True


def expired(row: OutboxMessage) -> bool:
    """Whether the text would only confuse by now."""
    life = SHELF_LIFE.get(row.kind)
    return life is not None and now() - row.created_at > life


async def returns(row: OutboxMessage) -> list[tuple[str, int | None]]:
    """The gateways that last gave the message back, latest first, with the refusal's code if any.

    Without a code the gateway was not reached.
    """
    found = await statements.fetch(_RETURNS, row.id)
    return [(step["gateway"], step["code"]) for step in found]
