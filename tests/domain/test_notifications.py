"""What staff are told: once per key, read up to a point, breaches gathered into one text."""

from __future__ import annotations

from domain import notifications
from domain.actors import CASES_WRITE, of_client
from models import Case, Job, Notification, User
from models.enums import NoticeKind
from tests.support.life import run_jobs, texts
from tests.support.refusals import BAD_KEYS, refused, refuses
from tests.support.world import World, client


async def notices(world: World, name: str = "head") -> list[str]:
    return [row.kind for row in await notifications.unread(world.users[name].id)]


async def breach(world: World, case: Case, key: str) -> None:
    await notifications.notify([world.users["head"]], NoticeKind.BREACH, case, key, by_sms=True)


async def test_one_notice_per_key_and_person(world: World) -> None:
    case = await world.case()
    people = [world.users["head"], world.users["fars"]]
    for _ in range(2):
        await notifications.notify(people, NoticeKind.REMINDER, case, "key")
    await notifications.notify([], NoticeKind.REMINDER, case, "other")
    await notifications.notify(people, NoticeKind.WARNING, case, "key2")
    assert await notices(world) == ["warning", "reminder"] == await notices(world, "fars")


async def test_reading_ends_at_what_was_seen(world: World) -> None:
    case = await world.case()
    for kind in (NoticeKind.REMINDER, NoticeKind.WARNING, NoticeKind.BREACH):
        await notifications.notify([world.users["head"]], kind, case, kind)
    user = world.users["head"].id
    second = await Notification.get(kind=NoticeKind.WARNING)
    await notifications.mark_read(user, second.id)
    assert await notices(world) == ["breach"] and await notifications.unread_count(user) == 1
    read_at = (await Notification.get(kind=NoticeKind.REMINDER)).read_at
    world.clock.forward(minutes=1)
    await notifications.mark_read(user, second.id)
    assert (await Notification.get(kind=NoticeKind.REMINDER)).read_at == read_at


async def test_a_person_reads_up_to_one_of_their_own(world: World) -> None:
    for number in range(3):
        await world.case(f"+98935000000{number}")
    rows = await Notification.filter(user=world.users["senior"]).order_by("id")
    done = await notifications.read(world["senior"], rows[1].id)
    assert done.read_at == world.clock.at
    assert await notifications.of(world["senior"]).filter(read_at=None) == [rows[2]]
    partner = await of_client(await client(world, "EDU", CASES_WRITE))
    for actor in (world["head"], world["supervisor"], partner):
        await refused(notifications.read(actor, rows[2].id), "not_found")
    assert await notifications.of(partner) == []
    await refuses(
        lambda key: notifications.read(world["senior"], key),  # type: ignore[arg-type]
        BAD_KEYS,
        ("not_found", "notification"),
    )


async def test_nobody_reads_for_another(world: World) -> None:
    case = await world.case()
    await notifications.notify([world.users["head"]], NoticeKind.REMINDER, case, "key")
    last = await Notification.all().order_by("-id").first()
    assert last is not None
    await notifications.mark_read(world.users["fars"].id, last.id)
    assert await notices(world) == ["reminder"]


async def test_breaches_within_two_minutes_are_one_text(world: World) -> None:
    case = await world.case()
    await breach(world, case, "a")
    world.clock.forward(seconds=119)
    await breach(world, case, "b")
    await run_jobs()
    assert await texts("staff_breach") == []
    world.clock.forward(seconds=1)
    await run_jobs()
    [digest] = await texts("staff_breach", world.users["head"].mobile)
    assert digest.startswith("۲ پرونده")
    assert not await Job.filter(kind="staff.digest").exists()


async def test_the_same_breach_again_is_no_second_text(world: World) -> None:
    case = await world.case()
    for _ in range(2):
        await breach(world, case, "a")
        world.clock.forward(minutes=3)
        await run_jobs()
    assert len(await texts("staff_breach")) == 1


async def test_a_digest_with_nothing_in_it_is_not_sent(world: World) -> None:
    assert await notifications.send_digest(world.users["head"].id) is None
    assert await texts("staff_breach") == []


async def test_a_person_without_a_number(world: World) -> None:
    await User.filter(id=world.users["head"].id).update(mobile="")
    world.users["head"].mobile = ""
    await breach(world, await world.case(), "a")
    assert await notices(world) == ["breach"]
    assert not await Notification.filter(by_sms=True).exists()


async def test_one_text_per_person_not_per_breach(world: World) -> None:
    case = await world.case()
    people = [world.users["head"], world.users["supervisor"]]
    for key in "abcdef":
        await notifications.notify(people, NoticeKind.BREACH, case, key, by_sms=True)
    world.clock.forward(minutes=3)
    await run_jobs()
    for user in people:
        [digest] = await texts("staff_breach", user.mobile)
        assert digest.startswith("۶ پرونده")
