"""What the provider's panel shows."""

from __future__ import annotations

import json
from typing import Any

from sms.simulator import faults
from sms.simulator import text as texts
from sms.simulator.calls import Call
from sms.simulator.codes import RETURN_CODES
from sms.simulator.state import State
from sms.simulator.store import Row
from sms.simulator.views import frame

SHOWN_HOOKS = 100
SHOWN_REPLY = 600

PROBABILITIES = {
    "lost_reply": ("پاسخ گم می‌شود", "پیام پذیرفته می‌شود، ولی پاسخ به سامانه نمی‌رسد."),
    "bad_gateway": ("خطای ۵۰۲", "پیام پذیرفته می‌شود، ولی پاسخ یک صفحهٔ خطاست."),
    "hang": ("بی‌پاسخ می‌ماند", "پیام پذیرفته نمی‌شود و اتصال معطل می‌ماند."),
    "busy": ("۴۰۹ سرور شلوغ", "پیام پذیرفته نمی‌شود؛ باید بعدتر دوباره فرستاده شود."),
    "too_many_calls": ("۴۵۱ درخواست زیاد", "پیام پذیرفته نمی‌شود؛ سامانه باید آهسته‌تر برود."),
    "webhooks_lost": ("وب‌هوک گم می‌شود", "خبر به سامانه نمی‌رسد و تکرار هم نمی‌شود."),
    "webhooks_duplicated": ("وب‌هوک تکراری", "یک خبر دو بار به سامانه گفته می‌شود."),
    "webhooks_reordered": ("وب‌هوک نامرتب", "خبرها دو ثانیه می‌مانند و درهم می‌روند."),
    "second_down": ("قطع", "اتصال پیش از خواندن پیام بریده می‌شود."),
    "second_busy": ("۴۲۹ شلوغ", "پیام پذیرفته نمی‌شود."),
    "second_lost_reply": ("پاسخ گم می‌شود", "پیام پذیرفته می‌شود، ولی پاسخ نمی‌رسد."),
}
SWITCHES = {
    "no_credit": ("۴۱۸ بدون اعتبار", "هیچ پیامی پذیرفته نمی‌شود تا اعتبار برگردد."),
    "bad_key": ("۴۰۳ کلید نامعتبر", "هر درخواست رد می‌شود، گویی کلید باطل شده است."),
    "debug_mode": ("حالت آزمایشی", "پیام پذیرفته می‌شود، ولی به هیچ گوشی نمی‌رسد."),
    "links_refused": ("۴۲۰ پیوند ممنوع", "پیامی که پیوند دارد رد می‌شود."),
    "ip_not_listed": ("۴۰۷ نشانی ثبت‌نشده", "فهرست پیام‌های فرستاده به سامانه داده نمی‌شود."),
    "dedupe_local_ids": ("شناسهٔ تکراری", "پیامی با شناسهٔ تکراری دوباره فرستاده نمی‌شود."),
    "webhooks_off": ("وب‌هوک خاموش", "هیچ خبری داده نمی‌شود؛ سامانه باید خودش بپرسد."),
    "opt_out_swallowed": ("«۱۱» نزد اپراتور می‌ماند", "لغو ثبت می‌شود، ولی به سامانه نمی‌رسد."),
    "second_no_credit": ("۴۰۲ بدون اعتبار", "هیچ پیامی پذیرفته نمی‌شود."),
    "second_bad_token": ("۴۰۱ کلید نامعتبر", "هر درخواست رد می‌شود."),
}
AMOUNTS = {
    "latency": ("تأخیر پاسخ (میلی‌ثانیه)", "هر پاسخ به همین اندازه دیرتر می‌آید."),
    "rate_limit": ("سقف درخواست در ثانیه", "بیش از این ۴۵۱ می‌گیرد؛ صفر یعنی بی‌سقف."),
    "report_delay": ("دیرکرد گزارش تحویل (ثانیه)", "پیام می‌رسد، ولی خبرش به همین اندازه دیرتر."),
}
GROUPS = (
    ("پاسخ به درخواست‌ها", tuple(faults.ONE_CALL), ("latency", "rate_limit")),
    (
        "حساب و پیام",
        (
            "no_credit",
            "bad_key",
            "debug_mode",
            "links_refused",
            "ip_not_listed",
            "dedupe_local_ids",
        ),
        (),
    ),
    (
        "وب‌هوک‌ها",
        (*faults.WEBHOOKS, "webhooks_off", "opt_out_swallowed"),
        ("report_delay",),
    ),
    ("اپراتور دوم", (*faults.SECOND, "second_no_credit", "second_bad_token"), ()),
)
FORMATS = {"form": "POST، فرم", "json": "POST، JSON", "get": "GET"}
HOOK_KINDS = {
    "inbound": "پیامک دریافتی",
    "delivery": "گزارش تحویل",
    "second_inbound": "پیامک دریافتی، اپراتور دوم",
    "second_delivery": "گزارش تحویل، اپراتور دوم",
    "call": "تلفن",
}


def page(state: State) -> Row:
    """Everything on the panel."""
    hooks = state.store.rows("SELECT * FROM hook ORDER BY id DESC LIMIT ?", SHOWN_HOOKS)
    return {
        "groups": [_group(state, *group) for group in GROUPS],
        "codes": _codes(state),
        "formats": [
            {"value": value, "title": title, "on": state.faults["webhook_format"] == value}
            for value, title in FORMATS.items()
        ],
        "seed": texts.persian_digits("" if state.faults["seed"] is None else state.faults["seed"]),
        "credit_rial": texts.grouped(state.credit),
        "resend": state.account["resendfailed"] == "enabled",
        "templates": {name: _left_to_right(text) for name, text in state.templates.items()},
        "calls": [_call(call) for call in state.calls.newest_first()],
        "hooks": [_hook(row) for row in hooks],
        "line": texts.persian_digits(state.config.line),
        "second_line": texts.persian_digits(state.config.second_line),
        **frame(state),
    }


def _group(state: State, title: str, names: tuple[str, ...], amounts: tuple[str, ...]) -> Row:
    return {
        "title": title,
        "sliders": [_slider(state, name) for name in names if name in PROBABILITIES],
        "amounts": [_amount(state, name) for name in amounts],
        "switches": [_switch(state, name) for name in names if name in SWITCHES],
    }


def _slider(state: State, name: str) -> Row:
    title, hint = PROBABILITIES[name]
    percent = round(state.faults[name] * 100)
    shown = texts.persian_digits(percent)
    return {"name": name, "title": title, "hint": hint, "percent": percent, "shown": shown}


def _switch(state: State, name: str) -> Row:
    title, hint = SWITCHES[name]
    return {"name": name, "title": title, "hint": hint, "on": state.faults[name]}


def _amount(state: State, name: str) -> Row:
    title, hint = AMOUNTS[name]
    value = texts.persian_digits(state.faults[name])
    return {"name": name, "title": title, "hint": hint, "value": value}


def _codes(state: State) -> list[Row]:
    current = state.faults["refuse_with"]
    rows = [{"value": 0, "title": "هیچ", "on": current == 0}]
    for code in faults.CODES[1:]:
        title = f"{texts.persian_digits(code)} {RETURN_CODES[code]}"
        rows.append({"value": code, "title": title, "on": current == code})
    return rows


def _call(call: Call) -> dict[str, Any]:
    answered = call.reply[:1] == "{"
    return {
        "id": call.id,
        "verb": call.verb,
        "action": call.action,
        "path": call.path,
        "second": call.second,
        "fields": call.fields,
        "time": texts.clock_time(call.at),
        "ok": answered and 200 <= call.code < 300,
        "shown_code": texts.persian_digits(call.code) if answered else _unanswered(call.reply),
        "reply": call.reply[:SHOWN_REPLY],
        "seconds": texts.persian_digits(f"{call.seconds:.3f}").replace(".", "٫"),
        "curl": call.curl,
    }


def _unanswered(reply: str) -> str:
    words = {"502": "۵۰۲", "lost reply": "گم شد", "hang": "معطل", "connection cut": "قطع"}
    return words[reply]


def _hook(row: Row) -> dict[str, Any]:
    state = "good" if row["done"] else "bad" if row["attempts"] or row["due"] is None else "wait"
    return row | {
        "kind_name": HOOK_KINDS[row["kind"]],
        "fields": json.loads(row["body"]),
        "time": texts.clock_time(row["created"]),
        "state": state,
        "shown": _result(row["result"]),
        "attempts_shown": texts.persian_digits(row["attempts"]),
        "waits": row["due"] is not None and row["attempts"] > 0,
        "next": texts.clock_time(row["due"]) if row["due"] is not None else "",
    }


def _result(result: str) -> str:
    """What came of a call to the application: its status, or the kind of failure."""
    if result.isdigit():
        return texts.persian_digits(result)
    words = {"": "…", "lost": "گم شد", "ReadTimeoutError": "بی‌پاسخ", "ProtocolError": "قطع شد"}
    return words.get(result, "وصل نشد")


def _left_to_right(text: str) -> str:
    """So that the sign of a placeholder stays before it within Persian."""
    return text.replace("%token", "\u200e%token")
