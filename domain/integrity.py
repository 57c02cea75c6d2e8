"""Contradictions between cases and their histories, found by a few queries over all cases.

What `favad check` runs, and what proves that generated cases are like real ones. Each check is a
query that gives the ids of the cases that break one promise of the service.
"""

# ruff: noqa: S608 (every query is put together from this module's own constants)

from __future__ import annotations

from dataclasses import dataclass

from domain import rules, workflow
from domain.permissions import OPEN_REFERRAL
from domain.workflow import RESUME, Move
from models import database
from models.enums import CaseStatus

EXAMPLES = 5


@dataclass(frozen=True)
class Problem:
    """A promise that cases break: how many, and the ids of some of them."""

    promise: str
    count: int
    examples: tuple[int, ...]

    def __str__(self) -> str:
        shown = ", ".join(str(number) for number in self.examples)
        return f"{self.promise}: {self.count} broken (cases {shown})"


async def check() -> list[Problem]:
    """Every promise that some case breaks; empty when all is well."""
    found = []
    for promise, query in (await _checks()).items():
        problem = await _ask(promise, query)
        if problem is not None:
            found.append(problem)
    return found


async def _ask(promise: str, query: str) -> Problem | None:
    numbers = f"WITH broken AS (SELECT DISTINCT case_id FROM ({query}) AS found) "
    connection = database.connection()
    rows = await connection.execute_query_dict(
        f"{numbers} SELECT case_id, count(*) OVER () AS total FROM broken "
        f"ORDER BY case_id LIMIT {EXAMPLES}"
    )
    if not rows:
        return None
    return Problem(promise, int(rows[0]["total"]), tuple(int(row["case_id"]) for row in rows))


def _in(values: frozenset[CaseStatus]) -> str:
    return "(" + ", ".join(f"'{value}'" for value in sorted(values)) + ")"


def _steps() -> str:
    """Every legal step of a timeline, as SQL texts "from move to"."""
    steps = []
    for status, moves in workflow.TABLE.items():
        for move, target in moves.items():
            targets = sorted(workflow.RUNNING) if target == RESUME else [target]
            steps += [f"'{status} {move} {after}'" for after in targets]
    return ", ".join(steps)


_MOVES = ", ".join(f"'{move}'" for move in Move)
_RUNNING = _in(workflow.RUNNING)
_FINAL = _in(workflow.FINAL)
_ANSWERED = "('answered', 'closed')"
_OPEN = "(" + ", ".join(f"'{status}'" for status in sorted(OPEN_REFERRAL)) + ")"
_WALK = """
    SELECT id, case_id, kind, from_status, to_status,
           lag(from_status) OVER walk AS came_from, lag(to_status) OVER walk AS stood,
           row_number() OVER (PARTITION BY case_id ORDER BY id DESC) AS from_the_end
    FROM case_event WHERE to_status IS NOT NULL
    WINDOW walk AS (PARTITION BY case_id ORDER BY id)"""
_NOW = "JOIN case_round r ON r.case_id = c.id AND r.number = c.round"


async def _checks() -> dict[str, str]:
    rungs = len((await rules.load()).ladder)
    return {**_timeline(), **_rounds(), **_referrals(), **_counts(), **_trees(), **_jobs(rungs)}


def _timeline() -> dict[str, str]:
    return {
        "a timeline begins with the registration": f"""
            SELECT case_id FROM ({_WALK}) w WHERE stood IS NULL
              AND NOT (kind = 'registered' AND to_status = 'registered' AND from_status IS NULL)
            UNION SELECT c.id FROM cases c WHERE NOT EXISTS
              (SELECT 1 FROM case_event e WHERE e.case_id = c.id AND e.kind = 'registered')""",
        "each step begins where the last one ended": f"""
            SELECT case_id FROM ({_WALK}) w WHERE stood IS NOT NULL AND from_status <> stood""",
        "each step is in the table of moves": f"""
            SELECT case_id FROM case_event WHERE from_status IS NOT NULL
              AND from_status || ' ' || kind || ' ' || to_status NOT IN ({_steps()})""",
        "no move without its statuses": f"""
            SELECT case_id FROM case_event WHERE kind IN ({_MOVES}) AND from_status IS NULL""",
        "a reply brings the case back to where it was": f"""
            SELECT case_id FROM ({_WALK}) w WHERE kind = 'reply' AND to_status <> came_from""",
        "the timeline ends in the status of the case": f"""
            SELECT w.case_id FROM ({_WALK}) w JOIN cases c ON c.id = w.case_id
            WHERE from_the_end = 1 AND w.to_status <> c.status""",
        "the timeline goes forward": """
            SELECT case_id FROM (SELECT case_id, at, lag(at) OVER
              (PARTITION BY case_id ORDER BY id) AS before FROM case_event) e WHERE at < before""",
    }


def _rounds() -> dict[str, str]:
    return {
        "rounds are numbered without gaps": """
            SELECT c.id AS case_id FROM cases c LEFT JOIN case_round r ON r.case_id = c.id
            GROUP BY c.id, c.round
            HAVING count(r.id) <> c.round OR min(r.number) <> 1 OR max(r.number) <> c.round""",
        "a round has a result if and only if it is answered": """
            SELECT case_id FROM case_round WHERE (answered_at IS NULL) <> (result = '')
              OR (answered_at IS NULL) <> (producer_level IS NULL) OR answered_at < started_at""",
        "every round but the last is answered": """
            SELECT c.id AS case_id FROM cases c JOIN case_round r ON r.case_id = c.id
            WHERE r.number < c.round AND r.answered_at IS NULL""",
        "the last round is answered as the case says": f"""
            SELECT c.id AS case_id FROM cases c {_NOW}
            WHERE coalesce(c.answered_at = r.answered_at, c.answered_at IS NULL
              AND r.answered_at IS NULL) = false
              OR (c.answered_at IS NOT NULL) <> (c.status IN {_ANSWERED})""",
        "the clock of the case is that of its last round": f"""
            SELECT c.id AS case_id FROM cases c {_NOW}
            WHERE c.due_at <> r.due_at OR r.due_at <= r.started_at""",
        "what was answered late is a breach": """
            SELECT case_id FROM case_round WHERE answered_at > due_at AND breached_at IS NULL""",
        "a breach is recorded once, after its time": """
            SELECT r.case_id FROM case_round r LEFT JOIN breach b ON b.round_id = r.id
            WHERE (r.breached_at IS NULL) <> (b.id IS NULL) OR b.created_at < r.breached_at
              OR b.case_id <> r.case_id""",
        "an explained breach says who, when and why": """
            SELECT case_id FROM breach WHERE (explanation = '') <> (explained_at IS NULL)
              OR explained_at < created_at""",
        "the clock is paused only while the citizen is asked": """
            SELECT id AS case_id FROM cases
            WHERE (status = 'waiting_citizen') <> (paused_at IS NOT NULL)
              OR (status = 'waiting_citizen') <> (resume_status IS NOT NULL)
            UNION SELECT c.id FROM cases c WHERE (c.status = 'waiting_citizen') <> EXISTS
              (SELECT 1 FROM question q WHERE q.case_id = c.id AND q.ended_at IS NULL)""",
        "closed cases know when": f"""
            SELECT id AS case_id FROM cases
            WHERE (status IN {_FINAL}) <> (closed_at IS NOT NULL)""",
    }


def _referrals() -> dict[str, str]:
    return {
        "open referrals belong to a case in handling": f"""
            SELECT c.id AS case_id FROM referral f JOIN cases c ON c.id = f.case_id {_NOW}
            WHERE f.status IN {_OPEN} AND (f.round_id <> r.id
              OR coalesce(c.resume_status, c.status) <> 'in_handling')""",
        "a case in handling has an open referral": f"""
            SELECT c.id AS case_id FROM cases c
            WHERE coalesce(c.resume_status, c.status) = 'in_handling' AND NOT EXISTS
              (SELECT 1 FROM referral f WHERE f.case_id = c.id AND f.parent_id IS NULL
                 AND f.status IN {_OPEN})""",
        "a referral is referred on while a child is open": f"""
            SELECT f.case_id FROM referral f WHERE f.status IN {_OPEN}
              AND (f.status = 'referred') <> EXISTS (SELECT 1 FROM referral k
                WHERE k.parent_id = f.id AND k.status IN {_OPEN})""",
        "a referral is finished when it is no longer open": f"""
            SELECT case_id FROM referral WHERE (status IN {_OPEN}) <> (finished_at IS NULL)
              OR (status = 'reported') <> (result <> '') OR finished_at < created_at""",
        "open referrals are in the agency of the case": f"""
            SELECT c.id AS case_id FROM referral f JOIN cases c ON c.id = f.case_id
            JOIN agency a ON a.id = f.agency_id
            WHERE f.status IN {_OPEN} AND coalesce(a.main_id, a.id) <> c.main_agency_id""",
    }


def _counts() -> dict[str, str]:
    return {
        "reopenings are counted": """
            SELECT c.id AS case_id FROM cases c WHERE c.reopened <> c.round - 1 OR c.reopened <>
              (SELECT count(*) FROM case_event e WHERE e.case_id = c.id
                 AND e.kind IN ('reopen_to_review', 'reopen_to_handling'))""",
        "misroutings are counted": """
            SELECT c.id AS case_id FROM cases c WHERE c.misrouted <>
              (SELECT count(*) FROM case_event e
                 WHERE e.case_id = c.id AND e.kind = 'return_to_centre')""",
        "the rating is the last verdict on the last round": f"""
            SELECT c.id AS case_id FROM cases c {_NOW}
            WHERE coalesce(c.rating, 0) <> coalesce((SELECT f.rating FROM feedback f
              WHERE f.round_id = r.id AND f.superseded = false AND f.late = false
              ORDER BY f.id DESC LIMIT 1), 0)""",
        "every answered round has its survey": """
            SELECT r.case_id FROM case_round r LEFT JOIN survey s ON s.round_id = r.id
            WHERE r.answered_at IS NOT NULL AND s.id IS NULL""",
        "a duplicate shares the incident of its original": """
            SELECT c.id AS case_id FROM cases c LEFT JOIN cases o ON o.id = c.duplicate_of_id
            WHERE (c.status = 'duplicate') <> (c.duplicate_of_id IS NOT NULL)
              OR c.incident_id <> o.incident_id""",
        "an employee's identity is never shown": """
            SELECT id AS case_id FROM cases WHERE reporter_kind = 'employee' AND consent = true""",
        "the citizen is told the result of each round": """
            SELECT r.case_id FROM case_round r WHERE r.answered_at IS NOT NULL AND NOT EXISTS
              (SELECT 1 FROM outbox_message m WHERE m.dedupe_key =
                 'case:' || r.case_id || ':result:' || r.number)""",
    }


def _trees() -> dict[str, str]:
    return {
        "the main agency is that of the agency": """
            SELECT c.id AS case_id FROM cases c JOIN agency a ON a.id = c.agency_id
            WHERE c.main_agency_id <> coalesce(a.main_id, a.id)""",
        "province and county are those of the place": """
            SELECT c.id AS case_id FROM cases c JOIN place p ON p.code = c.place_id
            WHERE c.province_id <> coalesce(p.province_id, p.code)
              OR coalesce(c.county_id, '') <> coalesce(p.county_id, '')""",
    }


def _jobs(rungs: int) -> dict[str, str]:
    def has(prefix: str, subject: str, suffix: str = "") -> str:
        end = f" || ':{suffix}'" if suffix else ""
        return f"EXISTS (SELECT 1 FROM job j WHERE j.key = '{prefix}:' || {subject}{end})"

    return {
        "a running clock is on the ladder": f"""
            SELECT c.id AS case_id FROM cases c {_NOW} WHERE c.status IN {_RUNNING}
              AND (SELECT count(*) FROM ladder_step l WHERE l.round_id = r.id) < {rungs}
              AND NOT {has("ladder", "r.id")}""",
        "a waiting question has a time limit": f"""
            SELECT case_id FROM question q WHERE q.ended_at IS NULL
              AND NOT {has("question", "q.id")}""",
        "an answered case will be closed": f"""
            SELECT c.id AS case_id FROM cases c {_NOW} WHERE c.status = 'answered'
              AND NOT {has("close", "r.id")}""",
        "a survey goes on": f"""
            SELECT case_id FROM survey s
              WHERE s.state = 'scheduled' AND NOT {has("survey", "s.id", "ask")}
            UNION SELECT case_id FROM survey s
              WHERE s.state = 'asked' AND NOT {has("survey", "s.id", "expire")}
            UNION SELECT case_id FROM survey s
              WHERE s.state = 'scored' AND NOT {has("survey", "s.id", "comment")}""",
    }
