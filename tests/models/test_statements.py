"""Statements of the busiest paths: what they write, pass over and answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.time import now
from models import Job, Notification, OutboxMessage, database, statements
from tests.support.world import World

LATER = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def job(key: str) -> Job:
    return statements.new(Job, kind="test", key=key, subject_id=1, run_at=LATER)


async def test_a_new_row_is_like_tortoises_own(world: World) -> None:
    given = {"kind": "test", "key": "k", "subject_id": 1, "run_at": LATER}
    assert vars(statements.new(Job, **given)) == vars(Job(**given))
    first, second = job("1"), job("2")
    assert vars(first)["_await_when_save"] is not vars(second)["_await_when_save"]


async def test_rows_are_written_at_once_and_learn_their_ids(world: World) -> None:
    rows = [job(str(number)) for number in range(5)]
    assert await statements.insert(*rows)
    stored = {row.id: row for row in await Job.filter(kind="test")}
    assert [stored[row.id].key for row in rows] == ["0", "1", "2", "3", "4"]
    assert stored[rows[0].id].run_at == LATER and stored[rows[0].id].lease == ""
    rows[0].lease = "mine"
    await rows[0].save()
    assert (await Job.get(key="0")).lease == "mine"


async def test_what_is_there_already_is_passed_over(world: World) -> None:
    first, again, other = job("k"), job("k"), job("l")
    assert await statements.insert(first, unless="key")
    assert not await statements.insert(again, unless="key")
    assert again.pk is None
    assert await statements.insert(job("k"), other, unless="key")
    assert await Job.filter(kind="test").count() == 2


async def test_nothing_to_write(world: World) -> None:
    assert not await statements.insert()


async def test_another_conflict_is_an_error(world: World) -> None:
    row = {"kind": "k", "receptor": "+98", "line": "1", "text": "", "state": "pending"}
    moments = {"created_at": now(), "updated_at": now()}
    first, second = (
        statements.new(OutboxMessage, local_id=7, dedupe_key=key, **row, **moments) for key in "ab"
    )
    assert await statements.insert(first, unless="dedupe_key")
    with pytest.raises(Exception, match=r"(?i)unique"):
        await statements.insert(second, unless="dedupe_key")


async def test_rows_by_a_condition(world: World) -> None:
    await statements.insert(job("a"), job("b"), job("c"))
    found = await statements.select(Job, "kind = $1 AND key > $2 ORDER BY key DESC", "test", "a")
    assert [(row.key, row.run_at) for row in found] == [("c", LATER), ("b", LATER)]
    found[0].lease = "mine"
    await found[0].save()
    assert (await Job.get(key="c")).lease == "mine"


async def test_values_as_the_driver_gives_them(world: World) -> None:
    await statements.insert(job("a"))
    [row] = await statements.fetch("SELECT key AS k, subject_id FROM job WHERE kind = $1", "test")
    assert (row["k"], row["subject_id"]) == ("a", 1)
    assert not await statements.fetch("UPDATE job SET lease = $1 WHERE key = $2", "x", "a")
    assert (await Job.get(key="a")).lease == "x"


async def test_no_json_goes_this_way(world: World) -> None:
    from models import Webhook

    with pytest.raises(AssertionError):
        await statements.insert(Webhook())


async def test_atomic_joins_the_open_transaction(world: World) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction():
            async with database.atomic():
                await statements.insert(job("inner"))
            raise RuntimeError
    with pytest.raises(RuntimeError):
        async with database.atomic():
            await statements.insert(job("own"))
            raise RuntimeError
    assert not await Job.filter(kind="test").exists()
    async with database.atomic():
        await statements.insert(job("kept"))
    assert await Job.filter(kind="test").count() == 1
    assert not await Notification.exists()
