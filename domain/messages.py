"""Texts to citizens and staff: templates are data, Persian, versioned (design §5)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.text import to_persian_digits
from models import MessageTemplate


async def render(key: str, values: Mapping[str, object], language: str = "fa") -> str:
    """The newest active version of the template with its placeholders filled.

    Digits inside values are written as Persian digits.
    """
    template = (
        await MessageTemplate.filter(key=key, language=language, active=True)
        .order_by("-version")
        .first()
    )
    if template is None:
        raise LookupError(f"no message template {key!r} in {language!r}; run `favad migrate`")
    filled = {name: to_persian_digits(str(value)) for name, value in values.items()}
    return template.text.format(**filled)
