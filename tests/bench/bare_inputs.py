"""What both stores of the bare endpoints do to their inputs."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode, urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from domain.national_id import parse
from domain.phone import parse_mobile
from domain.text import fold, to_persian_digits
from domain.tracking_code import display, generate
from tests.bench import data

LINE = "10004128"
CLOCK = timedelta(minutes=180)
FIRST_RUNG = timedelta(minutes=90)
_VAULT = data.vault()


def position(cursor: str | None) -> tuple[datetime | None, int | None]:
    """The moment and the key that a cursor of cases holds."""
    if cursor is None:
        return None, None
    _, moment, key = orjson.loads(urlsafe_b64decode(cursor))
    return datetime.fromisoformat(moment), key


@dataclass(frozen=True)
class Registration:
    """What is to be written of a case, ready for both databases."""

    key: str
    digest: str
    name: str
    sealed: str
    index: str
    mobile: str
    kind: str
    reporter_kind: str
    agency: str
    place: str
    indicator: str
    subject: str
    text: str
    folded: str
    consent: bool
    code: str
    local_id: int
    at: datetime

    @classmethod
    def of(cls, given: dict[str, Any]) -> Registration:
        identity = parse(given["nationalId"])
        subject, text = given["subject"].strip(), given["text"].strip()
        return cls(
            key=given["idempotencyKey"],
            digest=hashlib.sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest(),
            name=given["reporterName"].strip(),
            sealed=_VAULT.seal(identity),
            index=_VAULT.index(identity),
            mobile=parse_mobile(given["mobile"]),
            kind=given["kind"].lower(),
            reporter_kind=given["reporterKind"].lower(),
            agency=given["agency"],
            place=given["place"],
            indicator=given["indicator"],
            subject=subject,
            text=text,
            folded=fold(f"{subject} {text}"),
            consent=given["consent"] and given["reporterKind"] == "CITIZEN",
            code=generate(),
            local_id=secrets.randbits(61) + 1,
            at=datetime.now(UTC),
        )

    def message(self, template: str) -> str:
        return template.format(code=to_persian_digits(display(self.code)))


def registered(asked: Registration, number: int, agency: str, name: str) -> str:
    """The answer to a registration."""
    case = {
        "id": b64encode(f"Case:{number}".encode()).decode(),
        "trackingCode": asked.code,
        "status": "UNDER_REVIEW",
        "registeredAt": asked.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "version": 2,
        "agency": {"code": agency, "name": name},
    }
    return orjson.dumps({"data": {"registerCase": {"case": case, "errors": []}}}).decode()
