"""The texts that every deployment starts with, by language; admins then change them."""

from __future__ import annotations

from typing import Final

from domain.seed_texts import ar, azb, ckb, en, fa
from models.enums import Language, TextKind

TEXTS: Final[dict[Language, dict[TextKind, str]]] = {
    Language.PERSIAN: fa.TEXTS,
    Language.AZERI: azb.TEXTS,
    Language.KURDISH: ckb.TEXTS,
    Language.ARABIC: ar.TEXTS,
    Language.ENGLISH: en.TEXTS,
}
