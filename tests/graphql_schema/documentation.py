"""The pages of docs/api as tests read them, and their names in the small world.

An example is a comment `<!-- example: as EDU, given ordered -->` with a ```graphql block, then
"Variables:" and "Answer:" with ```json blocks. After the state may stand `ordinary` (the document
is not compiled to one statement) and `refused` (the answer holds errors).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from persiantools.digits import en_to_fa

from domain.tracking_code import display
from tests.support.hooks import HERE

DOCS: Final = Path(__file__).parents[2] / "docs" / "api"
PAGES: Final = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}

_NAMES: Final = {
    "EDU-p01": "EDU-p1",
    "EDU-c0105": "EDU-c1",
    "c0105": "c1",
    "p01": "p1",
    "EDU-p07": "EDU-p2",
    "p07": "p2",
    "EDU-DRES": "EDU-S",
    "سازمان نوسازی، توسعه و تجهیز مدارس کشور": "سازمان نوسازی مدارس",
    "شهرستان رشت، استان گیلان": "شهرستان رشت، گیلان",
    "رضا محمدی": "نام operator",
    "نسرین رضایی": "نام senior",
    "مهدی رستگار": "نام provincial",
    "سعید توکلی": "نام county",
    "اکبر صادقی": "نام head",
    "https://cases.example.ir/favad": HERE,
}
"""What the real lists and people are called in the small world; whole texts in quotes only."""
CODES: Final = ("140509031234", "140509044178", "140509052804")
"""Tracking codes of the first, the second, the third case."""
_CHANCE: Final = {
    r"whsec_[\w+/=]+": "whsec_…",
    r"msg_[0-9a-f]{32}": "msg_0f1d9d6cbb4d4f0f8c7d1a2b3c4d5e6f",
}
_EXAMPLE: Final = re.compile(
    r"^<!-- example: as (?P<who>\S+), given (?P<given>\w+)(?P<marks>[a-z, ]*) -->\n+"
    r"```graphql\n(?P<document>.*?)^```\n"
    r"(?:\nVariables:\n\n```json\n(?P<variables>.*?)^```\n)?"
    r"\nAnswer:\n\n```json\n(?P<answer>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def blocks(page: str, kind: str) -> list[str]:
    """The contents of a page's fenced blocks of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)


def small(text: str, codes: dict[str, str] | None = None) -> str:
    """The text with the small world's names, and its tracking codes by those of the docs."""
    for name, other in _NAMES.items():
        text = text.replace(f'"{name}"', f'"{other}"')
    for name, other in (codes or {}).items():
        text = text.replace(name, other)
    return text


def real(text: str, codes: dict[str, str]) -> str:
    """The other way round; what chance made becomes what the docs write for it."""
    for name, other in _NAMES.items():
        text = text.replace(f'"{other}"', f'"{name}"')
    for name, other in codes.items():
        text = text.replace(other, name).replace(_in_texts(other), _in_texts(name))
    for pattern, written in _CHANCE.items():
        text = re.sub(pattern, written, text)
    return text


def _in_texts(code: str) -> str:
    """A tracking code as citizens read it."""
    return str(en_to_fa(display(code)))


@dataclass(frozen=True)
class Example:
    """A documented request with its answer, in the docs' own names."""

    page: str
    line: int
    who: str
    given: str
    marks: frozenset[str]
    document: str
    variables: str
    answer: Any

    @property
    def name(self) -> str:
        found = re.search(r"(?:query|mutation|subscription) (\w+)", self.document)
        return f"{self.page}:{self.line} {found[1] if found else ''}"

    @property
    def is_query(self) -> bool:
        return self.document.startswith(("query", "{"))

    @property
    def is_subscription(self) -> bool:
        return self.document.startswith("subscription")


def examples() -> list[Example]:
    return [
        Example(
            page,
            text.count("\n", 0, found.start()) + 1,
            small(f'"{found["who"]}"').strip('"'),
            found["given"],
            frozenset(re.findall(r"[a-z]+", found["marks"])),
            found["document"],
            found["variables"] or "{}",
            json.loads(found["answer"]),
        )
        for page, text in PAGES.items()
        for found in _EXAMPLE.finditer(text)
    ]
