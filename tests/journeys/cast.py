"""Who takes part in a journey: the citizen, the operator, coordinators, a partner's system."""

from __future__ import annotations

import re
from typing import Any

import httpx2

from tests.support.pages import Given, Page, Person
from tests.support.running import RunningService
from tests.support.world import NATIONAL_ID, PEOPLE

PHONE = "09121234567"
NAME = "مریم احمدی"
OTHER_PHONE, OTHER_NATIONAL_ID = "09351112233", "1276543212"
RESULT = "باجه از ساعت ۸ باز است و به کارمند تذکر داده شد."
DRAFT: dict[str, Given] = {
    "kind": "complaint",
    "reporter_kind": "citizen",
    "indicator": "I5",
    "other_indicators": ["I7"],
    "subject": "باز نبودن باجه در ساعت اداری",
    "text": "ساعت ۹ مراجعه کردم و باجه پذیرش تا ساعت ۱۰ و نیم بسته بود.",
    "consent": "1",
}
CASE = """query ($code: String!) { case(trackingCode: $code) {
  id status roundNumber reopened misrouted rating atCentre consent version channel
  agency { code } mainAgency { code } answeredAt closedAt
  clock { dueAt remainingSeconds paused pausedSeconds overdue }
  rounds { number level startedAt dueAt breachedAt answeredAt pausedSeconds result
    producer { code } }
  referrals { id status agency { code } parent { id } dueAt result }
  questions { text answer endedAt }
  feedback { rating comment }
  breaches { id explanation agency { code } }
  messages { direction kind }
  timeline(first: 100) { nodes { kind text actorKind actorName } }
  permittedActs
} }"""
INPUT = {
    "acceptReferral": ("ReferralInput", "referral { id status }"),
    "askCitizen": ("AskCitizenInput", "question { id }"),
    "orderAction": ("OrderActionInput", "order { id }"),
    "recordResult": ("RecordResultInput", "case { status }"),
    "referCase": ("ReferCaseInput", "referrals { id status agency { code } }"),
    "registerCase": ("RegisterCaseInput", "case { id trackingCode status }"),
    "reportReferral": ("ReportReferralInput", "referral { id status }"),
    "returnCase": ("ReasonInput", "case { status }"),
    "returnReferral": ("ReturnReferralInput", "referral { id status }"),
    "viewIdentity": ("ViewIdentityInput", "identity { name nationalId mobile }"),
}


def mobile_of(name: str) -> str:
    """The telephone of a member of staff of the world."""
    return f"0912000{[who for who, _, _ in PEOPLE].index(name):04d}"


class Citizen:
    """Somebody with a mobile telephone."""

    def __init__(self, service: RunningService, phone: str = PHONE) -> None:
        self.service = service
        self.phone = phone

    async def texts(self) -> list[str]:
        return await self.service.texts(self.phone)

    async def last(self) -> str:
        return (await self.texts())[-1]

    async def replies(self, text: str) -> None:
        await self.service.reply(self.phone, text)


class Operator(Person):
    """Takes calls, proves identities, registers cases."""

    async def takes(self, citizen: Citizen) -> Page:
        """The citizen dials 128, the operator answers; the page of the call."""
        await self.service.call(citizen.phone)
        desk = await self.get("/operator?stay=1")
        return await self.submit(desk.form("/take"))

    async def proves(
        self, call: Page, citizen: Citizen, name: str = NAME, national_id: str = NATIONAL_ID
    ) -> Page:
        """Name and national id are typed in, the code that arrives is read back."""
        asked = await self.submit(call.form("/identity"), name=name, national_id=national_id)
        await self.service.work()
        code = re.search(r"[۰-۹]{6}", await citizen.last())
        assert code is not None
        return await self.submit(asked.form("/identity/confirm"), code=code.group())

    async def registers(
        self,
        call: Page,
        *,
        place: str = "v1",
        agency: str = "EDU-c1",
        like: str = "",
        **changes: Given,
    ) -> Page:
        """Fills in the form, searching for place and agency as without scripts.

        Where there are look-alikes it is about the incident of case `like`, or about a new one.
        """
        form = call.form("/register").filled({**DRAFT, **changes})
        page = await self._search(call, form, "place", "علی‌آباد")
        assert place in page.form("/register").choices["place"]
        form["place"] = [place]
        words = {"EDU": "آموزش", "EDU-c1": "آموزش رشت", "CUL": "فرهنگ"}[agency]
        page = await self._search(page, form, "agency", words)
        saved = await self.submit(page.form("/register"), agency=agency)
        if "پرونده‌های مشابه باز" in saved:
            saved = await self.submit(saved.form("/register"), like=like.replace("-", ""))
        assert "پرونده ثبت و به راهبر ارشد ارجاع شد" in saved
        return saved

    async def _search(self, page: Page, form: dict[str, list[str]], what: str, words: str) -> Page:
        given: dict[str, Any] = {name: value for name, value in form.items() if value != [""]}
        given |= {f"{what}_query": words, "search": what}
        return await self.submit(page.form("/register"), **given)

    async def hangs_up(self, citizen: Citizen) -> None:
        await self.service.call(citizen.phone, "ended")

    async def opens_case(
        self, citizen: Citizen, national_id: str = NATIONAL_ID, **changes: Any
    ) -> str:
        """A whole call: taken, proved, registered, ended. The code that was texted."""
        call = await self.takes(citizen)
        call = await self.proves(call, citizen, national_id=national_id)
        await self.registers(call, **changes)
        await self.hangs_up(citizen)
        await self.service.work()
        return code_in(await citizen.last())


class Partner:
    """The system of an agency, with its key."""

    def __init__(self, service: RunningService, agency: str) -> None:
        self.http = httpx2.AsyncClient(
            base_url=service.base_url,
            headers={"authorization": f"Bearer {service.keys[agency]}"},
            trust_env=False,
            timeout=30,
        )

    async def ask(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        return _data(await self.http.post("/graphql", json=body))

    async def case(self, code: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (await self.ask(CASE, code=code))["case"]
        return found

    async def do(self, mutation: str, **given: Any) -> dict[str, Any]:
        """What a mutation that is not refused answers."""
        answer = await self.attempt(mutation, **given)
        assert answer.pop("errors") == [], answer
        return answer

    async def attempt(self, mutation: str, **given: Any) -> dict[str, Any]:
        kind, selection = INPUT[mutation]
        query = f"""mutation ($input: {kind}!) {{
            {mutation}(input: $input) {{ {selection} errors {{ code field }} }} }}"""
        payload: dict[str, Any] = (await self.ask(query, input=given))[mutation]
        return payload

    async def close(self) -> None:
        await self.http.aclose()


class Centre(Person):
    """The national centre, which sees everything."""

    async def sees(self, code: str) -> dict[str, Any]:
        """The case as it is now."""
        await self.get("/overview")
        body = {"query": CASE, "variables": {"code": code}}
        found = _data(await self.http.post("/graphql", json=body))["case"]
        assert found is not None
        return dict(found)

    async def count(self) -> int:
        """How many cases there are, counted over the first hundred."""
        await self.get("/overview")
        body = {"query": "{ cases(first: 100) { nodes { id } } }"}
        return len(_data(await self.http.post("/graphql", json=body))["cases"]["nodes"])


def _data(answer: httpx2.Response) -> Any:
    body = answer.json()
    assert answer.status_code == 200 and "errors" not in body, body
    return body["data"]


def code_in(text: str) -> str:
    """The tracking code in a text."""
    found = re.search(r"\d{4}-\d{4}-\d{4}", text)
    assert found is not None, text
    return found.group()


def referral(case: dict[str, Any], agency: str) -> dict[str, Any]:
    """The latest referral of the case to a unit."""
    return [row for row in case["referrals"] if row["agency"]["code"] == agency][-1]


def messages(case: dict[str, Any]) -> list[str]:
    """Kinds of the texts that the citizen was sent, in order."""
    return [row["kind"] for row in case["messages"] if row["direction"] == "OUT"]


def kinds(case: dict[str, Any]) -> list[str]:
    """What has happened to the case, in order."""
    return [row["kind"] for row in case["timeline"]["nodes"]]
