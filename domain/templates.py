"""Texts to citizens and staff that admins may change: checked, measured, kept version by version.

What may stand in each is said by `template_kinds`. A published text never changes; the newest
active version of a kind and language is in force, and older ones stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tortoise.queryset import QuerySet

from domain import messages, permissions
from domain.actors import Actor
from domain.errors import DomainError, NotFound
from domain.measure import MAX_UNITS, Measure, measure
from domain.template_kinds import KINDS, OPT_OUT_WORDS
from domain.text import clean_text
from domain.time import now
from models import MessageTemplate
from models.database import lock_name, transaction
from models.enums import Language, Role, TextKind

MAX_PARTS: Final = 4
"""With the longest values."""

_FIELD: Final = "text"
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
_BRACES: Final = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with values in it. `cost` is in Rial; nothing is known of what a call costs."""

    text: str
    measure: Measure
    cost: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A text with usual values and with the longest ones."""

    sample: Filled
    longest: Filled


def kind_of(value: object) -> TextKind:
    """Raises NotFound."""
    if isinstance(value, str) and value in set(TextKind):
        return TextKind(value)
    raise NotFound("text")


def language_of(value: object) -> Language:
    """Raises NotFound."""
    if isinstance(value, str) and value in set(Language):
        return Language(value)
    raise NotFound("language")


def placeholders(text: str) -> frozenset[str]:
    """Names that stand in braces. DomainError `braces` for any brace that is not of `{name}`."""
    if _BRACES.search(_PLACEHOLDER.sub("", text)):
        raise DomainError("braces", _FIELD)
    return frozenset(_PLACEHOLDER.findall(text))


def measured(kind: TextKind, language: Language, text: str, part_cost: int) -> Measured:
    """How long the text gets. Raises DomainError `braces` and `unknown_placeholder`."""
    _known(kind, text)
    known = KINDS[kind]
    cost = None if known.spoken else part_cost
    return Measured(
        _filled(text, known.samples(language), language, cost),
        _filled(text, known.longest(language), language, cost),
    )


def cleaned(language: Language, text: object) -> str:
    """The text as typed, mended. Raises DomainError as `clean_text`; a tab is refused too."""
    wording = clean_text(text, _FIELD, max=MAX_UNITS, arabic=language is Language.ARABIC)
    if "\t" in wording:
        raise DomainError("invalid_characters", _FIELD)
    return wording


def checked(kind: TextKind, language: Language, text: object) -> str:
    """The text as it may be published.

    Raises DomainError on the field `text`: as `cleaned`, `braces`, `unknown_placeholder`,
    `missing_placeholder`, `opt_out_missing`, `too_many_parts`.
    """
    wording = cleaned(language, text)
    names = _known(kind, wording)
    known = KINDS[kind]
    missing = known.required - names
    if missing:
        raise DomainError("missing_placeholder", _FIELD, names=shown(missing))
    if known.opt_out and OPT_OUT_WORDS not in wording:
        raise DomainError("opt_out_missing", _FIELD)
    parts = measured(kind, language, wording, 0).longest.measure.parts
    if parts > MAX_PARTS:
        raise DomainError("too_many_parts", _FIELD, parts=parts, max=MAX_PARTS)
    return wording


def shown(names: frozenset[str]) -> str:
    """Placeholders as they are typed: "{code}، {result}"."""
    return "، ".join(f"{{{name}}}" for name in sorted(names)) or "–"


async def publish(
    actor: Actor,
    kind: TextKind,
    language: Language,
    text: object,
    expected_version: int | None = None,
) -> MessageTemplate:
    """Put a text in force as the next version; those before it stay.

    Refused are what `checked` refuses, the text that is in force already (`unchanged`), and, with
    `expected_version`, when another version came into force meanwhile (`stale`).
    """
    permissions.require_role(actor, Role.ADMIN)
    wording = checked(kind, language, text)
    async with transaction():
        await lock_name(f"template:{kind}:{language}")
        current = await _in_force(kind, language)
        if expected_version is not None and expected_version != (current.version if current else 0):
            raise DomainError("stale")
        if current is not None and current.text == wording:
            raise DomainError("unchanged", _FIELD)
        return await MessageTemplate.create(
            key=kind,
            language=language,
            version=await _last_version(kind, language) + 1,
            text=wording,
            author_id=actor.user_id,
            created_at=now(),
        )


async def restore(
    actor: Actor,
    kind: TextKind,
    language: Language,
    version: int,
    expected_version: int | None = None,
) -> MessageTemplate:
    """Publish an older text again, if it is still a good one."""
    permissions.require_role(actor, Role.ADMIN)
    for older in await history(kind, language):
        if older.version == version:
            return await publish(actor, kind, language, older.text, expected_version)
    raise NotFound("version")


async def history(kind: TextKind, language: Language) -> list[MessageTemplate]:
    """Every version with its author, newest first."""
    return await _versions(kind, language).order_by("-version").select_related("author")


async def in_force() -> dict[tuple[str, str], MessageTemplate]:
    """The text that is sent, by kind and language."""
    rows = await MessageTemplate.filter(active=True).order_by("version")
    return {(row.key, row.language): row for row in rows}


async def _in_force(kind: TextKind, language: Language) -> MessageTemplate | None:
    return await _versions(kind, language).filter(active=True).order_by("-version").first()


async def _last_version(kind: TextKind, language: Language) -> int:
    last = await _versions(kind, language).order_by("-version").first()
    return last.version if last else 0


def _versions(kind: TextKind, language: Language) -> QuerySet[MessageTemplate]:
    return MessageTemplate.filter(key=kind, language=language)


def _known(kind: TextKind, text: str) -> frozenset[str]:
    """The placeholders of a text, all of which can be filled."""
    names = placeholders(text)
    allowed = KINDS[kind].names
    if names - allowed:
        raise DomainError("unknown_placeholder", _FIELD, names=shown(allowed))
    return names


def _filled(
    text: str, values: Mapping[str, str], language: Language, part_cost: int | None
) -> Filled:
    filled = messages.fill(text, values, language)
    size = measure(filled)
    return Filled(filled, size, None if part_cost is None else size.parts * part_cost)
