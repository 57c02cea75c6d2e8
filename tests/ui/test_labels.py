"""Everything that the domain names has a name in Persian."""

from __future__ import annotations

from models.enums import (
    EventKind,
    LadderRung,
    Language,
    Meaning,
    NoticeKind,
    Settlement,
    TextKind,
)
from ui import conversation_view, labels


def test_every_kind_has_its_label() -> None:
    assert set(labels.EVENT) == set(EventKind) - {EventKind.LADDER}
    assert set(labels.LADDER) == set(LadderRung) - {LadderRung.BREACH}
    assert set(labels.NOTICE) == set(NoticeKind)
    assert set(labels.MESSAGE) == set(TextKind)
    assert set(labels.LANGUAGE) == set(Language)
    assert set(conversation_view.MEANING) == set(Meaning)
    assert set(conversation_view.SETTLEMENT) == set(Settlement)
