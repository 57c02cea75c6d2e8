"""Begins stories: who calls from where, about which agency, with what words (S1, S2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import clock
from domain.errors import DomainError
from domain.generate import callers, complaints, moments, replies
from domain.generate.callers import Callers
from domain.generate.codes import Codes
from domain.generate.history import Setting
from domain.generate.nation import Spot, Unit, Weighted
from domain.generate.rows import NO_ROW, CaseRow, ContactRow, OtherIndicatorRow
from domain.generate.story import Plan, Story
from domain.seed_data import BODIES
from domain.text import fold
from domain.workflow import Move
from models.enums import CaseKind, ReporterKind, Role

_INCIDENTS = 0.012
_OUT_OF_SCOPE = 0.22
_FOCUS_OPEN, _FOCUS = 0.35, 0.05
_BODIES = {body["code"]: body for body in BODIES}
_CATEGORIES: Weighted[str] = Weighted()
for _category, (_share, _) in replies.OUT_OF_SCOPE.items():
    _CATEGORIES.add(_category, _share)


@dataclass(frozen=True, slots=True)
class Opening:
    """When a case begins, and whether it must still be open now."""

    moment: datetime
    held: bool = False
    waits: bool = False
    stuck: bool = False


class Author:
    """Begins one story after another and tells it to its end."""

    def __init__(self, setting: Setting, who: Callers, codes: Codes, focus: str | None) -> None:
        self.setting = setting
        self.rng = setting.rng
        self._callers = who
        self._codes = codes
        self._followers: deque[Story] = deque()
        self._focus = self._unit_of(focus).chain if focus else []

    def _unit_of(self, code: str) -> Unit:
        for unit in self.setting.nation.units.values():
            if unit.code == code:
                return unit
        raise DomainError("unknown", "focus")

    def openings(self, since: datetime, count: int) -> Iterator[Opening]:
        """When the cases begin, in order; the last of them are open now."""
        held = min(280, max(count // 20, min(count, 12)))
        now, rng = self.setting.now, self.rng
        for moment in moments.draw(rng, since, now, count - held):
            yield Opening(moment)
        ahead = [self._held(now, number / held) for number in range(held)]
        yield from sorted(ahead, key=lambda opening: opening.moment)

    def _held(self, now: datetime, share: float) -> Opening:
        """Open cases: most inside their three hours, some over, waiting or at the centre."""
        minutes = self.rng.uniform(4, 165)
        if share < 0.12:
            minutes = self.rng.uniform(200, 560)
        elif share < 0.25:
            hours = self.rng.uniform(0.7, 15)
            return Opening(now - timedelta(hours=hours), held=True, waits=True)
        moment = now - timedelta(minutes=minutes)
        return Opening(moment, held=True, stuck=0.25 <= share < 0.32)

    def forget(self) -> None:
        """Let go of stories that have been written."""
        self._followers.clear()

    def tell(self, opening: Opening) -> None:
        """One case, and now and then a call that is out of scope."""
        if self._followers and not opening.held:
            story = self._follow(self._followers.popleft())
        else:
            story = self._begin(opening)
        story.tell()
        if self.rng.random() < _OUT_OF_SCOPE:
            self._turn_away(opening.moment)

    def _begin(self, opening: Opening) -> Story:
        rng = self.rng
        unit, spot = self._where(opening.held)
        plan = Plan(
            unit,
            complaints.INDICATORS.draw(rng),
            held=opening.held,
            waits=opening.waits,
            stuck=opening.stuck,
        )
        if opening.stuck or (not opening.held and rng.random() < 0.035):
            plan.wrong = self._another(unit)
        elif not opening.held and rng.random() < 0.022:
            plan.ending = rng.choice((Move.WITHDRAW, Move.WITHDRAW, Move.MARK_OUT_OF_SCOPE))
        story = Story(self.setting, self._case(opening.moment, plan, spot), plan)
        if not opening.held and rng.random() < _INCIDENTS:
            self._followers.extend([story] * rng.choice((1, 2, 2, 3, 5)))
        return story

    def _follow(self, head: Story) -> Story:
        """Another citizen calls about the same incident."""
        rng, first = self.rng, head.case
        plan = Plan(head.first_unit, head.plan.code, like=head)
        if rng.random() < 0.35:
            plan.ending = Move.MARK_DUPLICATE
        moment = first.registered_at + timedelta(minutes=rng.uniform(3, 100))
        spot = Spot(first.place_id, first.province_id, first.county_id)
        return Story(self.setting, self._case(min(moment, self.setting.now), plan, spot), plan)

    def _where(self, held: bool) -> tuple[Unit, Spot]:
        nation, rng = self.setting.nation, self.rng
        if self._focus and rng.random() < (_FOCUS_OPEN if held else _FOCUS):
            unit = rng.choices(self._focus, range(1, len(self._focus) + 1))[0]
            return unit, nation.spot_at(self._focus[-1].place or "", rng)
        organisation = nation.organisations.draw(rng)
        if organisation.place is not None:
            spot = nation.spot_at(organisation.place, rng)
        else:
            spot = nation.spot(rng)
        return nation.office(organisation, spot, rng), spot

    def _another(self, unit: Unit) -> Unit | None:
        """An agency that has nothing to do with it."""
        for _ in range(20):
            other = self.setting.nation.organisations.draw(self.rng)
            if other.main_id != unit.main_id:
                return other
        return None

    def _case(self, moment: datetime, plan: Plan, spot: Spot) -> CaseRow:
        setting, rng = self.setting, self.rng
        batch, nation = setting.batch, setting.nation
        employee, request = rng.random() < 0.04, rng.random() < 0.22
        subject, text = complaints.complaint(
            rng, plan.code, plan.unit.theme, employee=employee, request=request
        )
        citizen = self._callers.someone(moment, batch)
        operator = nation.person(Role.OPERATOR, None, rng)
        call = callers.call(rng, citizen.mobile, moment, setting.now, operator)
        batch.add(call)
        batch.add(callers.check(rng, call, citizen))
        first = plan.wrong or plan.unit
        case = CaseRow(
            tracking_code=self._codes.new(),
            kind=CaseKind.REQUEST if request else CaseKind.COMPLAINT,
            reporter_kind=ReporterKind.EMPLOYEE if employee else ReporterKind.CITIZEN,
            citizen=citizen,
            mobile=citizen.mobile,
            consent=not employee and rng.random() < 0.7,
            agency_id=first.id,
            main_agency_id=first.main_id,
            place_id=spot.code,
            province_id=spot.province,
            county_id=spot.county,
            indicator_id=nation.indicators[plan.code],
            subject=subject,
            text=text,
            folded=fold(f"{subject} {text}"),
            registered_by_id=operator,
            call=call,
            registered_at=moment,
            due_at=clock.due(moment, setting.rules.clock),
            updated_at=moment,
        )
        batch.add(case)
        self._touch_others(case, plan.code)
        return case

    def _touch_others(self, case: CaseRow, code: str) -> None:
        """One case in five touches another indicator as well."""
        other = complaints.INDICATORS.draw(self.rng)
        if other != code and self.rng.random() < 0.2:
            number = self.setting.nation.indicators[other]
            self.setting.batch.add(OtherIndicatorRow(case=case, indicator_id=number))

    def _turn_away(self, around: datetime) -> None:
        """A caller whose matter is not 128's is told the competent body (B13)."""
        setting, rng = self.setting, self.rng
        moment = min(around + timedelta(minutes=rng.uniform(0, 50)), setting.now)
        operator = setting.nation.person(Role.OPERATOR, None, rng)
        mobile = self._callers.mobile()
        call = callers.call(rng, mobile, moment, setting.now, operator)
        category = _CATEGORIES.draw(rng)
        contact = ContactRow(
            call=call,
            mobile=mobile,
            category=category,
            note=rng.choice(replies.OUT_OF_SCOPE[category][1]),
            operator_id=operator,
            created_at=moment,
        )
        setting.batch.add(call)
        setting.batch.add(contact)
        if rng.random() < 0.8:
            body = _BODIES[category]
            text = setting.text("out_of_scope", body=body["title"], guidance=body["guidance"])
            setting.send("out_of_scope", mobile, text, moment, NO_ROW, contact, ("scope", ""))
