"""The six steps on a case in memory (S2–S6): each method mirrors one use case of `domain`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain import levels
from domain.escalation import INSTRUCTION
from domain.feedback import COMMENT_WITHIN, SATISFIED_FROM
from domain.generate.history import CITIZEN, SYSTEM, History, Setting, Who
from domain.generate.nation import Unit
from domain.generate.rows import (
    NO_ROW,
    CaseRow,
    FeedbackRow,
    OrderRow,
    QuestionRow,
    ReferralRow,
    Row,
    SurveyRow,
)
from domain.permissions import OPEN_REFERRAL
from domain.survey import REMIND_AFTER, next_opening
from domain.workflow import Move
from models.enums import (
    CaseStatus,
    DecisionLevel,
    ReferralStatus,
    Role,
    SurveyState,
)


class Handling(History):
    """A history with the acts of the people who handle it."""

    def __init__(self, setting: Setting, case: CaseRow) -> None:
        super().__init__(setting, case)
        self.question: QuestionRow | None = None
        self.surveys: list[SurveyRow] = []

    def register(self, operator: Who) -> None:
        self.record(operator, "registered", after=CaseStatus.REGISTERED)
        self.text_out("registered", self.case, ("case", "registered"))
        self.refer_to_senior()

    def refer_to_senior(self) -> None:
        self.case.at_centre = False
        self.move(Move.REFER_TO_SENIOR, SYSTEM)

    def reviewer(self) -> Who:
        if self.case.at_centre:
            return self.staff(Role.SUPERVISOR, None)
        return self.staff(Role.SENIOR, self.case.main_agency_id)

    def return_to_centre(self, why: str) -> None:
        senior = self.reviewer()
        self.case.misrouted += 1
        self.case.at_centre = True
        self.move(Move.RETURN_TO_CENTRE, senior, why)
        self.acted()

    def reroute(self, unit: Unit, why: str) -> None:
        self.case.agency_id = unit.id
        self.case.main_agency_id = unit.main_id
        self.move(Move.REROUTE, self.staff(Role.SUPERVISOR, None), f"{unit.name}: {why}")
        self.refer_to_senior()

    def order(self, text: str, units: Sequence[Unit]) -> list[ReferralRow]:
        reviewer, rules = self.reviewer(), self.setting.rules
        earliest = self.moment + timedelta(minutes=rules.referral_budget)
        due_at = max(earliest, self.case.due_at - timedelta(minutes=rules.result_budget))
        assert reviewer.user_id is not None
        row = OrderRow(
            case=self.case,
            round=self.round,
            text=text,
            due_at=due_at,
            issued_by_id=reviewer.user_id,
            created_at=self.moment,
        )
        self.add(row)
        self.orders.append(row)
        self.move(Move.ORDER, reviewer, text)
        self.acted()
        return [self._referral(reviewer, unit, text, row, NO_ROW) for unit in units]

    def _referral(self, who: Who, unit: Unit, text: str, order: Row, parent: Row) -> ReferralRow:
        budget = self.moment + timedelta(minutes=self.setting.rules.referral_budget)
        limit = getattr(order if order is not NO_ROW else parent, "due_at", self.case.due_at)
        row = ReferralRow(
            case=self.case,
            round=self.round,
            order=order,
            parent=parent,
            agency_id=unit.id,
            instruction=text,
            due_at=min(budget, limit),
            created_at=self.moment,
        )
        self.add(row)
        self.referrals.append(row)
        self.record(who, "referred", unit.name, row)
        return row

    def accept(self, referral: ReferralRow) -> None:
        referral.status = ReferralStatus.ACCEPTED
        referral.accepted_at = self.moment
        self.touch()
        self.record(self._coordinator(referral), "accepted", referral=referral)
        self.acted()

    def refer(self, referral: ReferralRow, unit: Unit, text: str) -> ReferralRow:
        referral.status = ReferralStatus.REFERRED
        referral.accepted_at = referral.accepted_at or self.moment
        self.touch()
        child = self._referral(self._coordinator(referral), unit, text, NO_ROW, referral)
        self.acted()
        return child

    def report(self, referral: ReferralRow, result: str, actions: str) -> None:
        referral.status = ReferralStatus.REPORTED
        referral.accepted_at = referral.accepted_at or self.moment
        referral.result = result
        referral.actions = actions
        self._finish(referral, "reported", result)

    def give_back(self, referral: ReferralRow, why: str) -> None:
        referral.status = ReferralStatus.RETURNED
        referral.return_reason = why
        self._finish(referral, "returned", why)

    def _finish(self, referral: ReferralRow, kind: str, text: str) -> None:
        referral.finished_at = self.moment
        self.touch()
        self.record(self._coordinator(referral), kind, text, referral)
        self.acted()
        open_siblings = any(
            row.parent is referral.parent and row.status in OPEN_REFERRAL for row in self.referrals
        )
        if open_siblings:
            return
        if isinstance(referral.parent, ReferralRow):
            referral.parent.status = ReferralStatus.ACCEPTED
            name = self.setting.nation.units[referral.parent.agency_id].name
            self.record(SYSTEM, "children_reported", name, referral.parent)
        else:
            self.move(Move.ALL_REPORTED, SYSTEM)

    def _coordinator(self, referral: ReferralRow) -> Who:
        return self.staff(Role.COORDINATOR, referral.agency_id)

    def ask(self, who: Who, text: str) -> QuestionRow:
        hours = timedelta(hours=self.setting.rules.question_hours)
        left = hours - timedelta(seconds=self.round.paused_seconds)
        row = QuestionRow(
            case=self.case,
            round=self.round,
            text=text,
            asked_at=self.moment,
            expires_at=self.moment + left,
        )
        self.add(row)
        self.pause()
        self.move(Move.ASK, who, text)
        self.acted()
        self.text_out("question", row, ("question", ""), question=text)
        self.question = row
        return row

    def reply(self, question: QuestionRow, answer: str | None) -> None:
        """The citizen's answer; None when the time limit ended the wait."""
        question.answer = answer
        question.ended_at = self.moment
        if answer is not None:
            self.text_in(answer, "reply")
        self.resume()
        self.move(Move.REPLY, CITIZEN if answer is not None else SYSTEM, answer or "")
        self.question = None

    def answer(self, result: str) -> None:
        reviewer = self.reviewer()
        if self.moment > self.round.due_at:
            self.breach()
        producer, level = self._producer()
        self.round.result = result
        self.round.result_by_id = reviewer.user_id
        self.round.producer_id = producer.id if producer else None
        self.round.producer_level = level
        self.acted()
        self.round.answered_at = self.case.answered_at = self.moment
        self.move(Move.ANSWER, reviewer, result)
        self.text_out("result", self.case, ("case", f"result:{self.round.number}"), result=result)
        survey = SurveyRow(
            case=self.case,
            round=self.round,
            mobile=self.case.mobile,
            send_at=self.moment + timedelta(minutes=self.setting.rules.survey_delay),
        )
        self.add(survey)
        self.surveys.append(survey)

    def _producer(self) -> tuple[Unit | None, DecisionLevel]:
        if self.case.at_centre:
            return None, DecisionLevel.NATIONAL
        reported = [row for row in self.referrals if row.status is ReferralStatus.REPORTED]
        parents = {id(row.parent) for row in reported}
        units = self.setting.nation.units
        leaves = [units[row.agency_id] for row in reported if id(row) not in parents]
        if not leaves:
            return units[self.case.main_agency_id], DecisionLevel.MAIN
        top = max(leaves, key=lambda unit: levels.RANK[levels.of_agency(unit.level)])
        return top, levels.of_agency(top.level)

    def end(self, step: Move, who: Who, text: str) -> None:
        """Withdrawn, duplicate or out of scope."""
        if self.question is not None:
            self.question.ended_at = self.moment
            self.question = None
        if self.case.paused_at is not None:
            self.resume()
        self.case.resume_status = None
        self.case.closed_at = self.moment
        self.move(step, who, text)
        for row in self.referrals:
            if row.status in OPEN_REFERRAL:
                row.status = ReferralStatus.CANCELLED
                row.finished_at = self.moment
                self.record(who, "referral_cancelled", referral=row)

    # Feedback (S6)

    def ask_survey(self, survey: SurveyRow) -> None:
        for earlier in self.surveys:
            if earlier.state is SurveyState.SCORED:
                earlier.state = SurveyState.DONE
                earlier.ended_at = self.moment
        survey.state = SurveyState.ASKED
        survey.asked_at = self.moment
        survey.expires_at = self.moment + timedelta(hours=self.setting.rules.feedback_hours)
        self.case.citizen.last_asked = self.moment
        self.text_out("survey", survey, ("survey", "ask"))

    def skip_survey(self, survey: SurveyRow) -> None:
        survey.state = SurveyState.SKIPPED
        survey.ended_at = self.moment

    def remind(self, survey: SurveyRow) -> None:
        survey.reminded_at = self.moment
        self.text_out("survey_reminder", survey, ("survey", "remind"))

    def score(self, survey: SurveyRow, rating: int, text: str) -> FeedbackRow:
        self.text_in(text, "score")
        row = FeedbackRow(
            case=self.case, round=self.round, rating=rating, comment="", created_at=self.moment
        )
        self.add(row)
        survey.scored_at = self.moment
        survey.state = SurveyState.SCORED
        survey.expires_at = self.moment + COMMENT_WITHIN
        self.case.rating = rating
        self.record(CITIZEN, "feedback", str(rating))
        if rating < SATISFIED_FROM and self.reopen(CITIZEN, str(rating)):
            reply = "survey_reopened"
        else:
            self.close(CITIZEN, str(rating))
            reply = "survey_comment" if rating >= SATISFIED_FROM else "survey_final"
        self.text_out(reply, survey, ("survey", "scored"))
        return row

    def comment(self, survey: SurveyRow, row: FeedbackRow, text: str) -> None:
        self.text_in(text, "comment")
        row.comment = text
        survey.state = SurveyState.DONE
        survey.ended_at = self.moment
        self.record(CITIZEN, "feedback_comment", text)
        self.text_out("survey_thanks", survey, ("survey", "thanks"))

    def close(self, who: Who, text: str) -> None:
        self.case.closed_at = self.moment
        self.move(Move.CLOSE, who, text)

    def reopen(self, who: Who, text: str) -> bool:
        """The next round one level higher; False when the centre's word was the last."""
        units = self.setting.nation.units
        chain = units[self.round.producer_id].chain if self.round.producer_id else []
        level = levels.next_level(
            self.round.producer_level or DecisionLevel.MAIN,
            self.round.level,
            self.case.reopened,
            [levels.of_agency(unit.level) for unit in chain[:-1]],
        )
        if level is None:
            self.record(who, "final_verdict", text)
            return False
        below = level not in (DecisionLevel.MAIN, DecisionLevel.NATIONAL)
        step = Move.REOPEN_TO_HANDLING if below else Move.REOPEN_TO_REVIEW
        self.open_round(level, step, who, text)
        if below:
            target = next(unit for unit in chain if unit.level.value == level.value)
            self._referral(SYSTEM, target, INSTRUCTION, NO_ROW, NO_ROW)
        return True

    # What the worker will find

    def settle(self) -> None:
        """Pass to the present and leave the jobs that the case waits for."""
        self._pass(self.setting.now)
        self.moment = self.setting.now
        rung = self.next_rung()
        if rung is not None:
            self.job("ladder", self.round, rung[1], "ladder")
        if self.question is not None:
            self.job("question.expire", self.question, self.question.expires_at, "question")
        for survey in self.surveys:
            self._settle_survey(survey)
        if self.case.status is CaseStatus.ANSWERED:
            self.job("case.close", self.round, self.closes_at(self.surveys[-1]), "close")

    def closes_at(self, survey: SurveyRow) -> datetime:
        """When an answered case is closed without feedback."""
        assert self.case.answered_at is not None
        closes = self.case.answered_at + timedelta(hours=self.setting.rules.feedback_hours)
        if survey.state is SurveyState.ASKED and survey.expires_at is not None:
            return max(closes, survey.expires_at)
        return closes

    def _settle_survey(self, survey: SurveyRow) -> None:
        now, rules = self.setting.now, self.setting.rules
        if survey.state is SurveyState.SCHEDULED:
            opening = next_opening(survey.send_at, rules)
            self.job("survey.ask", survey, max(opening, now), "survey", "ask")
        if survey.expires_at is None or survey.ended_at is not None:
            return
        asked = survey.state is SurveyState.ASKED
        if survey.expires_at <= now:
            survey.state = SurveyState.EXPIRED if asked else SurveyState.DONE
            survey.ended_at = survey.expires_at
            return
        step = "expire" if asked else "comment"
        self.job("survey.expire", survey, survey.expires_at, "survey", step)
        if asked and survey.reminded_at is None and survey.asked_at is not None:
            reminder = next_opening(survey.asked_at + REMIND_AFTER, rules)
            self.job("survey.remind", survey, max(reminder, now), "survey", "remind")
