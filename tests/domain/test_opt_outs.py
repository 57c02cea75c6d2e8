"""The way back from an opt-out."""

from __future__ import annotations

import pytest

from domain import opt_outs, outbox
from domain.errors import DomainError
from models import OptIn
from tests.support.unchanged import unchanged
from tests.support.world import MOBILE, World


@pytest.mark.parametrize("name", ["operator", "supervisor"])
async def test_lifted_on_the_citizens_word(world: World, name: str) -> None:
    await outbox.opt_out(MOBILE, "reply")
    assert (await opt_outs.of(MOBILE)) is not None
    await opt_outs.opt_in(world[name], MOBILE, "در تماس خواست دوباره پیامک بگیرد")
    assert await opt_outs.of(MOBILE) is None
    kept = await OptIn.get()
    assert (kept.mobile, kept.by_id, kept.at) == (MOBILE, world.users[name].id, world.clock.at)
    assert kept.reason == "در تماس خواست دوباره پیامک بگیرد"


async def test_out_and_in_and_out_again(world: World) -> None:
    for _ in range(2):
        await outbox.opt_out(MOBILE, "reply")
        assert await opt_outs.lift(MOBILE)
    assert not await opt_outs.lift(MOBILE)
    assert await OptIn.filter(reason=opt_outs.BY_TEXT, by_id=None).count() == 2


@pytest.mark.parametrize(
    ("name", "reason", "code"),
    [
        ("admin", "به درخواست شهروند", "forbidden"),
        ("senior", "به درخواست شهروند", "forbidden"),
        ("operator", "", "required"),
        ("operator", "کم", "too_short"),
        ("operator", "م" * 201, "too_long"),
        ("operator", None, "invalid"),
    ],
)
async def test_refused(world: World, name: str, reason: object, code: str) -> None:
    await outbox.opt_out(MOBILE, "reply")
    async with unchanged():
        with pytest.raises(DomainError) as caught:
            await opt_outs.opt_in(world[name], MOBILE, reason)
    assert caught.value.code == code


async def test_nothing_to_lift(world: World) -> None:
    async with unchanged():
        with pytest.raises(DomainError) as caught:
            await opt_outs.opt_in(world["operator"], MOBILE, "به درخواست شهروند")
    assert caught.value.code == "already_done"
