"""Bad input to every form and webhook: each is refused for its reason, and nothing changes."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

import settings
import ui.routes
from api.app import create_app
from domain import (
    calls,
    conversation,
    errors,
    identity,
    ladder,
    results,
    review,
    time,
    work,
)
from domain import jobs as due
from models import Breach, Call, Case, InboxMessage, OutboxMessage, Referral, Round, User
from models.database import transaction
from models.enums import InboxState
from tests.support.pages import Page
from tests.support.unchanged import changes, contents, unchanged
from tests.support.web import browser, signed_in
from tests.support.world import LINE, MOBILE, NATIONAL_ID, World

Value = str | list[str] | None
Fields = dict[str, Value]
Bad = tuple[Fields, str]
"""Fields in the place of the right ones (None: left out), and the code of the refusal."""

TOKEN = "webhook-token-0123456789"
CALL_SECRET = "call-secret-0123456789"
URLENCODED = "application/x-www-form-urlencoded"
HALF = "\ud800"
PASSWORD = "a-long-password-128"


def application(url: str) -> Starlette:
    """The real application; it shares the test's open database."""
    given = settings.load(
        {
            "FAVAD_DATABASE_URL": url,
            "FAVAD_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "FAVAD_KAVENEGAR_BASE": "http://127.0.0.1:1",
            "FAVAD_WEBHOOK_TOKENS": TOKEN,
            "FAVAD_CALL_SECRET": CALL_SECRET,
        }
    )
    return create_app(given, worker=False)


# Forms


def words(name: str, longest: int, shortest: int = 1, missing: str = "required") -> list[Bad]:
    """What no field of words takes. `longest` and `shortest` count characters."""
    bad: list[Bad] = [
        ({name: None}, missing),
        ({name: ""}, "required"),
        ({name: " \u200e\n "}, "required"),
        ({name: "م" * (longest + 1)}, "too_long"),
        ({name: "متن با \u0000 صفر"}, "invalid_characters"),
        ({name: "متن با \u001b کنترل"}, "invalid_characters"),
        ({name: f"متن با نیم‌نویسه {HALF}"}, "invalid_characters"),
    ]
    if shortest > 1:
        bad.append(({name: "م" * (shortest - 1)}, "too_short"))
    return bad


def choice(name: str, *more: str) -> list[Bad]:
    """What no list of codes takes."""
    wrong = ["", "NONE", "م" * 300, "a\u0000b", "%", *more]
    bad: list[Bad] = [({name: value}, "unknown") for value in wrong]
    return [({name: None}, "unknown"), ({name: HALF}, "invalid_characters"), *bad]


def units(*foreign: str) -> list[Bad]:
    """What no list of units takes."""
    return [
        ({"units": None}, "required"),
        ({"units": ""}, "unknown"),
        ({"units": ["EDU-c1", "NONE"]}, "unknown"),
        ({"units": "a\u0000b"}, "unknown"),
        ({"units": "م" * 300}, "unknown"),
        ({"units": ["NONE"] * 21}, "too_many"),
        ({"units": HALF}, "invalid_characters"),
        *[({"units": code}, "unknown") for code in foreign],
    ]


VERSION: list[Bad] = [
    ({"version": "0"}, "stale"),
    ({"version": "999"}, "stale"),
    ({"version": "x"}, "invalid"),
    ({"version": "-1"}, "invalid"),
    ({"version": "9" * 40}, "invalid"),
]
REPORT: Fields = {"result": "باجه باز شد و تذکر داده شد", "actions": "بازدید"}
CASE_FORM: Fields = {
    "kind": "complaint",
    "reporter_kind": "citizen",
    "agency": "EDU-c1",
    "place": "v1",
    "indicator": "I5",
    "other_indicators": ["I7"],
    "subject": "باز نبودن باجه",
    "text": "باجه پذیرش تا ساعت ۱۰ و نیم بسته بود.",
    "consent": "1",
    "seen": "1",
}


@dataclass
class Stage:
    """How far the world has come; `ids` name the rows that a form is about."""

    world: World
    ids: dict[str, int] = field(default_factory=dict)

    async def ringing(self) -> None:
        number = await Call.all().count()
        call = await calls.announce(f"c{number}", "ringing", MOBILE, time.now())
        self.ids["call"] = call.id

    async def taken(self) -> None:
        await self.ringing()
        await calls.take(self.world["operator"], self.ids["call"])

    async def asked(self) -> None:
        await self.taken()
        await identity.start(self.world["operator"], self.ids["call"], "مریم احمدی", NATIONAL_ID)

    async def proved(self) -> None:
        await self.world.proved_caller()
        call = await Call.all().order_by("-id").first()
        assert call is not None
        self.ids["call"] = call.id

    async def reviewed(self) -> None:
        self.ids["case"] = (await self.world.case()).id

    async def ordered(self) -> None:
        await self.reviewed()
        await review.order(self.world["senior"], self.ids["case"], "بررسی کنید", ["EDU-p1"])
        self.ids["referral"] = (await Referral.get()).id

    async def returned(self) -> None:
        await self.reviewed()
        await review.return_to_centre(self.world["senior"], self.ids["case"], "مربوط نیست")

    async def closed(self) -> None:
        await self.reviewed()
        await results.record(self.world["senior"], self.ids["case"], "باجه از ساعت ۸ باز است.")
        self.world.clock.forward(hours=72)
        while claimed := await due.claim(50, kinds=["case.close"]):
            for job in claimed:
                await work.run(job)
        self.world.clock.forward(hours=-1)

    async def breached(self) -> None:
        await self.reviewed()
        self.world.clock.forward(hours=3)
        async with transaction():
            await ladder.climb((await Round.get()).id)
        self.ids["breach"] = (await Breach.get()).id

    async def unclear(self) -> None:
        async with transaction():
            await conversation.receive("kavenegar", "1", MOBILE, LINE, "سلام")
        self.ids["text"] = (await InboxMessage.get()).id
        async with transaction():
            await conversation.handle(self.ids["text"])
        assert (await InboxMessage.get()).state is InboxState.UNCLEAR

    async def people(self) -> None:
        self.ids["user"] = self.world.users["operator2"].id


@dataclass(frozen=True)
class Form:
    """A form: where it is sent, when it fits, who may send it and who not, what it takes."""

    path: str
    stage: str
    who: str
    stranger: str | None
    right: Fields = field(default_factory=dict)
    bad: list[Bad] = field(default_factory=list)
    prefix: str = ""
    status: int = 303
    silent: bool = False
    """Sending it changes nothing even when it is right."""
    counted: tuple[str, ...] = ()
    """Tables in which a refused try is counted."""

    @property
    def reads(self) -> bool:
        return bool(self.right)


CALL = "/operator/calls/{call}"
IN_CASE = "/cases/{case}"
REFERRAL = "/cases/{case}/referrals/{referral}"
EXPLANATION: Fields = {"explanation": "کارمند باجه مرخصی بود و جایگزین نداشت"}

FORMS = {
    "take": Form(f"{CALL}/take", "ringing", "operator", "senior"),
    "hang_up": Form(f"{CALL}/hang-up", "taken", "operator", "operator2"),
    "identity": Form(
        f"{CALL}/identity",
        "taken",
        "operator",
        "operator2",
        {"name": "مریم احمدی", "national_id": NATIONAL_ID},
        [
            *words("name", 120, 3, missing="invalid"),
            ({"national_id": ""}, "required"),
            *[
                ({"national_id": value}, "invalid")
                for value in (None, "123", "0012345678", "1111111111", "9" * 50, "a\u0000b")
            ],
            ({"national_id": HALF}, "invalid_characters"),
        ],
    ),
    "confirm": Form(
        f"{CALL}/identity/confirm",
        "asked",
        "operator",
        "operator2",
        {"code": "{code}"},
        [*words("code", 12, missing="invalid"), ({"code": "000000x"}, "wrong_code")],
        counted=("identity_check",),
    ),
    "again": Form(
        f"{CALL}/identity/again", "asked", "operator", "operator2", status=200, silent=True
    ),
    "register": Form(
        f"{CALL}/register",
        "proved",
        "operator",
        "operator2",
        CASE_FORM,
        [
            *choice("kind", "opinion"),
            *choice("reporter_kind", "robot"),
            *choice("agency", "edu-c1"),
            *choice("place", "v999"),
            *choice("indicator", "I9", "i5"),
            *[({"other_indicators": ["I7", code]}, "unknown") for code in ("I0", "", "a\u0000b")],
            ({"other_indicators": ["I7"] * 95}, "invalid"),
            *words("subject", 200, 3),
            *words("text", 5000, 10),
            ({"like": "111122223333"}, "not_found"),
            ({"like": "a\u0000b"}, "not_found"),
        ],
    ),
    "alike": Form(
        f"{CALL}/alike", "proved", "operator", "operator2", CASE_FORM, status=200, silent=True
    ),
    "out_of_scope": Form(
        f"{CALL}/out-of-scope",
        "taken",
        "operator",
        "operator2",
        {"category": "judiciary", "note": "دعوای ملکی", "by_sms": "1"},
        [
            *choice("category", "moon"),
            *[bad for bad in words("note", 500) if bad[1] != "required"],
        ],
    ),
    "order": Form(
        f"{IN_CASE}/order",
        "reviewed",
        "senior",
        "senior_ene",
        {"units": "EDU-c1", "text": "بررسی کنید", "minutes": "۹۰"},
        [
            *units("ENE"),
            *words("text", 2000, 5),
            *[({"minutes": value}, "invalid") for value in ("x", "۱.۵", "1e3", "a\u0000b")],
            *[({"minutes": value}, "out_of_range") for value in ("0", "-5", "99999", "9" * 30)],
            ({"minutes": "9" * 5000}, "invalid"),
            *VERSION,
        ],
        "order-",
    ),
    "result": Form(
        f"{IN_CASE}/result",
        "reviewed",
        "senior",
        "senior_ene",
        {"result": "باجه از ساعت ۸ باز است"},
        [*words("result", 400, 10), *VERSION],
        "result-",
    ),
    "ask": Form(
        f"{IN_CASE}/ask",
        "reviewed",
        "senior",
        "senior_ene",
        {"text": "شماره باجه را می‌دانید؟"},
        [*words("text", 300, 5), ({"text": "دو\nخط است"}, "invalid_characters"), *VERSION],
        "ask-",
    ),
    "note": Form(
        f"{IN_CASE}/note",
        "reviewed",
        "senior",
        "senior_ene",
        {"text": "یادداشت برای همکاران"},
        words("text", 2000),
        "note-",
    ),
    "return": Form(
        f"{IN_CASE}/return",
        "reviewed",
        "senior",
        "senior_ene",
        {"reason": "مربوط به دستگاه دیگری است"},
        [*words("reason", 500, 5), *VERSION],
        "return-",
    ),
    "reroute": Form(
        f"{IN_CASE}/reroute",
        "returned",
        "supervisor",
        "admin",
        {"agency": "ENE", "reason": "در صلاحیت نیرو است"},
        [*choice("agency"), *words("reason", 500, 5), *VERSION],
        "reroute-",
    ),
    "duplicate": Form(
        f"{IN_CASE}/duplicate",
        "reviewed",
        "senior",
        "senior_ene",
        {"original": "{other}"},
        [
            *words("original", 40),
            *[({"original": value}, "unknown") for value in ("x", "111122223333", "%")],
            ({"original": "{own}"}, "invalid"),
            *VERSION,
        ],
        "duplicate-",
    ),
    "case_out_of_scope": Form(
        f"{IN_CASE}/out-of-scope",
        "returned",
        "supervisor",
        "admin",
        {"category": "judiciary"},
        [*choice("category", "moon"), *VERSION],
        "out-of-scope-",
    ),
    "withdraw": Form(
        f"{IN_CASE}/withdraw",
        "reviewed",
        "operator",
        "operator2",
        {"reason": "مشکل حل شد"},
        [*words("reason", 500, 3), *VERSION],
        "withdraw-",
    ),
    "reopen": Form(
        f"{IN_CASE}/reopen",
        "closed",
        "operator",
        "operator2",
        {"reason": "باجه دوباره بسته شد"},
        [*words("reason", 500, 3), *VERSION],
        "reopen-",
    ),
    "case_identity": Form(
        f"{IN_CASE}/identity",
        "reviewed",
        "senior",
        "senior_ene",
        {"reason": "تماس با شهروند"},
        words("reason", 200, 3),
        "identity-",
        status=200,
    ),
    "accept": Form(
        f"{REFERRAL}/accept",
        "ordered",
        "provincial",
        "fars",
        {"version": "{version}"},
        [bad for bad in VERSION if bad[0]["version"]],
    ),
    "refer": Form(
        f"{REFERRAL}/refer",
        "ordered",
        "provincial",
        "fars",
        {"units": "EDU-c1", "instruction": "شهرستان بررسی کند"},
        [
            *units("ENE"),
            ({"units": "EDU-p2"}, "not_below"),
            ({"units": "EDU-p1"}, "not_below"),
            *words("instruction", 2000, 5),
            *VERSION,
        ],
        "refer-{referral}-",
    ),
    "report": Form(
        f"{REFERRAL}/report",
        "ordered",
        "provincial",
        "fars",
        REPORT,
        [
            *words("result", 2000, 5),
            *[bad for bad in words("actions", 2000) if bad[1] != "required"],
            *VERSION,
        ],
        "report-{referral}-",
    ),
    "give_back": Form(
        f"{REFERRAL}/give-back",
        "ordered",
        "provincial",
        "fars",
        {"reason": "مربوط به استان نیست"},
        [*words("reason", 500, 5), *VERSION],
        "give-back-{referral}-",
    ),
    "case_explain": Form(
        "/cases/{case}/breaches/{breach}/explain",
        "breached",
        "head",
        "senior_ene",
        EXPLANATION,
        words("explanation", 2000, 10),
        "explain-{breach}-",
    ),
    "breach_explain": Form(
        "/breaches/{breach}/explain",
        "breached",
        "head",
        "senior_ene",
        {"explanation-{breach}": str(EXPLANATION["explanation"])},
        words("explanation-{breach}", 2000, 10),
    ),
    "settle": Form("/inbox/{text}/settle", "unclear", "operator", "senior"),
    "search": Form(
        "/search",
        "reviewed",
        "senior",
        None,
        {"q": "باجه"},
        [({"q": HALF}, "invalid_characters"), ({"q": "م" * 1000}, "too_long")],
        status=200,
        silent=True,
    ),
    "read": Form(
        "/notifications/read",
        "reviewed",
        "senior",
        None,
        {"up_to": "1"},
        [({"up_to": value}, "invalid") for value in (None, "", "x", "-1", "9" * 30, "۱\u0000")],
    ),
    "new_user": Form(
        "/admin/people/new",
        "people",
        "admin",
        "supervisor",
        {
            "username": "sara",
            "full_name": "سارا احمدی",
            "role": "coordinator",
            "agency": "EDU-c1",
            "mobile": "09121112233",
            "password": PASSWORD,
        },
        [
            *[bad for bad in words("username", 60, missing="invalid") if bad[1] != "too_short"],
            *[({"username": value}, "invalid") for value in ("سارا", "-sara", "s", "a b")],
            ({"username": "operator"}, "taken"),
            *words("full_name", 120, 3, missing="invalid"),
            *choice("role", "root"),
            ({"agency": None}, "required"),
            ({"agency": "NONE"}, "unknown"),
            ({"agency": "a\u0000b"}, "unknown"),
            ({"role": "senior"}, "unknown"),
            *[({"mobile": value}, "invalid") for value in ("123", "x" * 500, "09\u0000")],
            ({"password": None}, "required"),
            ({"password": "short"}, "too_short"),
            ({"password": "م" * 201}, "too_long"),
            ({"password": "a long \u0000 password"}, "invalid_characters"),
        ],
    ),
    "off": Form("/admin/people/{user}/off", "people", "admin", "supervisor"),
    "on": Form("/admin/people/{user}/on", "people", "admin", "supervisor", silent=True),
    "password": Form(
        "/account/password",
        "people",
        "senior",
        None,
        {"old_password": PASSWORD, "new_password": "another-long-one", "repeated": "{new}"},
        [
            ({"old_password": None}, "invalid"),
            ({"old_password": ""}, "required"),
            ({"old_password": "م" * 201}, "too_long"),
            ({"old_password": "wrong-password"}, "wrong_code"),
            ({"repeated": "something-else"}, "not_repeated"),
            ({"repeated": None}, "not_repeated"),
            ({"new_password": "short", "repeated": "short"}, "too_short"),
            ({"new_password": None, "repeated": None}, "invalid"),
        ],
        counted=("user_account",),
    ),
}
ELSEWHERE = {"/login", "/logout"}
"""tests/api/test_auth.py."""


SAID = {"stale": "پرونده در این فاصله تغییر کرد و چیزی ثبت نشد"}
"""Refusals that the pages put into words of their own."""


class Sent:
    """A form on a stage, ready to be sent in any way."""

    def __init__(self, form: Form, stage: Stage, app: Starlette, known: dict[str, str]) -> None:
        self.form = form
        self.world = stage.world
        self.app = app
        self.known = {**{name: str(key) for name, key in stage.ids.items()}, **known}
        self.path = form.path.format(**self.known)

    def body(self, changed: Fields | None = None) -> list[tuple[str, str]]:
        """The fields with the names that they have on the page."""
        pairs = []
        for name, value in {**self.form.right, **(changed or {})}.items():
            for text in value if isinstance(value, list) else [value]:
                if text is not None:
                    pairs.append((self._name(name), self._value(text)))
        return pairs

    async def by(
        self,
        who: str | None,
        changed: Fields | None = None,
        path: str | None = None,
        **headers: str,
    ) -> httpx2.Response:
        content = urlencode(self.body(changed), errors="surrogatepass")
        return await self.raw(who, content.encode(), URLENCODED, path, **headers)

    async def raw(
        self,
        who: str | None,
        content: bytes,
        kind: str,
        path: str | None = None,
        **headers: str,
    ) -> httpx2.Response:
        token = await signed_in(self.world.users[who]) if who else ""
        async with browser(self.app, token=token) as client:
            given = {"content-type": kind, **headers}
            return await client.post(path or self.path, content=content, headers=given)

    def _name(self, name: str) -> str:
        plain = name in ("version", "units") or (
            name == "agency" and self.form.prefix == "reroute-"
        )
        return (name if plain else self.form.prefix + name).format(**self.known)

    def _value(self, text: str) -> str:
        return self.known.get(text[1:-1], text) if text[:1] == "{" else text


@asynccontextmanager
async def staged(form: Form, world: World, url: str) -> AsyncIterator[Sent]:
    stage = Stage(world)
    await getattr(stage, form.stage)()
    known = {"new": "another-long-one"}
    message = await OutboxMessage.filter(kind="identity_code").order_by("-id").first()
    found = re.search(r"[۰-۹]{6}", message.text) if message else None
    known["code"] = found.group() if found else ""
    if "case" in stage.ids:
        case = await Case.get(id=stage.ids["case"])
        known |= {"own": case.tracking_code, "version": str(case.version)}
        if "duplicate" in form.path:
            known["other"] = (await world.case(subject="باجه دیگری بسته بود")).tracking_code
    if form.path == "/account/password":
        from domain.sign_in import hash_password

        await User.all().update(password_hash=hash_password(PASSWORD))
    await signed_in(world.users[form.who])
    yield Sent(form, stage, application(url), known)


@pytest.fixture(params=sorted(FORMS))
async def sent(request: pytest.FixtureRequest, world: World, db: str) -> AsyncIterator[Sent]:
    async with staged(FORMS[request.param], world, db) as found:
        yield found


async def test_bad_fields_are_refused_for_their_reason(sent: Sent) -> None:
    wrong = []
    for changed, code in sent.form.bad:
        before = await contents()
        answer = await sent.by(sent.form.who, changed)
        complaint = await complaint_about(answer, code, before, sent.form.counted)
        if complaint:
            wrong.append((repr(changed)[:80], code, complaint))
        await reset_tries()
    assert wrong == []


async def complaint_about(
    answer: httpx2.Response, code: str, before: dict[str, str], counted: tuple[str, ...]
) -> str:
    """What is wrong with a refusal; empty when nothing is."""
    changed = await changes(before) - set(counted)
    if changed:
        return f"changed {sorted(changed)}"
    if answer.status_code != 422:
        return f"answered {answer.status_code}"
    known = SAID.get(code) or errors.message(code, "fa").split("…")[0].strip()
    page = Page(answer)
    return "" if known in page.text else f"says {page.text[-300:]}"


async def reset_tries() -> None:
    from models import IdentityCheck

    await IdentityCheck.all().update(tries=0)
    await User.all().update(failed_sign_ins=0, locked_until=None)


async def test_the_right_form_is_taken_once_it_comes(sent: Sent) -> None:
    before = await contents()
    answer = await sent.by(sent.form.who)
    assert answer.status_code == sent.form.status, Page(answer).text[-600:]
    assert bool(await changes(before)) is not sent.form.silent


async def test_others_are_refused(sent: Sent) -> None:
    form = sent.form
    if form.stranger is not None:
        await signed_in(sent.world.users[form.stranger])
    async with unchanged():
        if form.stranger is not None:
            assert (await sent.by(form.stranger)).status_code == 404
        anonymous = await sent.by(None)
        assert anonymous.headers["location"].startswith("/login")
        for headers in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"sec-fetch-site": "none"},
        ):
            assert (await sent.by(form.who, **headers)).status_code == 403


async def test_what_is_no_form_is_refused(sent: Sent) -> None:
    form = sent.form
    if not form.reads or form.path.endswith("/accept"):
        pytest.skip("the button alone is what is sent")
    part = (
        b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a.txt"\r\n\r\nx\r\n--x--\r\n'
    )
    names = [name for name, _ in sent.body()]
    many = urlencode([*sent.body(), *[(f"f{number}", "1") for number in range(101)]])
    multipart = "multipart/form-data; boundary=x"
    bad = [
        (many.encode(), URLENCODED),
        (part % names[0].encode(), multipart),
        (b"no boundary", "multipart/form-data"),
        (b"garbage", multipart),
        (f"{names[0]}=%ff%fe".encode(), URLENCODED),
    ]
    if form.bad and form.path != "/search":
        bad += [
            (json.dumps(dict(sent.body())).encode(), "application/json"),
            (b"", URLENCODED),
            (urlencode(sent.body()).encode(), "text/plain"),
        ]
    async with unchanged(*form.counted):
        for content, kind in bad:
            answer = await sent.raw(form.who, content, kind)
            assert answer.status_code == 422, (content[:60], kind, answer.status_code)


async def test_rows_that_do_not_exist_are_not_found(sent: Sent) -> None:
    numbers = re.findall(r"/(\d+)", sent.path)
    async with unchanged():
        for number in numbers:
            for wrong in ("999999", "0", "9" * 18, "9" * 30, "-1", "x", "%D9%A1", "1%00"):
                path = sent.path.replace(f"/{number}", f"/{wrong}", 1)
                answer = await sent.by(sent.form.who, path=path)
                named_by_number = sent.form.path.startswith("/breaches/")  # so is its only field
                allowed = {404, 422} if named_by_number else {404}
                assert answer.status_code in allowed, (path, answer.status_code)


def test_every_form_is_in_the_table() -> None:
    posts = [
        route.path
        for route in ui.routes.routes
        if isinstance(route, Route) and route.methods and "POST" in route.methods
    ]
    patterns = [
        re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")
        for path in posts
        if path not in ELSEWHERE
    ]
    for pattern in patterns:
        assert any(pattern.match(form.path) for form in FORMS.values()), pattern.pattern
    from ui.case_acts import BY_NAME

    acts = {form.path.rpartition("/")[2] for form in FORMS.values() if "/cases/" in form.path}
    assert acts - {"identity"} == set(BY_NAME)


# Telephone


Wrong = tuple[object, str, str | None]
GOOD_CALL: dict[str, object] = {"call_id": "c-1", "event": "ringing", "caller": "09121234567"}
BAD_CALLS: list[Wrong] = [
    *[({"call_id": value}, "invalid", "call_id") for value in (None, 7, 1.5, True, [], {}, ["c"])],
    ({"call_id": ""}, "required", "call_id"),
    ({"call_id": "x" * 81}, "too_long", "call_id"),
    *[({"call_id": f"c{bad}c"}, "invalid_characters", "call_id") for bad in ("\0", "\n", HALF)],
    *[
        ({"event": value}, "unknown", "event")
        for value in (None, "", "dialled", "RINGING", 1, [], {}, ["ringing"], HALF, "x" * 5000)
    ],
    *[
        ({"caller": value}, "invalid", "caller")
        for value in (
            None, "123", "02188776655", "+14155550100", 9121234567, [], {}, True,
            "0912123456\0", f"0912123456{HALF}", "0912" * 2000,
        )
    ],
    ({"caller": ""}, "required", "caller"),
    ({"at": None}, "required", "at"),
    *[
        ({"at": value}, "invalid", "at")
        for value in ("", "yesterday", 1732428000, [], {}, True, HALF, "2026-11-24T09:30:00", "\0")
    ],
]  # fmt: skip


@pytest.fixture
async def exchange(world: World, db: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Sends a body as the telephone exchange does, signed now or as told."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=application(db)), base_url="http://favad.test"
    ) as client:

        async def send(
            body: bytes, *, at: float = 0, secret: str = CALL_SECRET, **headers: Any
        ) -> httpx2.Response:
            stamp = str(int(world.clock().timestamp() + at))
            digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
            signature = {
                "x-favad-timestamp": stamp,
                "x-favad-signature": f"sha256={digest.hexdigest()}",
            }
            return await client.post("/webhooks/calls", content=body, headers=signature | headers)

        yield send


def call_of(world: World, **changed: object) -> bytes:
    return json.dumps({**GOOD_CALL, "at": world.clock().isoformat(), **changed}).encode()


@pytest.mark.parametrize(("changed", "code", "name"), BAD_CALLS)
async def test_a_bad_call_is_refused(
    exchange: Any, world: World, changed: dict[str, object], code: str, name: str
) -> None:
    async with unchanged():
        answer = await exchange(call_of(world, **changed))
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    assert (error["code"], error["field"]) == (code, name)


@pytest.mark.parametrize("name", ["call_id", "event", "caller", "at"])
async def test_a_call_without_a_field_is_refused(exchange: Any, world: World, name: str) -> None:
    body = {**GOOD_CALL, "at": world.clock().isoformat()}
    del body[name]
    async with unchanged():
        answer = await exchange(json.dumps(body).encode())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b"1", 400),
        (b'"ringing"', 400),
        (b"[]", 400),
        (b"[{}]", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"call_id": "\xff"}', 400),
        (b"[" * 50_000, 400),
        (b'{"call_id": ' + b"9" * 20_000 + b"}", 400),
        (b"call_id=1&event=ringing", 400),
        (b" " * 70_000, 413),
        (b" " * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_is_no_call_is_refused(exchange: Any, body: bytes, status: int) -> None:
    async with unchanged():
        assert (await exchange(body)).status_code == status


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "another-secret-0123456789"},
        {"at": -301},
        {"at": 301},
        {"at": -86_400 * 365},
        {"x-favad-signature": ""},
        {"x-favad-signature": "sha256="},
        {"x-favad-signature": "sha1=00"},
        {"x-favad-signature": b"\xe9"},
        {"x-favad-timestamp": ""},
        {"x-favad-timestamp": "now"},
        {"x-favad-timestamp": "9" * 400},
        {"x-favad-timestamp": "-1"},
        {"x-favad-timestamp": "1.5"},
    ],
)
async def test_a_forged_or_old_call_is_refused(
    exchange: Any, world: World, how: dict[str, Any]
) -> None:
    async with unchanged():
        answer = await exchange(call_of(world), **how)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "unauthorized")


async def test_a_call_told_again_or_replayed_changes_nothing(exchange: Any, world: World) -> None:
    body = call_of(world)
    assert (await exchange(body)).status_code == 200
    assert (await exchange(call_of(world, event="ended"))).status_code == 200
    async with unchanged():
        for _ in range(2):
            assert (await exchange(body)).status_code == 200
        taken_over = await exchange(call_of(world, caller="09351112233"))
    assert (taken_over.status_code, taken_over.json()["errors"][0]["code"]) == (400, "conflict")


# Provider

TEXT = {"messageid": "701", "from": "09121234567", "to": LINE, "message": "۵"}
STATUS = {"messageid": "701", "status": "10"}
HOOK = f"/webhooks/kavenegar/{TOKEN}"


@pytest.fixture
async def provider(world: World, db: str) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=application(db))
    async with httpx2.AsyncClient(transport=transport, base_url="http://favad.test") as client:
        yield client


@pytest.mark.parametrize("path", ["inbound", "delivery"])
@pytest.mark.parametrize("token", ["x", "", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "%00", "%ff"])
async def test_a_wrong_token_finds_nothing(
    provider: httpx2.AsyncClient, path: str, token: str
) -> None:
    async with unchanged():
        for data in (TEXT, STATUS):
            answer = await provider.post(f"/webhooks/kavenegar/{token}/{path}", data=data)
            assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        *[{name: value for name, value in TEXT.items() if name != gone} for gone in
          ("from", "to", "message")],
        *[{**TEXT, "from": bad} for bad in ("", None, [], {}, True, "0" * 21, "0\n9", f"9{HALF}")],
        *[{**TEXT, "to": bad} for bad in ("", None, [], "0" * 21, "\0")],
        *[{**TEXT, "message": bad} for bad in (None, 5, [], {}, True)],
        *[{**TEXT, "messageid": bad} for bad in ([], {}, True, "x" * 81, "۱", "a b", "\0", HALF)],
        None, 1, "text", [], [[]], [TEXT, None], [TEXT, {**TEXT, "message": None}],
    ],
)  # fmt: skip
async def test_a_bad_text_is_refused(provider: httpx2.AsyncClient, body: object) -> None:
    content = json.dumps(body).encode()
    async with unchanged():
        answer = await provider.post(
            f"{HOOK}/inbound", content=content, headers={"content-type": "application/json"}
        )
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "body",
    [
        {}, {"messageid": "701"}, {"status": "10"}, {"messageid": "", "status": "10"},
        *[{**STATUS, "messageid": bad} for bad in (None, [], True, "x", "-1", "9" * 20, 1.5, "\0")],
        *[{**STATUS, "status": bad} for bad in (None, [], True, "x", "-1", "9" * 30, HALF)],
        [STATUS, {}], None, 5, [[]],
    ],
)  # fmt: skip
async def test_a_bad_report_is_refused(provider: httpx2.AsyncClient, body: object) -> None:
    content = json.dumps(body).encode()
    async with unchanged():
        answer = await provider.post(
            f"{HOOK}/delivery", content=content, headers={"content-type": "application/json"}
        )
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("path", ["inbound", "delivery"])
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"messageid", 400),
        (b"messageid=1&from=1&to=1&message=%ff&status=%ff", 400),
        (b"\xff\xff", 400),
        (b"messageid=1&messageid=2&status=10&from=1&to=1&message=x", 400),
        (b"[" * 60_000, 400),
        (b"x" * 70_000, 413),
        (b"x" * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_the_provider_never_sends_is_refused(
    provider: httpx2.AsyncClient, path: str, content: bytes, status: int
) -> None:
    async with unchanged():
        answer = await provider.post(
            f"{HOOK}/{path}", content=content, headers={"content-type": URLENCODED}
        )
    assert answer.status_code == status


async def test_a_text_told_twice_is_stored_once(provider: httpx2.AsyncClient) -> None:
    assert (await provider.post(f"{HOOK}/inbound", data=TEXT)).status_code == 200
    async with unchanged():
        for _ in range(2):
            assert (await provider.post(f"{HOOK}/inbound", data=TEXT)).status_code == 200
        assert (await provider.post(f"{HOOK}/delivery", data=STATUS)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_webhooks_take_their_verbs_only(provider: httpx2.AsyncClient, method: str) -> None:
    async with unchanged():
        assert (await provider.request(method, "/webhooks/calls")).status_code == 405
        if method != "GET":
            for path in ("inbound", "delivery"):
                assert (await provider.request(method, f"{HOOK}/{path}")).status_code == 405
