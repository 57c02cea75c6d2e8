"""Acts on a case as forms: which are shown, and what each one calls in the domain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData

from domain import breaches, closing, notes, questions, referrals, results, review
from domain.actors import Actor
from domain.errors import DomainError
from domain.permissions import Act, ReferralAct
from domain.text import to_ascii_digits
from models.enums import ReferralStatus
from ui.case_rows import Rows

UNITS: Final = "units"


@dataclass(frozen=True)
class Given:
    """One act's form. Its fields carry the act's name, so that ids on the page stay unique."""

    form: FormData
    prefix: str

    def __getitem__(self, name: str) -> str:
        value = self.form.get(f"{self.prefix}{name}", "")
        return value if isinstance(value, str) else ""

    def plain(self, name: str) -> str:
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    @property
    def units(self) -> list[str]:
        return [value for value in self.form.getlist(UNITS) if isinstance(value, str)]

    @property
    def version(self) -> int | None:
        """The version of the case that the person was looking at."""
        text = self.plain("version")
        if not text:
            return None
        if not text.isdecimal() or len(text) > 9:
            raise DomainError("invalid", "version")
        return int(text)

    @property
    def minutes(self) -> str:
        return to_ascii_digits(self["minutes"])


Run = Callable[[Actor, int, Given], Awaitable[Any]]


@dataclass(frozen=True)
class Form:
    """One act in the panel. `done` is the toast's key, `submit` what its button says."""

    name: str
    label: str
    icon: str
    done: str
    run: Run
    kind: str = "secondary"
    submit: str = ""


async def _order(actor: Actor, key: int, given: Given) -> Any:
    return await review.order(
        actor, key, given["text"], given.units, given.minutes, expected_version=given.version
    )


async def _result(actor: Actor, key: int, given: Given) -> Any:
    return await results.record(
        actor,
        key,
        given["result"],
        whole_incident=given["whole_incident"] == "1",
        expected_version=given.version,
    )


async def _ask(actor: Actor, key: int, given: Given) -> Any:
    return await questions.ask(actor, key, given["text"], given.version)


async def _return(actor: Actor, key: int, given: Given) -> Any:
    return await review.return_to_centre(actor, key, given["reason"], given.version)


async def _reroute(actor: Actor, key: int, given: Given) -> Any:
    return await review.reroute(
        actor, key, given.plain("agency"), given["reason"], expected_version=given.version
    )


async def _duplicate(actor: Actor, key: int, given: Given) -> Any:
    return await closing.mark_duplicate(actor, key, given["original"], given.version)


async def _out_of_scope(actor: Actor, key: int, given: Given) -> Any:
    return await closing.mark_out_of_scope(actor, key, given["category"], given.version)


async def _withdraw(actor: Actor, key: int, given: Given) -> Any:
    return await closing.withdraw(actor, key, given["reason"], given.version)


async def _reopen(actor: Actor, key: int, given: Given) -> Any:
    return await closing.reopen(actor, key, given["reason"], given.version)


async def _note(actor: Actor, key: int, given: Given) -> Any:
    return await notes.add(actor, key, given["text"])


CASE_FORMS: Final[dict[Act, Form]] = {
    Act.ORDER: Form(
        "order", "دستور اقدام و ارجاع", "gavel", "ordered", _order, submit="صدور دستور"
    ),
    Act.RECORD_RESULT: Form(
        "result", "ثبت نتیجه", "check", "answered", _result, submit="ثبت نتیجه و پیامک به شهروند"
    ),
    Act.REROUTE: Form("reroute", "ارجاع به دستگاه دیگر", "network", "rerouted", _reroute),
    Act.ASK_CITIZEN: Form(
        "ask", "پرسش از شهروند", "message-square", "asked", _ask, submit="ارسال پرسش"
    ),
    Act.NOTE: Form("note", "یادداشت", "pencil", "noted", _note, submit="ثبت یادداشت"),
    Act.REOPEN: Form("reopen", "بازگشایی به درخواست شهروند", "rotate-ccw", "reopened", _reopen),
    Act.RETURN_TO_CENTRE: Form(
        "return", "بازگرداندن به مرکز", "undo-2", "returned_to_centre", _return, "danger"
    ),
    Act.MARK_DUPLICATE: Form("duplicate", "تکراری است", "copy", "duplicate", _duplicate, "danger"),
    Act.MARK_OUT_OF_SCOPE: Form(
        "out-of-scope", "خارج از شمول است", "ban", "out_of_scope", _out_of_scope, "danger"
    ),
    Act.WITHDRAW: Form("withdraw", "انصراف شهروند", "x", "withdrawn", _withdraw, "danger"),
}


async def _accept(actor: Actor, key: int, given: Given) -> Any:
    return await referrals.accept(actor, key, given.version)


async def _refer(actor: Actor, key: int, given: Given) -> Any:
    return await referrals.refer(actor, key, given.units, given["instruction"], given.version)


async def _report(actor: Actor, key: int, given: Given) -> Any:
    return await referrals.report(actor, key, given["result"], given["actions"], given.version)


async def _give_back(actor: Actor, key: int, given: Given) -> Any:
    return await referrals.give_back(actor, key, given["reason"], given.version)


async def _explain(actor: Actor, key: int, given: Given) -> Any:
    return await breaches.explain(actor, key, given["explanation"])


REFERRAL_FORMS: Final[dict[ReferralAct, Form]] = {
    ReferralAct.ACCEPT: Form("accept", "پذیرش ارجاع", "user-check", "accepted", _accept, "primary"),
    ReferralAct.REPORT: Form("report", "گزارش نتیجه", "check", "reported", _report),
    ReferralAct.REFER: Form(
        "refer", "ارجاع به واحد پایین‌دست", "network", "referred", _refer, submit="ارجاع"
    ),
    ReferralAct.RETURN: Form(
        "give-back", "بازگرداندن ارجاع", "undo-2", "given_back", _give_back, "danger"
    ),
}
EXPLAIN: Final = Form(
    "explain", "توضیح نقض مهلت", "landmark", "explained", _explain, submit="ثبت توضیح"
)
BY_NAME: Final[dict[str, Form]] = {
    form.name: form for form in (*CASE_FORMS.values(), *REFERRAL_FORMS.values(), EXPLAIN)
}


def panel(rows: Rows) -> list[dict[str, Any]]:
    """The forms open to the person now: their own referrals first, then acts on the case."""
    base = f"/cases/{rows.case.id}"
    shown = [
        _entry(form, f"{base}/referrals/{row.id}/{form.name}", f"-{row.id}", referral=row)
        for row in rows.referrals
        for act, form in REFERRAL_FORMS.items()
        if act in rows.referral_acts(row)
    ]
    if Act.EXPLAIN_BREACH in rows.acts and rows.actor.agency_id is not None:
        shown += [
            _entry(EXPLAIN, f"{base}/breaches/{row.id}/explain", f"-{row.id}", breach=row)
            for row in rows.breaches
            if row.explained_at is None
        ]
    forms = [(act, form) for act, form in CASE_FORMS.items() if act in rows.acts]
    shown += [_entry(form, f"{base}/{form.name}", "") for _, form in forms]
    return _leading(rows, shown)


def _entry(form: Form, action: str, suffix: str, **about: Any) -> dict[str, Any]:
    return {
        "name": form.name,
        "label": form.label,
        "icon": form.icon,
        "kind": form.kind,
        "submit": form.submit or form.label,
        "action": action,
        "key": f"{form.name}{suffix}",
        "prefix": f"{form.name}{suffix}-",
        "referral": None,
        **about,
    }


def _leading(rows: Rows, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The act that is most likely next stands first, as the primary button."""
    reported = any(row.status is ReferralStatus.REPORTED for row in rows.referrals)
    names = [entry["name"] for entry in shown]
    first = next(
        (name for name in ("accept", "report", "explain", "reroute") if name in names),
        "result" if reported and "result" in names else "order",
    )
    ordered = sorted(shown, key=lambda entry: entry["name"] != first)
    for entry in ordered[:1]:
        if entry["name"] == first:
            entry["kind"] = "primary"
    return ordered
