"""The people with the telephones: each answers surveys in a way of its own."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.seed_texts.fa import TEXTS
from models.enums import TextKind
from tests.soak.service import Simulator

OPT_OUT = "لغو۱۱"
EVERY = 0.5
"""Seconds between two looks at the telephones."""
OPTING_OUT = 0.05
"""Share of the phones of bulk messages whose owners want no more of them."""
_SCORES: dict[str, int] = {
    "5": 5, "۵": 5, "۱": 1, "نمره ۴": 4, "۳": 3, "2": 2, "۴ از ۵": 4, "عالی": 5, "خوب": 4,
    "متوسط": 3, "بد": 2, "افتضاح": 1,
}  # fmt: skip
_COMMENTED: dict[str, int] = {"۲ هنوز حل نشده": 2, "5 ولی دیر شد": 5, "۱ هیچ کاری نشد": 1}
_UNCLEAR = ("خوب نبود", "۳ یا ۴", "نمی‌دانم", "6", "سلام")
_COMMENTS = ("هنوز باجه بسته است", "سپاس از پیگیری شما", "لطفاً زودتر جواب بدهید")


def marker(kind: TextKind) -> re.Pattern[str]:
    """What tells a text of this kind from others: its longest words between placeholders."""
    pieces = re.split(r"\{\w+\}|\n", TEXTS[kind])
    return re.compile(re.escape(max(pieces, key=len).strip()))


_ASKS = marker(TextKind.SURVEY)
_CLARIFIES = marker(TextKind.SURVEY_CLARIFY)
_INVITES = (marker(TextKind.SURVEY_COMMENT), marker(TextKind.SURVEY_REOPENED))


@dataclass
class Citizen:
    """What one person sends back, and what was sent. `scores` are those in the texts sent."""

    phone: str
    habit: str
    dice: random.Random
    seen: int = 0
    sent: list[str] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)

    def answer(self, text: str) -> str | None:
        """The reply to a text, if any."""
        if self.habit == "silent" or OPT_OUT in self.sent:
            return None
        if self.habit == "leaves":
            return OPT_OUT
        if _ASKS.search(text):
            if self.habit == "opts out":
                return OPT_OUT
            if self.habit == "unclear":
                return self.dice.choice(_UNCLEAR)
            return self._score(_COMMENTED if self.habit == "comments at once" else _SCORES)
        if _CLARIFIES.search(text):
            return self._score(_SCORES)
        if self.habit == "comments" and any(invites.search(text) for invites in _INVITES):
            return self.dice.choice(_COMMENTS)
        return None

    def _score(self, among: dict[str, int]) -> str:
        text = self.dice.choice(sorted(among))
        self.scores.append(among[text])
        return text


_HABITS = {
    "scores": 30, "twice": 15, "comments": 15, "comments at once": 15, "unclear": 15,
    "opts out": 5, "silent": 5,
}  # fmt: skip


def everybody(asked: Sequence[str], bulk: Sequence[str], seed: int) -> list[Citizen]:
    """Who owns the phones."""
    dice = random.Random(seed)
    habits = dice.choices(list(_HABITS), list(_HABITS.values()), k=len(asked))
    habits += ["leaves" if dice.random() < OPTING_OUT else "silent" for _ in bulk]
    phones = [*asked, *bulk]
    return [
        Citizen(phone, habit, random.Random(f"{seed}:{phone}"))
        for phone, habit in zip(phones, habits, strict=True)
    ]


class Crowd:
    """Everybody, looking at their telephones now and then."""

    def __init__(self, citizens: Sequence[Citizen], simulator: Simulator) -> None:
        self.citizens = {one.phone: one for one in citizens}
        self.replies = 0
        self._simulator = simulator

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Read what is new on any telephone and answer it."""
        counts = (await self._simulator.get("/_sim/handsets"))["counts"]
        for phone, number in counts.items():
            citizen = self.citizens.get(phone)
            if citizen is not None and citizen.habit != "silent" and number > citizen.seen:
                await self._read(citizen)

    async def _read(self, citizen: Citizen) -> None:
        rows = await self._simulator.messages(citizen.phone)
        texts = [row["text"] for row in rows if row["status"] == 10]
        for text in texts[citizen.seen :]:
            reply = citizen.answer(text)
            if reply is not None:
                twice = citizen.habit == "twice"
                await self._simulator.reply(citizen.phone, reply, twice)
                citizen.sent += [reply] * (1 + twice)
                self.replies += 1 + twice
        citizen.seen = len(texts)
