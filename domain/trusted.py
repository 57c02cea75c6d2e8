"""GraphQL documents that this deployment trusts: kept by the SHA-256 of their text, for ever.

A text never changes under its hash, so what was found once is kept in memory.
"""

from __future__ import annotations

import hashlib
from typing import Final

from domain import service
from domain.time import now
from models import TrustedDocument
from models.database import transaction

_KEPT: Final = 1_000
_known: dict[str, str] = {}


class NotTrustworthy(Exception):
    """A document that cannot be trusted; the message names its file and says why."""


def hash_of(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def only() -> bool:
    """Whether nothing but trusted documents is executed."""
    return service.current().trusted_documents_only


async def trust(*texts: str) -> None:
    """Trust these documents from now on; one that is trusted already stays as it is."""
    hashes = {hash_of(text): text for text in texts}
    async with transaction():
        found = await TrustedDocument.filter(hash__in=list(hashes)).values_list("hash", flat=True)
        rows = [
            TrustedDocument(hash=hashed, text=hashes[hashed], created_at=now())
            for hashed in hashes.keys() - set(found)
        ]
        await TrustedDocument.bulk_create(rows, ignore_conflicts=True)


async def text_of(hashed: str) -> str | None:
    """The trusted document with this hash, if there is one."""
    if hashed in _known:
        return _known[hashed]
    row = await TrustedDocument.get_or_none(hash=hashed)
    if row is None:
        return None
    if len(_known) >= _KEPT:
        _known.clear()
    _known[hashed] = row.text
    return row.text
