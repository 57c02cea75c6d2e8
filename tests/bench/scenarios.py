"""What is asked in the GraphQL part, and with which variables; the same for every server.

A bare endpoint takes the variables of the document as its JSON body.
"""

from __future__ import annotations

import random
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from domain import jalali
from domain.national_id import check_digit
from tests.bench.partners import Partner, Sample

Variables = dict[str, Any]
Asked = tuple[Partner, Variables]

ONE_CASE = """
query OneCase($code: String!) {
  case(trackingCode: $code) {
    id trackingCode kind status subject text registeredAt answeredAt roundNumber rating version
    agency { code name level }
    place { code name path }
    indicator { code short }
    referrals {
      id status instruction createdAt dueAt finishedAt result
      agency { code name }
    }
    timeline(first: 20) {
      nodes { id kind at fromStatus toStatus actorKind text }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""
PAGE = """
query Page($filter: CaseFilter!, $after: String) {
  cases(filter: $filter, first: 50, after: $after) {
    edges {
      cursor
      node {
        id trackingCode kind reporterKind channel status subject consent atCentre
        registeredAt answeredAt updatedAt roundNumber rating version
        agency { code name }
        place { code name }
      }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
FIGURES = """
query Figures($period: String!, $agency: String) {
  figures(period: $period, by: AGENCY, filter: { agency: $agency }) {
    rows {
      agency { code name }
      figures {
        registered answered inTime { part whole } medianSeconds p90Seconds breaches
        reopened { part whole } responses { part whole } satisfied { part whole }
        meanRating misrouted outOfScope
      }
    }
  }
}"""
REGISTER = """
mutation Register($input: RegisterCaseInput!) {
  registerCase(input: $input) {
    case { id trackingCode status registeredAt version agency { code name } }
    errors { code field message }
  }
}"""
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")
_CLOCK = "version\n    clock { dueAt totalSeconds overdue }\n"
ONE_CASE_ORDINARY = ONE_CASE.replace("version\n", _CLOCK, 1)
PAGE_ORDINARY = PAGE.replace("version\n", _CLOCK, 1)
"""The same with what is computed when it is asked for: no statement can answer it."""


@dataclass(frozen=True)
class Scenario:
    """`target`: the share of the other server's requests a second that is to be reached."""

    key: str
    title: str
    document: str
    path: str
    target: float
    asked: Callable[[Sample, int], Iterator[Asked]]
    writes: bool = False
    beside: str = "bare"
    same: bool = True
    """Whether both answers are equal; a partner below the main agency sees less of a case."""


def one_case(sample: Sample, number: int, partners: Sequence[Partner] | None = None):
    rng = random.Random(number)
    for _ in range(number):
        partner = rng.choice(partners or sample.main)
        yield partner, {"code": rng.choice(partner.codes)}


def page(sample: Sample, number: int, partners: Sequence[Partner] | None = None):
    """Windows of three weeks to nine months; half of the pages are somewhere inside."""
    rng = random.Random(number)
    for _ in range(number):
        partner = rng.choice(partners or sample.main)
        days = rng.randint(21, 270)
        latest = (sample.latest - sample.earliest).days - days
        start = sample.earliest + timedelta(days=rng.randint(0, max(0, latest)))
        end = start + timedelta(days=days)
        status = rng.sample(["ANSWERED", "CLOSED", "OUT_OF_SCOPE", "WITHDRAWN"], rng.randint(1, 3))
        wanted = {
            "status": sorted({*status, "CLOSED"}),
            "agency": partner.agency,
            "registeredFrom": written(start),
            "registeredBefore": written(end),
        }
        position = start + (end - start) * rng.random()
        after = _cursor(position, rng.randint(1, 10**6)) if rng.random() < 0.5 else None
        yield partner, {"filter": wanted, "after": after}


def figures(sample: Sample, number: int) -> Iterator[Asked]:
    """A month of an agency."""
    rng = random.Random(number)
    for _ in range(number):
        partner = rng.choice(sample.main)
        moment = sample.earliest + (sample.latest - sample.earliest) * rng.random()
        month = jalali.format_date(moment).translate(_DIGITS).replace("/", "-")[:7]
        yield partner, {"period": month, "agency": partner.agency}


def register(sample: Sample, number: int) -> Iterator[Asked]:
    """Cases of new citizens, each with a key of its own."""
    rng = random.Random()
    for _ in range(number):
        partner = rng.choice(sample.main)
        nine = f"{rng.randrange(10**9):09}"
        given = {
            "idempotencyKey": f"bench-{rng.randrange(10**15)}",
            "reporterName": "زهرا کریمی",
            "nationalId": f"{nine}{check_digit(nine)}",
            "mobile": f"0912{rng.randrange(10**7):07}",
            "kind": "COMPLAINT",
            "reporterKind": "CITIZEN",
            "agency": rng.choice(partner.units),
            "place": rng.choice(sample.places),
            "indicator": f"I{rng.randint(1, 8)}",
            "subject": "باز نبودن باجه در ساعت اداری",
            "text": "ساعت ۹ مراجعه کردم و باجه پذیرش تا ساعت ۱۰ و نیم بسته بود." * 3,
            "consent": rng.random() < 0.5,
        }
        yield partner, {"input": given}


def of_county(ask: Callable[..., Iterator[Asked]]) -> Callable[[Sample, int], Iterator[Asked]]:
    return lambda sample, number: ask(sample, number, [sample.county])


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _cursor(moment: datetime, key: int) -> str:
    return urlsafe_b64encode(orjson.dumps(["registered_at", written(moment), key])).decode()


SCENARIOS = (
    Scenario("a", "one case", ONE_CASE, "/case", 0.75, one_case),
    Scenario("b", "page of 50 cases", PAGE, "/cases", 0.75, page),
    Scenario(
        "a-county", "one case, county", ONE_CASE, "/case", 0.75, of_county(one_case),
        same=False,
    ),
    Scenario("b-county", "page of 50, county", PAGE, "/cases", 0.75, of_county(page)),
    Scenario(
        "a-ordinary", "one case, executor", ONE_CASE_ORDINARY, "/graphql", 0.25, one_case,
        beside="strawberry",
    ),
    Scenario(
        "b-ordinary", "page of 50, executor", PAGE_ORDINARY, "/graphql", 0.25, page,
        beside="strawberry",
    ),
    Scenario("c", "figures of a month", FIGURES, "/figures", 0.75, figures),
    Scenario("d", "register a case", REGISTER, "/register", 0.5, register, writes=True),
)  # fmt: skip
