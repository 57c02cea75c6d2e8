"""Rules of the service that are data (design §4): code holds the defaults, a row overrides one."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any

from models import ServiceRule, statements
from models.enums import LadderRung


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder: at `percent` of the clock, or `after_hours` past its end."""

    code: LadderRung
    percent: int = 0
    after_hours: int = 0


@dataclass(frozen=True)
class Rules:
    """All times in minutes unless the name says otherwise.

    Citizens are called from `call_from_hour` to `call_to_hour`, Tehran. `low_credit` is the Rial
    below which an SMS account raises an alarm, `sms_part_cost` the Rial that one part is taken to
    cost before the provider says. An operator may write `operator_texts_per_hour`
    texts in own words, a citizen gets `operator_texts_per_phone` of them in 24 hours.
    """

    limit: int = 180
    review_budget: int = 30
    referral_budget: int = 45
    result_budget: int = 30
    question_hours: int = 24
    feedback_hours: int = 72
    reopen_days: int = 7
    survey_delay: int = 45
    survey_from_hour: int = 9
    survey_to_hour: int = 20
    survey_friday_from_hour: int = 10
    survey_fatigue_days: int = 7
    call_from_hour: int = 8
    call_to_hour: int = 21
    low_credit: int = 1_000_000
    sms_part_cost: int = 1_200
    operator_texts_per_hour: int = 20
    operator_texts_per_phone: int = 3
    ladder: tuple[Rung, ...] = field(
        default=(
            Rung(LadderRung.REMINDER, percent=50),
            Rung(LadderRung.WARNING, percent=80),
            Rung(LadderRung.BREACH, percent=100),
            Rung(LadderRung.CENTRE, percent=100, after_hours=3),
            Rung(LadderRung.CENTRE_HEAD, percent=100, after_hours=24),
        )
    )

    @property
    def clock(self) -> timedelta:
        return timedelta(minutes=self.limit)


async def load() -> Rules:
    """The rules in force. What a later release added is ignored, so that an older one starts."""
    rules = Rules()
    known = {item.name for item in fields(Rules)}
    rows = await statements.select(ServiceRule, "TRUE")
    values: dict[str, Any] = {row.key: row.value for row in rows if row.key in known}
    if "ladder" in values:
        values["ladder"] = tuple(
            Rung(**{**rung, "code": LadderRung(rung["code"])})
            for rung in values["ladder"]
            if rung["code"] in set(LadderRung)
        )
    return replace(rules, **values)


async def store(key: str, value: object) -> None:
    if key not in {item.name for item in fields(Rules)}:
        raise KeyError(key)
    await ServiceRule.update_or_create(defaults={"value": value}, key=key)
