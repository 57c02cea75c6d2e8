"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

_WORDS: Final = re.compile(r"\s|[^\s{}]+|\{[^\s{}]*\}|[{}]")

Piece = tuple[str, str]
"""`same`, `gone` or `new`, and the words."""


def difference(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in order: without `gone` they are the new text."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(new[new_from:new_to])))
            continue
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        pieces += [piece for piece in (("gone", gone), ("new", come)) if piece[1]]
    return pieces
