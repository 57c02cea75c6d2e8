"""What becomes of a case: chance decides who does what and when, `Handling` how it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.feedback import SATISFIED_FROM
from domain.generate import complaints, replies
from domain.generate.handling import Handling
from domain.generate.history import SYSTEM, Setting, Unfinished, Who
from domain.generate.moments import is_quiet
from domain.generate.nation import Unit
from domain.generate.rows import (
    NO_ROW,
    BreachRow,
    CaseRow,
    IncidentRow,
    OptOutRow,
    ReferralRow,
    SurveyRow,
)
from domain.seed_data import BODIES
from domain.survey import REMIND_AFTER, next_opening
from domain.workflow import Move, allows
from models.enums import ActorKind, CaseStatus, DecisionLevel, Role

_REPLY_RATE = 0.42
_BODIES = {body["code"]: body for body in BODIES}


class Ended(Exception):
    """The case ended otherwise than by an answer."""


@dataclass(slots=True)
class Plan:
    """What is settled about a case before it begins.

    `held`: still unanswered now; `waits`: the citizen has not replied yet; `stuck`: at the
    centre. `wrong`: the agency it was first given to; `like`: the first case of its incident.
    """

    unit: Unit
    code: str
    wrong: Unit | None = None
    held: bool = False
    waits: bool = False
    stuck: bool = False
    like: Story | None = None
    ending: Move | None = None


class Story(Handling):
    """One case from the call to the end, or to the present."""

    def __init__(self, setting: Setting, case: CaseRow, plan: Plan) -> None:
        super().__init__(setting, case)
        self.plan = plan
        self.rng = setting.rng
        self.length = timedelta(0)
        self.late = False
        self.solved = False
        self.first_unit = plan.wrong or plan.unit

    def tell(self) -> None:
        try:
            self._tell()
            self.settle()
        except Unfinished:
            self._settle_anyhow()
        except Ended:
            self.settle()

    def _settle_anyhow(self) -> None:
        try:
            self.settle()
        except Ended:
            self.settle()

    def _tell(self) -> None:
        self._join_incident()
        self.register(Who(ActorKind.USER, self.case.registered_by_id))
        self._set_out()
        self._begin()
        while True:
            self._handle()
            self.at(self._when(1))
            self._answer()
            if not self._hear_citizen():
                return
            self._set_out()

    def _set_out(self) -> None:
        """Decide how long this round will take."""
        rng, quality = self.rng, self.plan.unit.quality
        risk = 0.03 + 0.23 * (1 - quality) ** 1.6 + (0.06 if is_quiet(self.moment) else 0.0)
        self.late = rng.random() < risk
        share = (
            1.03 + rng.expovariate(1.1)
            if self.late
            else 0.1 + 0.87 * rng.betavariate(1.9, 1.8 + 3 * quality)
        )
        limit = self.setting.rules.clock
        self.length = limit * share
        if self.plan.held and self.round.number == 1:
            passed = self.setting.now - self.round.started_at
            self.length = max(self.length, passed + limit * rng.uniform(0.03, 0.9))

    def _when(self, share: float) -> datetime:
        """The moment at which a share of the round's length has passed, pauses left out."""
        pauses = timedelta(seconds=self.round.paused_seconds)
        return self.round.started_at + self.length * share + pauses

    # Ways a case can go before it is handled

    def _join_incident(self) -> None:
        if self.plan.like is None:
            return
        head = self.plan.like.case
        if head.incident is NO_ROW:
            incident = IncidentRow(title=head.subject, created_at=self.moment)
            self.add(incident)
            head.incident = incident
        self.case.incident = head.incident

    def _begin(self) -> None:
        if self.plan.ending is Move.WITHDRAW:
            self.later(self._when(self.rng.uniform(0.1, 0.9)), self._withdraw)
        elif self.plan.ending is Move.MARK_DUPLICATE:
            self.at(self._when(0.15))
            self._mark_duplicate()
        elif self.plan.ending is Move.MARK_OUT_OF_SCOPE:
            self._mark_out_of_scope()
        if self.plan.wrong is not None:
            self._correct_agency()

    def _withdraw(self) -> None:
        if not allows(self.case.status, Move.WITHDRAW):
            return
        operator = self.staff(Role.OPERATOR, None)
        self.end(Move.WITHDRAW, operator, self.rng.choice(replies.WITHDRAWN))
        self.text_out("withdrawn", self.case, ("case", "ended"))
        raise Ended

    def _mark_duplicate(self) -> None:
        assert self.plan.like is not None
        head = self.plan.like.case
        self.case.duplicate_of = head
        self.end(Move.MARK_DUPLICATE, self.reviewer(), head.tracking_code)
        self.text_out("duplicate", self.case, ("case", "ended"))
        raise Ended

    def _mark_out_of_scope(self) -> None:
        self.at(self._when(0.1))
        self.return_to_centre(self.rng.choice(replies.MISROUTED))
        self.at(self._when(0.3))
        body = _BODIES["nature_of_service"]
        supervisor = self.staff(Role.SUPERVISOR, None)
        self.end(Move.MARK_OUT_OF_SCOPE, supervisor, body["title"])
        words = {"body": body["title"], "guidance": body["guidance"]}
        self.text_out("out_of_scope", self.case, ("case", "ended"), **words)
        raise Ended

    def _correct_agency(self) -> None:
        soon = self.moment + timedelta(minutes=self.rng.uniform(1, 4))
        self.at(soon if self.plan.stuck else self._when(self.rng.uniform(0.04, 0.1)))
        self.return_to_centre(self.rng.choice(replies.MISROUTED))
        self.at(self.setting.now + timedelta(1) if self.plan.stuck else self._when(0.2))
        self.reroute(self.plan.unit, self.rng.choice(replies.REROUTED))

    # Handling

    def _handle(self) -> None:
        if self.case.status is CaseStatus.IN_HANDLING:
            self._ask_perhaps()
            self._work(self.referrals[-1:], 0.3, 0.8)
            return
        self.at(self._when(self.rng.uniform(0.22, 0.3) if self.plan.wrong else 0.12))
        self._ask_perhaps()
        chance = self.rng.random()
        below = self.plan.unit.chain[1:]
        if chance < (0.6 if self.case.at_centre else 0.1):
            return
        if chance < 0.32 and len(below) > 1:
            self._chain(below[self.rng.randrange(len(below) - 1) :])
        elif chance < 0.46:
            self._several()
        elif chance < 0.5 and self.plan.unit.chain[0].children:
            self._given_back()
        else:
            self._work(self.order(self._order_text(), [self.plan.unit]), 0.3, 0.8)

    def _work(self, referrals: Sequence[ReferralRow], first: float, last: float) -> None:
        """Each unit accepts and reports, all side by side."""
        steps = []
        for referral in referrals:
            accepted = self.rng.uniform(first, (first + last) / 2)
            steps.append((accepted, 0, referral))
            steps.append((self.rng.uniform(accepted, last), 1, referral))
        for share, step, referral in sorted(steps, key=lambda item: item[:2]):
            self.at(self._when(share))
            if step:
                self._report(referral)
            elif self.rng.random() < 0.9:
                self.accept(referral)

    def _report(self, referral: ReferralRow) -> None:
        texts = replies.REPORTS[self.plan.code]
        self.report(referral, self.rng.choice(texts), self.rng.choice(replies.ACTIONS))

    def _chain(self, units: Sequence[Unit]) -> None:
        """Down from level to level, and the results up again."""
        down = [self.order(self._order_text(), units[:1])[0]]
        step = 0.35 / len(units)
        for number, unit in enumerate(units[1:], 1):
            self.at(self._when(0.15 + step * number))
            down.append(self.refer(down[-1], unit, self.rng.choice(replies.INSTRUCTIONS)))
        self.at(self._when(0.52))
        self.accept(down[-1])
        for number, referral in enumerate(reversed(down), 1):
            self.at(self._when(0.6 + 0.3 * number / len(down)))
            self._report(referral)

    def _several(self) -> None:
        unit = self.plan.unit
        around = [u for u in (unit.chain[-2:-1] or [unit])[0].children if u is not unit]
        others = self.rng.sample(around, min(len(around), self.rng.choice((1, 1, 2, 3))))
        self._work(self.order(self._order_text(), [unit, *others]), 0.25, 0.85)

    def _given_back(self) -> None:
        unit = self.plan.unit
        children = [u for u in unit.chain[0].children if u is not unit]
        other = self.rng.choice(children) if children else unit
        [referral] = self.order(self._order_text(), [other])
        self.at(self._when(0.3))
        self.give_back(referral, self.rng.choice(replies.GIVEN_BACK))
        self.at(self._when(0.38))
        self._work(self.order(self._order_text(), [unit]), 0.45, 0.85)

    def _order_text(self) -> str:
        return self.rng.choice(replies.ORDERS)

    def _ask_perhaps(self) -> None:
        """Now and then the citizen is asked; one in six never replies."""
        rng, waits = self.rng, self.plan.waits and self.round.number == 1
        if not waits and rng.random() > 0.06:
            return
        who = self.reviewer()
        if self.case.status is CaseStatus.IN_HANDLING:
            who = self.staff(Role.COORDINATOR, self.referrals[-1].agency_id)
        question = self.ask(who, rng.choice(replies.QUESTIONS))
        delay = timedelta(minutes=min(rng.lognormvariate(3.2, 1.2), 1300))
        replied = self.moment + delay
        if waits:
            replied = max(replied, self.setting.now + timedelta(minutes=5))
        if rng.random() < 0.16 or replied >= question.expires_at:
            self.at(question.expires_at)
            self.reply(question, None)
        else:
            self.at(replied)
            self.reply(question, complaints.answer(rng))

    def _answer(self) -> None:
        if self.round.level is DecisionLevel.NATIONAL:
            text, self.solved = self.rng.choice(replies.NATIONAL_RESULTS), True
        else:
            text, self.solved = complaints.result(self.rng, self.plan.code, self.plan.unit.quality)
        self.answer(text)

    def on_breach(self, row: BreachRow) -> None:
        """Most heads explain within a day or two."""
        if self.rng.random() < 0.7:
            moment = self.moment + timedelta(hours=self.rng.uniform(0.5, 36))
            self.later(moment, lambda: self._explain(row))

    def _explain(self, row: BreachRow) -> None:
        head = self.staff(Role.HEAD, row.agency_id)
        row.explanation = self.rng.choice(replies.EXPLANATIONS)
        row.explained_at = self.moment
        row.explained_by_id = head.user_id
        self.touch()
        self.record(head, "breach_explained", row.explanation)

    # Feedback

    def _hear_citizen(self) -> bool:
        """Ask how satisfied the citizen is; whether the case was opened again."""
        survey = self.surveys[-1]
        self.at(survey.send_at)
        if not self._may_ask():
            self.skip_survey(survey)
            return self._close_silently(survey)
        opening = next_opening(self.moment, self.setting.rules)
        self.at(opening + timedelta(seconds=self.rng.uniform(0, 600) * (opening > self.moment)))
        self.ask_survey(survey)
        delay = timedelta(minutes=min(self.rng.lognormvariate(2.6, 1.7), 4200))
        replies_at = self.moment + delay if self.rng.random() < _REPLY_RATE else None
        reminded_at = next_opening(self.moment + REMIND_AFTER, self.setting.rules)
        if replies_at is None or replies_at > reminded_at:
            self.at(reminded_at)
            self.remind(survey)
        if replies_at is None:
            return self._opt_out(survey) or self._close_silently(survey)
        self.at(replies_at)
        return self._score(survey)

    def _may_ask(self) -> bool:
        citizen, days = self.case.citizen, self.setting.rules.survey_fatigue_days
        if citizen.opted_out:
            return False
        own = any(survey.asked_at == citizen.last_asked for survey in self.surveys)
        last = citizen.last_asked
        return last is None or own or self.moment - last > timedelta(days=days)

    def _score(self, survey: SurveyRow) -> bool:
        satisfaction = 0.2 + 0.7 * self.plan.unit.quality
        satisfaction += 0.15 if self.solved else -0.3
        satisfaction -= 0.2 if self.late else 0.0
        rating = complaints.rating(self.rng, satisfaction)
        feedback = self.score(survey, rating, self.rng.choice(replies.SCORES[rating]))
        if self.rng.random() < 0.35:
            self.at(self.moment + timedelta(seconds=self.rng.uniform(25, 200)))
            self.comment(survey, feedback, self.rng.choice(replies.COMMENTS[rating]))
        return rating < SATISFIED_FROM and self.case.status is not CaseStatus.CLOSED

    def _opt_out(self, survey: SurveyRow) -> bool:
        """A few want no more texts; never a reason to open the case again."""
        if self.rng.random() < 0.01:
            self.at(self.moment + timedelta(minutes=self.rng.uniform(1, 30)))
            self.text_in("لغو", "opt_out")
            self.add(OptOutRow(mobile=self.case.mobile, created_at=self.moment))
            self.case.citizen.opted_out = True
            self.skip_survey(survey)
        return False

    def _close_silently(self, survey: SurveyRow) -> bool:
        """No feedback in time; some call within the week and have the case opened again."""
        self.at(self.closes_at(survey))
        self.close(SYSTEM, "no_feedback")
        if self.case.reopened or self.rng.random() > 0.012 or self.case.citizen.opted_out:
            return False
        self.at(self.moment + timedelta(hours=self.rng.uniform(2, 160)))
        operator = self.staff(Role.OPERATOR, None)
        return self.reopen(operator, self.rng.choice(replies.REOPENED_BY_PHONE))
