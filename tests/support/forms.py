"""Forms of the web interface: when they fit, who may send them, and how they are sent."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx2
from starlette.applications import Starlette

from domain import (
    calls,
    clients,
    conversation,
    identity,
    inbox,
    jobs,
    ladder,
    outbox,
    results,
    review,
    sending,
    sign_in,
    survey,
    templates,
    time,
    work,
)
from domain.actors import SYSTEM
from models import (
    Breach,
    Call,
    CallBack,
    Case,
    Contact,
    InboxMessage,
    Job,
    OutboxMessage,
    ProviderAlarm,
    Referral,
    Round,
    SendingHalt,
    Survey,
    User,
    Webhook,
)
from models.database import transaction
from models.enums import DeliveryState, InboxState, Language, MessageState, Resumption, TextKind
from tests.support.application import application
from tests.support.hooks import hook, told
from tests.support.web import browser, signed_in
from tests.support.world import LINE, MOBILE, NATIONAL_ID, World

Value = str | list[str] | None
Fields = Mapping[str, Value]
Bad = tuple[Fields, str]
"""Fields in the place of the right ones (None: left out), and the code of the refusal."""

URLENCODED = "application/x-www-form-urlencoded"
HALF = "\ud800"
PASSWORD = "a-long-password-128"
PARTNER_KEY = "partner.0123456789abcdef"


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
        while claimed := await jobs.claim(50, kinds=["case.close"]):
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

    async def doubted(self) -> None:
        """Two unclear answers to the survey of a case, the second for a person."""
        await self.reviewed()
        case = await Case.get(id=self.ids["case"])
        await results.record(self.world["senior"], case.id, "باجه از ساعت ۸ باز است.")
        await self.world.delivered(case)
        self.world.clock.forward(minutes=46)
        async with transaction():
            await survey.ask((await Survey.get()).id)
        for number in "12":
            async with transaction():
                row = await conversation.receive("kavenegar", number, MOBILE, LINE, "شاید")
                assert row is not None
                await conversation.handle(row.id)
            self.ids["text"] = row.id
        assert await InboxMessage.filter(state=InboxState.UNCLEAR).count() == 1

    async def owed(self) -> None:
        """A call owed to the caller whom the operator has on the line."""
        await self.unclear()
        await inbox.call_back(self.world["operator"], self.ids["text"])
        self.ids["back"] = (await CallBack.get()).id
        await self.taken()

    async def opted_out(self) -> None:
        await outbox.opt_out(MOBILE, "reply")
        await self.taken()

    async def conversed(self) -> None:
        """A conversation that the operator may see."""
        await self.reviewed()
        self.ids["contact"] = (await Contact.get(mobile=MOBILE)).id

    async def silenced(self) -> None:
        """One with a citizen who takes no texts."""
        await self.conversed()
        await outbox.opt_out(MOBILE, "reply")

    async def partnered(self) -> None:
        await clients.create(SYSTEM, "EDU", "سامانه آموزش", ["cases:read"], key=PARTNER_KEY)

    async def hooked(self) -> None:
        self.ids["webhook"] = (await hook(self.world)).id

    async def told(self) -> None:
        """A webhook to which a message was delivered."""
        await self.hooked()
        await self.reviewed()
        [delivery, *_] = await told(await Webhook.get())
        delivery.state = DeliveryState.DELIVERED
        await delivery.save()
        self.ids["delivery"] = delivery.id

    async def worded(self) -> None:
        """A text of which there is a second version."""
        text = "پرونده {code}: نمره ۱ تا ۵؟ لغو۱۱"
        await templates.publish(self.world["admin"], TextKind.SURVEY, Language.PERSIAN, text)

    async def halted(self) -> None:
        await sending.halt("kavenegar", "*", 403, "کلید", Resumption.OPERATOR)
        self.ids["halt"] = (await SendingHalt.get()).id

    async def alarmed(self) -> None:
        await sending.alarm("kavenegar", "debugmode")
        self.ids["alarm"] = (await ProviderAlarm.get()).id

    async def unsent(self) -> None:
        """A message that failed."""
        await self.conversed()
        row = await OutboxMessage.filter(kind="registered").get()
        row.state = MessageState.FAILED
        await row.save()
        self.ids["message"] = row.id

    async def dead(self) -> None:
        """A job that was given up."""
        await jobs.enqueue("ladder", "ladder:dead", subject_id=1)
        await Job.filter(key="ladder:dead").update(dead=True, attempts=jobs.MAX_ATTEMPTS)
        self.ids["job"] = (await Job.get(key="ladder:dead")).id

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
        *,
        path: str | None = None,
        site: str = "same-origin",
    ) -> httpx2.Response:
        """Sent as a browser does; `site` is where the page with the form stands."""
        content = urlencode(self.body(changed), errors="surrogatepass")
        return await self.raw(who, content.encode(), URLENCODED, path=path, site=site)

    async def raw(
        self,
        who: str | None,
        content: bytes,
        kind: str,
        *,
        path: str | None = None,
        site: str = "same-origin",
    ) -> httpx2.Response:
        token = await signed_in(self.world.users[who]) if who else ""
        async with browser(self.app, token=token) as client:
            given = {"content-type": kind, "sec-fetch-site": site}
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
        await User.all().update(password_hash=sign_in.hash_password(PASSWORD))
    await signed_in(world.users[form.who])
    yield Sent(form, stage, application(url), known)
