"""Keys of repeatable requests: claimed once a day, kept with what was done, then forgotten."""

from __future__ import annotations

from datetime import timedelta

from domain import replies, time
from models import IdempotentReply
from models.database import transaction
from tests.support.world import World

OWNER = "client:1"


async def done(key: str, digest: str = "d") -> bool:
    async with transaction():
        claimed = await replies.claim(OWNER, key, digest)
        if claimed is None:
            return False
        await replies.keep(claimed, {"rows": [["Case", 1]]})
    return True


async def test_a_key_is_claimed_once(world: World) -> None:
    assert await done("k") and not await done("k") and await done("l")
    stored = await replies.stored(OWNER, "k")
    assert (stored.input_hash, stored.reply) == ("d", {"rows": [["Case", 1]]})


async def test_a_claim_that_is_rolled_back_leaves_nothing(world: World) -> None:
    try:
        async with transaction():
            await replies.claim(OWNER, "k", "d")
            raise RuntimeError
    except RuntimeError:
        pass
    assert not await IdempotentReply.exists() and await done("k")


async def test_after_a_day_the_key_is_free_again(world: World) -> None:
    await done("k")
    world.clock.forward(hours=24)
    assert not await done("k", "other")
    world.clock.forward(seconds=1)
    assert await done("k", "other")
    assert (await replies.stored(OWNER, "k")).input_hash == "other"
    assert await IdempotentReply.all().count() == 1


async def test_pruning_takes_only_what_nobody_can_ask_for(world: World) -> None:
    await done("old")
    world.clock.forward(hours=25)
    await done("young")
    assert await replies.prune() == time.now() + timedelta(hours=1)
    assert await IdempotentReply.all().count() == 2
    world.clock.forward(seconds=1)
    await replies.prune()
    assert [row.key for row in await IdempotentReply.all()] == ["young"]
