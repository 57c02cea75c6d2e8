"""Cases that are ready to be played: what a citizen says on the telephone."""

from __future__ import annotations

from dataclasses import dataclass

from sms.simulator.state import DEMO_PHONES


@dataclass(frozen=True)
class Story:
    """A citizen with a complaint. The agency is one that the service's own list has."""

    key: str
    number: str
    title: str
    agency: str
    place: str
    says: str


STORIES = (
    Story(
        "closed-desk",
        DEMO_PHONES[0][0],
        "باجه‌ای که زود بسته شد",
        "شعبه تأمین اجتماعی شهرستان رشت",
        "گیلان، رشت",
        "امروز ساعت ۱۲ به شعبه رفتم. باجه‌ها را دو ساعت زودتر از پایان ساعت کار بسته بودند و "
        "گفتند فردا بیایید. کسی هم به جای کارمند نبود.",
    ),
    Story(
        "no-notice",
        DEMO_PHONES[1][0],
        "مدرکی که کسی نگفته بود",
        "شعبه تأمین اجتماعی شهرستان رشت",
        "گیلان، رشت",
        "برای دفترچه سه بار رفتم و هر بار یک مدرک تازه خواستند. فهرست مدارک نه در سایت هست و "
        "نه روی تابلوی شعبه.",
    ),
)


def of(number: str) -> Story | None:
    """The story of a phone."""
    return next((story for story in STORIES if story.number == number), None)


def named(key: str) -> Story | None:
    return next((story for story in STORIES if story.key == key), None)
