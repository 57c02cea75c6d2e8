"""What the pages of the browser handset show, read from the store."""

from __future__ import annotations

from typing import Any

from sms.simulator import faults, network, stories, telephone
from sms.simulator import text as texts
from sms.simulator.codes import SECOND
from sms.simulator.state import State
from sms.simulator.store import Row

SHOWN_PHONES = 100
SHOWN_MESSAGES = 200
SIDE_BY_SIDE = 3
COLOURS = 6

PHONE_STATES = {
    "on": ("روشن", "پیامک‌ها می‌رسند"),
    "off": ("خاموش", "پیامک در مخابرات می‌ماند و پس از مهلت «نرسیده» می‌شود"),
    "ad_block": ("تبلیغات مسدود", "خط‌های تبلیغاتی به این گوشی نمی‌رسند؛ کد یک‌بارمصرف می‌رسد"),
    "never": ("نمی‌رسد", "هر ارسال به این شماره ناموفق است"),
    "slow": ("کُند", "هر پیامک ده برابر دیرتر می‌رسد"),
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
SPOKEN = {
    1: "در صف تماس",
    2: "زمان‌بندی‌شده",
    4: "زنگ می‌خورد",
    6: "تماس ممکن نشد",
    10: "شنیده شد",
    11: "پاسخ داده نشد",
    13: "لغو شد",
}
CALL_STATES = {"ringing": "در حال زنگ زدن…", "answered": "ارتباط برقرار است"}
ANSWERS = ("5", "۵", "پنج", "عالی", "۲ هنوز حل نشده", "لغو", "11")


def page(state: State, numbers: list[str]) -> Row:
    """Everything on a page with phones; `numbers` are those to be open, else the latest one."""
    phones = _phones(state, numbers)
    by_number = {row["number"]: row for row in phones}
    shown = [by_number[number] for number in numbers if number in by_number] or phones[:1]
    open_numbers = [row["number"] for row in shown]
    for row in phones:
        row["open"] = row["number"] in open_numbers
        more = len(open_numbers) < SIDE_BY_SIDE and not row["open"]
        row["join"] = _address([*open_numbers, row["number"]]) if more else ""
    devices = [device(state, row, open_numbers) for row in shown]
    return {
        "phones": phones,
        "phone": shown[0] if shown else None,
        "devices": devices,
        "stories": [_story(story) for story in stories.STORIES],
        "story": stories.of(shown[0]["number"]) if shown else None,
        "phone_states": PHONE_STATES,
        **frame(state),
    }


def frame(state: State) -> Row:
    """What every page shows around itself."""
    return {
        "now": texts.clock_time(state.now()),
        "today": texts.jalali_day(state.now()),
        "ahead": _ahead(state),
        "app_url": state.config.app_url,
        "credit": texts.grouped(0 if state.faults["no_credit"] else state.credit),
        "troubled": texts.persian_digits(troubled(state)) if troubled(state) else "",
    }


def device(state: State, phone: Row, open_numbers: list[str]) -> Row:
    """One phone as it is drawn."""
    number = phone["number"]
    others = [other for other in open_numbers if other != number]
    line = network.reply_line(state, number)
    return {
        "phone": phone,
        "threads": _threads(state, number),
        "call": _call(state, number),
        "incoming": network.ringing(state, number),
        "answers": ANSWERS,
        "line": texts.persian_digits(line),
        "close": _address(others) if others else "",
    }


def mark_read(state: State, number: str) -> None:
    state.store.run("UPDATE phone SET read_at = ? WHERE number = ?", state.now(), number)


def troubled(state: State) -> int:
    """How many faults are on."""
    calm = faults.defaults(state.config.dedupe_local_ids)
    ignored = ("seed", "webhook_format")
    return sum(
        calm.get(name) != value for name, value in state.faults.items() if name not in ignored
    )


def known_phone(state: State, number: str) -> bool:
    return state.store.value("SELECT 1 FROM phone WHERE number = ?", number) is not None


def last_answer(state: State, number: str) -> str:
    """What a phone texted last."""
    sql = "SELECT text FROM inbound WHERE sender = ? ORDER BY id DESC LIMIT 1"
    return state.store.value(sql, number) or ""


def _address(numbers: list[str]) -> str:
    first, *others = numbers
    return f"/phones/{first}" + (f"?beside={','.join(others)}" if others else "")


def _ahead(state: State) -> str:
    """How far the simulated clock is ahead of the real one, in words; empty if it is not."""
    hours = round((state.now() - state.config.clock()) / 3_600)
    days, rest = divmod(hours, 24)
    words = [f"{days} روز"] if days else []
    words += [f"{rest} ساعت"] if rest else []
    return texts.persian_digits(" و ".join(words))


def _story(story: stories.Story) -> Row:
    return {"story": story, "shown": texts.persian_digits(story.number)}


def _phones(state: State, chosen: list[str]) -> list[Row]:
    """Phones with a name before the others, each by last use; and the chosen ones."""
    rows = state.store.rows(
        "SELECT * FROM phone ORDER BY name <> '' DESC, active_at DESC LIMIT ?", SHOWN_PHONES
    )
    listed = {row["number"] for row in rows}
    for number in chosen:
        if number not in listed:
            rows += state.store.rows("SELECT * FROM phone WHERE number = ?", number)
    rows.sort(key=lambda row: (row["name"] != "", row["active_at"]), reverse=True)
    for row in rows:
        _describe(state, row)
    return rows


def _describe(state: State, row: Row) -> None:
    number = row["number"]
    last = state.store.row(
        "SELECT text, created FROM ("
        "SELECT * FROM (SELECT text, created FROM message WHERE receptor = ?1 "
        "ORDER BY created DESC LIMIT 1) UNION ALL "
        "SELECT * FROM (SELECT text, created FROM inbound WHERE sender = ?1 "
        "ORDER BY created DESC LIMIT 1)) ORDER BY created DESC LIMIT 1",
        number,
    )
    unread = state.store.value(
        "SELECT count(*) FROM message WHERE receptor = ? AND created > ? AND status = 10",
        number,
        row["read_at"],
    )
    row["shown"] = texts.persian_digits(number)
    row["title"] = row["name"] or row["shown"]
    row["initial"] = row["name"][:1] or "؟"
    row["colour"] = sum(map(int, number)) % COLOURS
    row["national"] = texts.persian_digits(row["national_id"])
    row["preview"] = last["text"] if last else "هنوز پیامی نیست"
    row["when"] = texts.clock_time(last["created"]) if last else ""
    row["state_name"], row["state_hint"] = PHONE_STATES[row["state"]]
    row["unread"] = unread
    row["unread_shown"] = texts.persian_digits(min(unread, 99)) + ("+" if unread > 99 else "")


def _threads(state: State, number: str) -> list[Row]:
    """The bubbles of a phone, grouped by line; the line used last stands last."""
    rows = state.store.rows(
        """
        SELECT * FROM (
            SELECT id, 0 AS mine, provider, kind, line, text, parts, status, created
            FROM message WHERE receptor = ?1
            UNION ALL
            SELECT id, 1, '', 'sms', line, text, parts, 0, created FROM inbound WHERE sender = ?1
            ORDER BY created DESC, id DESC LIMIT ?2
        ) ORDER BY created, id
        """,
        number,
        SHOWN_MESSAGES,
    )
    second_line = texts.line(state.config.second_line)
    threads: dict[str, list[Row]] = {}
    for row in rows:
        bubbles = threads.pop(row["line"], [])
        threads[row["line"]] = bubbles
        day = texts.jalali_day(row["created"])
        row["new_day"] = day if not bubbles or bubbles[-1]["day"] != day else ""
        row["day"] = day
        bubbles.append(row | _bubble(row))
    return [
        {
            "line": line,
            "shown": texts.persian_digits(line),
            "second": line == second_line,
            "bubbles": bubbles,
        }
        for line, bubbles in threads.items()
    ]


def _bubble(row: Row) -> dict[str, Any]:
    tick, status_name = STATUSES.get(row["status"], ("", ""))
    if row["kind"] == "call":
        status_name = SPOKEN.get(row["status"], status_name)
    return {
        "time": texts.clock_time(row["created"]),
        "full_time": texts.jalali(row["created"]),
        "parts_shown": texts.persian_digits(row["parts"]),
        "tick": tick,
        "status_name": status_name,
        "second": row["provider"] == SECOND,
    }


def _call(state: State, number: str) -> Row | None:
    call = telephone.current(state, number)
    if call is None:
        return None
    trouble = call["result"] if call["result"] and not call["result"].startswith("2") else ""
    return call | {
        "state_name": CALL_STATES[call["state"]],
        "since": texts.clock_time(call["answered"] or call["started"]),
        "trouble": "" if trouble == "off" else texts.persian_digits(trouble),
    }
