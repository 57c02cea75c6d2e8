"""What the pages of the browser handset show, read from the store."""

from __future__ import annotations

import json
import shlex
from typing import Any

from sms.simulator import faults, telephone
from sms.simulator import text as texts
from sms.simulator.state import State
from sms.simulator.store import Row

SHOWN_PHONES = 100
SHOWN_MESSAGES = 200
SHOWN_HOOKS = 50
SHOWN_REPLY = 400
COLOURS = 6

PHONE_STATES = {
    "on": "روشن",
    "off": "خاموش",
    "ad_block": "تبلیغات مسدود",
    "never": "نمی‌رسد",
    "slow": "کُند",
}
STATUSES = {
    1: ("queued", "در صف ارسال"),
    2: ("queued", "زمان‌بندی‌شده"),
    4: ("sent", "در مخابرات"),
    6: ("failed", "ارسال نشد"),
    10: ("delivered", "به گوشی رسید"),
    11: ("failed", "به گوشی نرسید"),
    13: ("failed", "لغو شد"),
    14: ("failed", "گیرنده مسدود کرده"),
}
FAULTS = {
    "lost_reply": ("پاسخ گم می‌شود", "پیام پذیرفته می‌شود، ولی پاسخ به سامانه نمی‌رسد"),
    "bad_gateway": ("خطای ۵۰۲", "پیام پذیرفته می‌شود، ولی پاسخ یک صفحهٔ خطاست"),
    "hang": ("بی‌پاسخ می‌ماند", "پیام پذیرفته نمی‌شود و اتصال معطل می‌ماند"),
    "busy": ("۴۰۹ سرور شلوغ", "پیام پذیرفته نمی‌شود"),
    "too_many_calls": ("۴۵۱ درخواست زیاد", "پیام پذیرفته نمی‌شود"),
}
SWITCHES = {
    "no_credit": "۴۱۸ بدون اعتبار",
    "bad_key": "۴۰۳ کلید نامعتبر",
    "debug_mode": "حالت آزمایشی",
    "links_refused": "۴۲۰ پیوند ممنوع",
    "ip_not_listed": "۴۰۷ نشانی IP ثبت‌نشده",
    "webhooks_off": "وب‌هوک خاموش",
    "webhooks_duplicated": "وب‌هوک تکراری",
    "webhooks_reordered": "وب‌هوک نامرتب",
    "opt_out_swallowed": "«۱۱» به سامانه نرسد",
    "dedupe_local_ids": "شناسهٔ تکراری دوباره ارسال نشود",
}
HOOK_KINDS = {"inbound": "پیامک دریافتی", "delivery": "گزارش تحویل", "call": "تلفن"}
CALL_STATES = {"ringing": "در حال زنگ زدن…", "answered": "ارتباط برقرار است"}
ANSWERS = ("۵", "پنج", "عالی", "۲ هنوز حل نشده", "لغو", "۱۱")


def page(state: State, number: str | None) -> Row:
    """Everything on a page; `number` is the phone in the middle, the latest one if None."""
    phones = _phones(state, number)
    chosen = number or (phones[0]["number"] if phones else None)
    phone = next((row for row in phones if row["number"] == chosen), None)
    return {
        "phones": phones,
        "phone": phone,
        "threads": _threads(state, phone["number"]) if phone else [],
        "call": _call(state, phone["number"]) if phone else None,
        "answers": ANSWERS,
        "phone_states": PHONE_STATES,
        "now": texts.clock_time(state.now()),
        "today": texts.jalali_day(state.now()),
        "app_url": state.config.app_url,
        "line": texts.persian_digits(state.config.line),
        **_provider(state),
    }


def mark_read(state: State, number: str) -> None:
    state.store.run("UPDATE phone SET read_at = ? WHERE number = ?", state.now(), number)


def _phones(state: State, chosen: str | None) -> list[Row]:
    """Phones with a name before the others, each by last use; and the chosen one."""
    rows = state.store.rows(
        """
        SELECT phone.*, (SELECT count(*) FROM message WHERE receptor = phone.number
            AND status = 10 AND created > phone.read_at) AS unread
        FROM phone ORDER BY number = ? DESC, name <> '' DESC, active_at DESC, name DESC, number
        LIMIT ?
        """,
        chosen,
        SHOWN_PHONES,
    )
    rows.sort(key=lambda row: (row["name"] != "", row["active_at"]), reverse=True)
    for row in rows:
        last = state.store.row(
            "SELECT text, created FROM (SELECT text, created FROM message WHERE receptor = ?1 "
            "UNION ALL SELECT text, created FROM inbound WHERE sender = ?1) "
            "ORDER BY created DESC LIMIT 1",
            row["number"],
        )
        row["shown"] = texts.persian_digits(row["number"])
        row["title"] = row["name"] or row["shown"]
        row["initial"] = row["name"][:1] or "؟"
        row["colour"] = sum(map(int, row["number"])) % COLOURS
        row["national"] = texts.persian_digits(row["national_id"])
        row["preview"] = last["text"] if last else "هنوز پیامی نیست"
        row["when"] = texts.clock_time(last["created"]) if last else ""
        row["state_name"] = PHONE_STATES[row["state"]]
        row["unread_shown"] = texts.persian_digits(row["unread"])
    return rows


def _threads(state: State, number: str) -> list[Row]:
    """The bubbles of a phone, grouped by line; the line used last stands last."""
    rows = state.store.rows(
        """
        SELECT * FROM (
            SELECT id, 0 AS mine, kind, line, text, parts, status, created
            FROM message WHERE receptor = ?1
            UNION ALL
            SELECT id, 1, 'sms', line, text, parts, 0, created FROM inbound WHERE sender = ?1
            ORDER BY created DESC, id DESC LIMIT ?2
        ) ORDER BY created, id
        """,
        number,
        SHOWN_MESSAGES,
    )
    threads: dict[str, list[Row]] = {}
    for row in rows:
        bubbles = threads.pop(row["line"], [])
        threads[row["line"]] = bubbles
        day = texts.jalali_day(row["created"])
        row["new_day"] = day if not bubbles or bubbles[-1]["day"] != day else ""
        row["day"] = day
        row["time"] = texts.clock_time(row["created"])
        row["full_time"] = texts.jalali(row["created"])
        row["parts_shown"] = texts.persian_digits(row["parts"])
        row["tick"], row["status_name"] = STATUSES.get(row["status"], ("", ""))
        bubbles.append(row)
    return [
        {"line": line, "shown": texts.persian_digits(line), "bubbles": bubbles}
        for line, bubbles in threads.items()
    ]


def _call(state: State, number: str) -> Row | None:
    call = telephone.current(state, number)
    if call is None:
        return None
    trouble = call["result"] if call["result"] and not call["result"].startswith("2") else ""
    return call | {
        "state_name": CALL_STATES[call["state"]],
        "since": texts.clock_time(call["answered"] or call["started"]),
        "trouble": "" if trouble == "off" else trouble,
    }


def _provider(state: State) -> Row:
    current = state.faults
    return {
        "faults": [_fault(name, current[name]) for name in FAULTS],
        "switches": [
            {"name": name, "title": title, "on": current[name]} for name, title in SWITCHES.items()
        ],
        "troubled": _troubled(current),
        "credit": texts.persian_digits(f"{state.credit:,}").replace(",", "٬"),
        "calls": [_api_call(state, row) for row in _last_calls(state)],
        "hooks": [_hook(row) for row in _last_hooks(state)],
    }


def _fault(name: str, probability: float) -> Row:
    title, hint = FAULTS[name]
    percent = round(probability * 100)
    shown = texts.persian_digits(percent)
    return {"name": name, "title": title, "hint": hint, "percent": percent, "percent_shown": shown}


def _troubled(current: faults.Faults) -> int:
    """How many faults are on."""
    calm = faults.defaults(dedupe_local_ids=True)
    return sum(current[name] != value for name, value in calm.items())


def _last_calls(state: State) -> list[Row]:
    return state.store.rows("SELECT * FROM api_call ORDER BY id DESC")


def _last_hooks(state: State) -> list[Row]:
    return state.store.rows("SELECT * FROM hook ORDER BY id DESC LIMIT ?", SHOWN_HOOKS)


def _api_call(state: State, row: Row) -> Row:
    fields: dict[str, Any] = json.loads(row["fields"])
    pieces = [f"$SIMULATOR/v1/$KEY/{row['action']}.json"]
    quoted = " ".join(f"--data-urlencode {shlex.quote(f'{k}={v}')}" for k, v in fields.items())
    return row | {
        "fields": fields,
        "time": texts.clock_time(row["at"]),
        "path": f"/v1/••••/{row['action']}.json",
        "ok": row["code"] == 200 and row["reply"][:1] == "{",
        "shown_code": row["code"] if row["reply"][:1] == "{" else row["reply"],
        "reply": row["reply"][:SHOWN_REPLY],
        "milliseconds": round(row["seconds"] * 1000, 1),
        "curl": f'curl -X {row["verb"]} "{pieces[0]}" {quoted}'.strip(),
    }


def _hook(row: Row) -> Row:
    return row | {
        "kind_name": HOOK_KINDS[row["kind"]],
        "fields": json.loads(row["body"]),
        "time": texts.clock_time(row["created"]),
        "attempts_shown": texts.persian_digits(row["attempts"]),
    }


def known_phone(state: State, number: str) -> bool:
    return state.store.value("SELECT 1 FROM phone WHERE number = ?", number) is not None


def last_answer(state: State, number: str) -> str:
    """What a phone texted last."""
    sql = "SELECT text FROM inbound WHERE sender = ? ORDER BY id DESC LIMIT 1"
    return state.store.value(sql, number) or ""
