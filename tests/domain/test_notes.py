"""Remarks on a case."""

from __future__ import annotations

from domain import notes
from models import Case, CaseEvent, OutboxMessage
from tests.support.life import ordered
from tests.support.refusals import BAD_KEYS, refused, refuses, refuses_texts
from tests.support.world import World


async def test_a_note_is_an_entry_and_no_text_to_the_citizen(world: World) -> None:
    case = await world.case()
    sent = await OutboxMessage.all().count()
    entry = await notes.add(world["senior"], case.tracking_code, "  تلفنی پیگیری شد\r\nفردا ")
    stored = await CaseEvent.get(id=entry.id)
    assert stored.text == "تلفنی پیگیری شد\nفردا" and stored.user_id == world.users["senior"].id
    assert await OutboxMessage.all().count() == sent
    before = case.version
    await case.refresh_from_db()
    assert case.version == before + 1


async def test_a_coordinator_writes_only_while_the_work_is_theirs(world: World) -> None:
    case = await world.case()
    await refused(notes.add(world["county"], case.id, "یادداشت"), "not_found")
    await ordered(world, case)
    await notes.add(world["county"], case.id, "یادداشت")
    await refused(notes.add(world["provincial"], case.id, "یادداشت"), "forbidden")


async def test_not_on_an_older_version(world: World) -> None:
    case = await world.case()
    version = (await Case.get(id=case.id)).version
    await notes.add(world["senior"], case.id, "یادداشت", version)
    await refused(notes.add(world["senior"], case.id, "یادداشت", version), "stale")


async def test_bad_input(world: World) -> None:
    case = await world.case()
    await refuses_texts(lambda text: notes.add(world["senior"], case.id, text), "text", 2, 2000)
    await refuses(
        lambda key: notes.add(world["senior"], key, "یادداشت"),  # type: ignore[arg-type]
        BAD_KEYS,
        ("not_found", "case"),
    )
