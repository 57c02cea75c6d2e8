"""Characters that no text of a request may hold: they break stores, logs and terminals."""

from __future__ import annotations

import re
from typing import Any, Final

_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def has_forbidden(text: str) -> bool:
    """Whether there is a control character (but tab and line breaks) or a lone surrogate."""
    return _FORBIDDEN.search(text) is not None


def forbidden_path(value: Any, name: str) -> str | None:
    """Where in a JSON value a text has forbidden characters: `variables.input.text`."""
    waiting = [(name, value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, str) and has_forbidden(item):
            return path
        if isinstance(item, dict):
            if any(has_forbidden(key) for key in item):
                return path
            waiting += [(f"{path}.{key}", inner) for key, inner in item.items()]
        elif isinstance(item, list):
            waiting += [(f"{path}.{index}", inner) for index, inner in enumerate(item)]
    return None
