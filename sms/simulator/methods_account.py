"""The account's credit and settings, and the provider's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sms.simulator import text as texts
from sms.simulator.fields import ApiError, Fields
from sms.simulator.state import State

YEAR = 365 * 24 * 3_600
DATE_PARTS = ("year", "month", "day", "hour", "minute", "second")
CHOICES = {
    "apilogs": ("justfaults", "enabled", "disabled"),
    "dailyreport": ("enabled", "disabled"),
    "debugmode": ("enabled", "disabled"),
    "resendfailed": ("enabled", "disabled"),
}


def info(state: State, fields: Fields) -> tuple[Any, None]:
    """Remaining credit in Rial; none while the fault «no credit» is on."""
    credit = 0 if state.faults["no_credit"] else state.credit
    expires = int(state.now()) + YEAR
    return {"remaincredit": credit, "expiredate": expires, "type": "master"}, None


def config(state: State, fields: Fields) -> tuple[Any, None]:
    """Without parameters it reads; any parameter changes a setting."""
    changes = dict(fields.items())
    for name, value in changes.items():
        if name == "defaultsender":
            if texts.line(value) != texts.line(state.config.line):
                raise ApiError(412)
        elif name == "mincreditalarm":
            fields.number(name)
        elif value not in CHOICES.get(name, ()):
            raise ApiError(604)
    if "debugmode" in changes:
        state.set_faults({"debug_mode": changes.pop("debugmode") == "enabled"})
    if changes:
        state.store.set_setting("account", state.store.setting("account", {}) | changes)
    return state.account, None


def get_date(state: State, fields: Fields) -> tuple[Any, None]:
    """The provider's time; needs no key."""
    now = int(state.now())
    local = datetime.fromtimestamp(now, UTC).astimezone(texts.TEHRAN)
    parts = {name: getattr(local, name) for name in DATE_PARTS}
    return {"datetime": local.strftime("%Y/%m/%d %H:%M:%S"), **parts, "unixtime": now}, None
