"""Trusted documents are kept by their hash and read from the database once."""

from __future__ import annotations

import pytest

from domain import trusted
from models import TrustedDocument
from tests.support.world import World


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted, "_known", {})


async def test_trusted_once_and_for_ever(world: World) -> None:
    await trusted.trust("{ a }", "{ b }", "{ a }")
    world.clock.forward(days=1)
    await trusted.trust("{ a }", "{ سلام }")
    rows = {row.text: row for row in await TrustedDocument.all()}
    assert set(rows) == {"{ a }", "{ b }", "{ سلام }"}
    assert rows["{ a }"].created_at < rows["{ سلام }"].created_at
    assert all(trusted.hash_of(text) == row.hash for text, row in rows.items())
    assert await trusted.text_of(trusted.hash_of("{ سلام }")) == "{ سلام }"


async def test_found_once_read_no_more(world: World) -> None:
    hashed = trusted.hash_of("{ a }")
    assert await trusted.text_of(hashed) is None
    await trusted.trust("{ a }")
    assert await trusted.text_of(hashed) == "{ a }"
    await TrustedDocument.all().delete()
    assert await trusted.text_of(hashed) == "{ a }"


async def test_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted, "_KEPT", 2)
    texts = ["{ a }", "{ b }", "{ c }"]
    await trusted.trust(*texts)
    for text in texts * 2:
        assert await trusted.text_of(trusted.hash_of(text)) == text
        assert len(trusted._known) <= 2
