"""Everything that the domain names has a name in Persian."""

from __future__ import annotations

from models.enums import EventKind, LadderRung, NoticeKind, TextKind
from ui import labels

UNSEEN = {
    TextKind.IDENTITY_CODE,
    TextKind.STATUS_UNKNOWN,
    TextKind.RECEIVED,
    TextKind.STAFF_BREACH,
}
"""Texts that belong to no case."""


def test_every_kind_has_its_label() -> None:
    assert set(labels.EVENT) == set(EventKind) - {EventKind.LADDER}
    assert set(labels.LADDER) == set(LadderRung) - {LadderRung.BREACH}
    assert set(labels.NOTICE) == set(NoticeKind)
    assert set(labels.MESSAGE) == set(TextKind) - UNSEEN
