"""One case as the use cases would make it, in memory: same table of moves, same clock, same rungs.

Time only goes forward. What would lie after `Setting.now` does not happen: `Unfinished` is raised,
the case stays as it is then, and `settle` adds the jobs that a worker would find.
"""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random

from domain import clock, ladder, measure, messages, workflow
from domain.generate.nation import Nation
from domain.generate.rows import (
    NO_ROW,
    BreachRow,
    CaseRow,
    EventRow,
    InboxRow,
    JobRow,
    LadderStepRow,
    OrderRow,
    OutboxRow,
    ReferralRow,
    RoundRow,
    Row,
)
from domain.generate.write import Batch
from domain.rules import Rules
from domain.tracking_code import display
from domain.workflow import Move
from models.enums import ActorKind, CaseStatus, DecisionLevel, Language, Role


class Unfinished(Exception):
    """The present has been reached."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts, as the timeline keeps it."""

    kind: ActorKind
    user_id: int | None = None
    agency_id: int | None = None


SYSTEM = Who(ActorKind.SYSTEM)
CITIZEN = Who(ActorKind.CITIZEN)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all histories of one run share."""

    nation: Nation
    rules: Rules
    now: datetime
    rng: Random
    batch: Batch
    line: str

    def text(self, kind: str, language: Language = Language.PERSIAN, **values: str) -> str:
        """The text in a language with these values."""
        return messages.fill(self.nation.templates[kind, language], values, language)

    def send(
        self,
        kind: str,
        mobile: str,
        text: str,
        moment: datetime,
        case: Row,
        about: Row,
        words: tuple[str, str],
        language: Language = Language.PERSIAN,
    ) -> None:
        """An SMS that was queued at `moment` and reached the phone."""
        parts = measure.measure(text).parts
        accepted = moment + timedelta(seconds=self.rng.uniform(0.4, 2))
        self.batch.add(
            OutboxRow(
                kind=kind,
                case=case,
                about=about,
                key=words,
                receptor=mobile,
                language=language,
                line=self.line,
                text=text,
                parts=parts,
                local_id=secrets.randbits(61) + 1,
                created_at=moment,
                accepted_at=accepted,
                delivered_at=accepted + timedelta(seconds=self.rng.uniform(2, 20)),
                cost=parts * self.rules.sms_part_cost,
            )
        )


class History:
    """The life of one case; each method is what one use case does to the rows."""

    def __init__(self, setting: Setting, case: CaseRow) -> None:
        self.setting = setting
        self.case = case
        self.moment = case.registered_at
        self.round = self._new_round(DecisionLevel.MAIN)
        self.referrals: list[ReferralRow] = []
        self.orders: list[OrderRow] = []
        self.climbed: set[str] = set()
        self.clock_since = self.moment
        self._timers: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._code = display(case.tracking_code)

    # Time

    def at(self, moment: datetime) -> None:
        """Let time pass; what is due meanwhile happens. Raises `Unfinished` at the present."""
        self._pass(min(moment, self.setting.now))
        if moment > self.setting.now:
            raise Unfinished
        self.moment = max(self.moment, moment)

    def later(self, moment: datetime, act: Callable[[], None]) -> None:
        """Something that will happen beside the course of the case."""
        heapq.heappush(self._timers, (moment, next(self._order), act))

    def _pass(self, until: datetime) -> None:
        while True:
            rung = self.next_rung()
            timer = self._timers[0][0] if self._timers else None
            moments = [when for when in (rung and rung[1], timer) if when is not None]
            if not moments or min(moments) > until:
                return
            self.moment = max(self.moment, min(moments))
            if timer is not None and timer == min(moments):
                heapq.heappop(self._timers)[2]()
            elif rung is not None:
                self._climb(rung[0])

    # The ladder

    def next_rung(self) -> tuple[str, datetime] | None:
        """The next rung of the running clock and when it is climbed."""
        if self.case.status not in workflow.RUNNING:
            return None
        rules = self.setting.rules
        waiting = [
            (ladder.rung_at(rung, self.round.due_at, rules.clock), rung.code)
            for rung in rules.ladder
            if rung.code not in self.climbed
        ]
        if not waiting:
            return None
        when, code = min(waiting, key=lambda pair: pair[0])
        return code, max(when, self.clock_since)

    def _climb(self, code: str) -> None:
        self.climbed.add(code)
        self.add(LadderStepRow(round=self.round, rung=code, at=self.moment))
        if code == "breach":
            self.breach()
        else:
            self.record(SYSTEM, "ladder", code)

    def breach(self) -> None:
        if self.round.breached_at is not None:
            return
        self.round.breached_at = self.round.due_at
        row = BreachRow(
            case=self.case,
            round=self.round,
            agency_id=self.case.agency_id,
            created_at=self.moment,
        )
        self.add(row)
        self.record(SYSTEM, "breach")
        self.on_breach(row)

    def on_breach(self, row: BreachRow) -> None:
        """What a breach sets off."""

    # The timeline

    def add(self, row: Row) -> None:
        self.setting.batch.add(row)

    def record(
        self,
        who: Who,
        kind: str,
        text: str = "",
        referral: Row = NO_ROW,
        before: CaseStatus | None = None,
        after: CaseStatus | None = None,
    ) -> None:
        self.add(
            EventRow(
                case=self.case,
                round_number=self.case.round,
                kind=kind,
                at=self.moment,
                from_status=before,
                to_status=after,
                actor_kind=who.kind,
                user_id=who.user_id,
                agency_id=who.agency_id,
                referral=referral,
                text=text,
            )
        )

    def move(self, step: Move, who: Who, text: str = "") -> None:
        case = self.case
        before = case.status
        case.status = workflow.target(before, step, case.resume_status)
        if step is Move.ASK:
            case.resume_status = before
        elif step is Move.REPLY:
            case.resume_status = None
        self.touch()
        self.record(who, step.value, text, before=before, after=case.status)

    def touch(self) -> None:
        self.case.version += 1
        self.case.updated_at = self.moment

    def acted(self) -> None:
        """Somebody acted on the case; the first time counts."""
        if self.round.first_action_at is None:
            self.round.first_action_at = self.moment

    # The clock

    def open_round(self, level: DecisionLevel, step: Move, who: Who, text: str) -> None:
        case = self.case
        case.round += 1
        case.reopened += 1
        case.at_centre = level is DecisionLevel.NATIONAL
        case.answered_at = case.closed_at = case.rating = None
        case.due_at = clock.due(self.moment, self.setting.rules.clock)
        self.round = self._new_round(level)
        self.referrals = []
        self.orders = []
        self.climbed = set()
        self.clock_since = self.moment
        self.move(step, who, text)

    def _new_round(self, level: DecisionLevel) -> RoundRow:
        row = RoundRow(
            case=self.case,
            number=self.case.round,
            level=level,
            started_at=self.moment,
            due_at=self.case.due_at,
        )
        self.add(row)
        return row

    def pause(self) -> None:
        self.case.paused_at = self.moment

    def resume(self) -> None:
        """Go on: what was due later than the pause is due later by the pause."""
        case = self.case
        assert case.paused_at is not None
        stopped = case.paused_at
        self.round.paused_seconds += int((self.moment - stopped).total_seconds())
        case.paused_at = None
        case.due_at = self.round.due_at = clock.moved(case.due_at, stopped, self.moment)
        hops: list[ReferralRow | OrderRow] = [
            *(row for row in self.referrals if row.finished_at is None),
            *(row for row in self.orders if row.due_at > stopped),
        ]
        for hop in hops:
            hop.due_at = clock.moved(hop.due_at, stopped, self.moment)
        self.clock_since = self.moment

    # People and texts

    def staff(self, role: Role, agency_id: int | None) -> Who:
        user = self.setting.nation.person(role, agency_id, self.setting.rng)
        return Who(ActorKind.USER, user, agency_id)

    def text_out(self, kind: str, about: Row, words: tuple[str, str], **values: str) -> None:
        """An SMS that reached the citizen."""
        case, language = self.case, self.case.citizen.language
        text = self.setting.text(kind, language, code=self._code, **values)
        self.setting.send(kind, case.mobile, text, self.moment, case, about, words, language)

    def text_in(self, text: str, handled_as: str) -> None:
        """A text from the citizen."""
        self.add(
            InboxRow(
                message_id=secrets.token_hex(8),
                sender=self.case.mobile,
                line=self.setting.line,
                text=text,
                received_at=self.moment,
                handled_as=handled_as,
                case=self.case,
            )
        )

    def job(self, kind: str, about: Row, run_at: datetime, word: str, step: str = "") -> None:
        """Work for the worker, under the key that the use cases give it."""
        self.add(JobRow(kind=kind, about=about, run_at=run_at, words=(word, step)))
