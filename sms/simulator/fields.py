"""Reading the form fields of a Kavenegar call; what is wrong becomes a return code."""

from __future__ import annotations

import json
import re
from typing import Any

from sms.simulator import text as texts

IDS_PER_CALL = 500
RECEPTORS_PER_CALL = 200


class ApiError(Exception):
    """A call refused with this `return.status`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Fields:
    """The fields of one call. Missing or empty required fields are 400 and 406."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __bool__(self) -> bool:
        return bool(self._values)

    def items(self) -> list[tuple[str, str]]:
        return list(self._values.items())

    def text(self, name: str) -> str:
        """A required text."""
        if name not in self._values:
            raise ApiError(400)
        if not self._values[name]:
            raise ApiError(406)
        return self._values[name]

    def option(self, name: str, default: str = "") -> str:
        return self._values.get(name) or default

    def number(self, name: str, default: int | None = None, wrong: int = 400) -> int:
        """A whole number; required if there is no default."""
        if default is not None and not self._values.get(name):
            return default
        return _number(self.text(name), wrong)

    def choice(self, name: str, allowed: range, default: int | None = None) -> int:
        value = self.number(name, default)
        if value not in allowed:
            raise ApiError(604)
        return value

    def ids(self, name: str) -> list[int]:
        """Up to 500 ids, separated by commas."""
        ids = [_number(part, 400) for part in self.text(name).split(",")]
        if len(ids) > IDS_PER_CALL:
            raise ApiError(414)
        return ids

    def receptors(self, name: str = "receptor") -> list[str]:
        """Up to 200 mobile numbers, separated by commas."""
        return receptors(self.text(name).split(","))

    def array(self, name: str, size: int | None = None) -> list[Any]:
        """A JSON array, as long as the others."""
        try:
            values = json.loads(self.text(name))
        except ValueError:
            raise ApiError(400) from None
        if not isinstance(values, list):
            raise ApiError(400)
        if size is not None and len(values) != size:
            raise ApiError(419)
        return values


def receptors(raw: list[Any]) -> list[str]:
    if len(raw) > RECEPTORS_PER_CALL:
        raise ApiError(414)
    found = [texts.mobile(str(value)) for value in raw]
    if not found or None in found:
        raise ApiError(411)
    return [value for value in found if value]


def local_id(raw: Any) -> int:
    value = _number(str(raw), 400)
    if not 0 < value < 2**63:
        raise ApiError(400)
    return value


def _number(text: str, wrong: int) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", text.strip()):
        raise ApiError(wrong)
    return int(text)
