"""G2, design §2: an employee's identity never reaches the agency, a citizen's by consent alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

from domain.text import to_persian_digits
from tests.journeys.cast import NAME, PHONE, RESULT, Citizen, Partner
from tests.journeys.conftest import Cast
from tests.support.pages import Page, Person, links_of
from tests.support.world import NATIONAL_ID

PEOPLE = ("senior", "main", "subsidiary", "provincial", "county", "head", "inspector")
SECRETS = [
    form
    for text in (NAME, "احمدی", PHONE[1:], "912 123 4567", NATIONAL_ID)
    for form in (text, to_persian_digits(text))
]
MOST_PAGES = 150


async def handled(cast: Cast, **changes: Any) -> str:
    """A case that has been through every step and every level of the agency; its code."""
    code = await cast.operator.opens_case(cast.citizen, **changes)
    await cast["senior"].act(code, "order", units=["EDU", "EDU-S"], text="بررسی کنید")
    await cast["main"].act(code, "report", result="ستاد بررسی کرد")
    await cast["subsidiary"].act(code, "refer", units=["EDU-p1"], instruction="بررسی کنید")
    await cast["provincial"].act(code, "refer", units=["EDU-c1"], instruction="بررسی کنید")
    await cast["county"].act(code, "ask", text="شماره باجه را می‌دانید؟")
    await cast.service.work()
    await cast.citizen.replies("باجه ۳")
    await cast["county"].act(code, "report", result="باجه باز شد")
    await cast["provincial"].act(code, "report", result="تأیید شد")
    await cast["subsidiary"].act(code, "report", result="تأیید شد")
    await cast.service.forward(hours=4)
    await cast["senior"].act(code, "result", result=RESULT)
    await cast.service.work()
    await cast.service.forward(hours=1)
    await cast.citizen.replies("۱ حل نشد")
    return code


async def everything(person: Person) -> dict[str, str]:
    """Every page that can be reached by links, by its path."""
    pages: dict[str, str] = {}
    waiting = ["/", "/search", "/notifications"]
    while waiting and len(pages) < MOST_PAGES:
        path = waiting.pop()
        if path in pages:
            continue
        answer = await person.http.get(path)
        pages[path] = answer.text
        if "/login" in str(answer.url):
            await person.get(path)
            pages.pop(path)
            waiting.append(path)
        elif "html" in answer.headers.get("content-type", ""):
            links = [urlsplit(link) for link in links_of(answer.text)]
            waiting += [link.path for link in links if not link.netloc and link.path[:1] == "/"]
    return pages


async def whole_case(partner: Partner, code: str) -> str:
    """All that the schema lets be asked about a case."""
    introspection = await partner.ask(get_introspection_query())
    schema = build_client_schema(introspection)
    case = schema.get_type("Case")
    assert isinstance(case, GraphQLObjectType)
    found = []
    for selection in selections(schema, case):
        query = f"query ($code: String!) {{ case(trackingCode: $code) {{ {selection} }} }}"
        found.append(repr(await partner.ask(query, code=code)))
    return "\n".join(found)


def selections(schema: GraphQLSchema, kind: GraphQLObjectType) -> list[str]:
    """Each field of a type, with the leaves of what it leads to, two levels down."""
    return [_selected(name, field.type, 2) for name, field in kind.fields.items()]


def _selected(name: str, kind: GraphQLOutputType, depth: int) -> str:
    named = get_named_type(kind)
    if is_leaf_type(named):
        return name
    assert is_object_type(named)
    inner = [
        _selected(field_name, field.type, depth - 1)
        for field_name, field in named.fields.items()
        if is_leaf_type(get_named_type(field.type)) or depth
    ]
    return f"{name} {{ {' '.join(part for part in inner if part)} }}" if inner else ""


async def test_an_employees_identity_reaches_nobody_in_the_agency(cast: Cast) -> None:
    code = await handled(cast, reporter_kind="employee", consent="1")
    path = urlsplit((await cast["senior"].case(code)).path).path
    for name in PEOPLE:
        person = cast[name]
        pages = await everything(person)
        assert len(pages) > 3, name
        if name != "inspector":
            assert path in pages, (name, sorted(pages))
        for shown, html in pages.items():
            for secret in SECRETS:
                assert secret not in html, (name, shown, secret)
        refused = await person.http.post(
            f"{path}/identity", data={"identity-reason": "تماس با گزارش‌دهنده"}
        )
        assert refused.status_code in (404, 422)
        assert not any(secret in refused.text for secret in SECRETS), name
    partner = cast.partner("EDU")
    told = await whole_case(partner, code)
    assert RESULT in told
    assert not any(secret in told for secret in SECRETS)
    case = await partner.case(code)
    assert case is not None
    refused_view = await partner.attempt("viewIdentity", caseId=case["id"], reason="تماس")
    assert refused_view == {
        "identity": None,
        "errors": [{"code": "identity_withheld", "field": None}],
    }
    assert NAME in (await view(cast.centre, code, "بازرسی")).text


async def view(person: Person, code: str, reason: str) -> Page:
    page = await person.case(code)
    return await person.submit(page.form("/identity"), reason=reason)


async def test_a_citizens_identity_is_opened_by_consent_for_a_reason(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    page = await cast["senior"].case(code)
    assert not any(secret in page.html for secret in SECRETS)
    refused = await cast["senior"].submit(page.form("/identity"), 422, reason="")
    assert NAME not in refused
    assert NAME in (await view(cast["senior"], code, "تماس با شهروند"))
    assert NAME not in (await cast["senior"].case(code))


async def test_without_consent_the_identity_stays_closed(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen, consent=[])
    page = await cast["senior"].case(code)
    assert not page.has_form("/identity")
    refused = await cast["senior"].http.post(
        f"{urlsplit(page.path).path}/identity", data={"identity-reason": "تماس با شهروند"}
    )
    assert refused.status_code == 422
    assert NAME not in refused.text


async def test_the_callers_number_stands_in_no_address(cast: Cast) -> None:
    other = Citizen(cast.service, "09131112244")
    await cast.operator.opens_case(other)
    pages = await everything(cast.operator)
    for path, html in pages.items():
        assert "9131112244" not in path
        for link in links_of(html):
            assert "9131112244" not in link
