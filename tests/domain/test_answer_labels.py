"""Labels are data: seeded, added, changed, deleted, and read by whoever handles a text."""

from __future__ import annotations

import pytest

from domain import answer_labels
from domain.answer_words import BUILT_IN, LABELS
from domain.errors import DomainError
from domain.seed import seed
from models import AnswerLabel, Feedback
from tests.support.life import answered, asked, text_in
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.world import World


async def test_the_built_in_labels_are_there_from_the_start(world: World) -> None:
    with recorded() as statements:
        found = await answer_labels.load()
    assert found == LABELS and len(statements) == 1
    assert {row.label for row in await AnswerLabel.all()} <= set(BUILT_IN)


async def test_what_an_admin_deleted_does_not_come_back(world: World) -> None:
    await answer_labels.delete(world["admin"], "متوسط")
    await seed()
    assert "متوسط" not in await answer_labels.load()


async def test_an_added_label_scores_as_a_whole_message(world: World) -> None:
    row = await answer_labels.add(world["admin"], "دمتون گرم", "۵")
    assert (row.folded, row.label, row.score) == ("دمتون گرم", "دمتون گرم", 5)
    await asked(world, await answered(world, await world.case()))
    assert (await text_in("دمتون گرم بچه‌ها")).handled_as == "clarified"
    assert (await text_in("دمتون گررررم!")).handled_as == "score"
    assert (await Feedback.get()).rating == 5


async def test_a_changed_label_counts_from_then_on(world: World) -> None:
    await answer_labels.change(world["admin"], "خوب", "5")
    await asked(world, await answered(world, await world.case()))
    await text_in("خوب")
    assert (await Feedback.get()).rating == 5
    [best, *_] = await answer_labels.listed(world["admin"])
    assert best.score == 5


async def test_a_deleted_label_is_asked_about(world: World) -> None:
    await answer_labels.delete(world["admin"], "خوب")
    await asked(world, await answered(world, await world.case()))
    assert (await text_in("خوب")).handled_as == "clarified"
    assert (await text_in("۴")).handled_as == "score"


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("", "required"),
        (None, "invalid"),
        ("م" * 61, "too_long"),
        ("\ufdfa" * 20, "too_long"),
        ("دو\nخط", "invalid_characters"),
        ("خوب", "taken"),
        ("خوووب", "taken"),
        ("عالي", "taken"),
        ("لغو", "not_a_label"),
        ("۱۱", "not_a_label"),
        ("Stop", "not_a_label"),
        ("شروع", "not_a_label"),
        ("۵", "not_a_label"),
        ("پنج", "not_a_label"),
        ("نمره ۵", "not_a_label"),
        ("4821-3907-5612", "not_a_label"),
        ("خوب نبود", "not_a_label"),
        ("نه", "not_a_label"),
        ("not bad", "not_a_label"),
        ("خوب؟", "not_a_label"),
        ("👍", "not_a_label"),
        ("...", "not_a_label"),
    ],
)
async def test_what_is_no_label(world: World, label: object, code: str) -> None:
    async with unchanged():
        with pytest.raises(DomainError) as caught:
            await answer_labels.add(world["admin"], label, "5")
    assert (caught.value.code, caught.value.field) == (code, "label")


@pytest.mark.parametrize(
    ("score", "code"),
    [("", "required"), (None, "required"), ("0", "out_of_range"), ("6", "out_of_range"),
     ("x", "invalid"), ("4.5", "invalid"), ("²", "invalid")],
)  # fmt: skip
async def test_what_is_no_score(world: World, score: object, code: str) -> None:
    for act in (
        answer_labels.add(world["admin"], "دمتون گرم", score),
        answer_labels.change(world["admin"], "خوب", score),
    ):
        async with unchanged():
            with pytest.raises(DomainError) as caught:
                await act
        assert (caught.value.code, caught.value.field) == (code, "score")


async def test_only_admins(world: World) -> None:
    for name in ("operator", "supervisor", "senior"):
        for act in (
            answer_labels.listed(world[name]),
            answer_labels.add(world[name], "دمتون گرم", "5"),
            answer_labels.change(world[name], "خوب", "5"),
            answer_labels.delete(world[name], "خوب"),
        ):
            async with unchanged():
                with pytest.raises(DomainError) as caught:
                    await act
            assert caught.value.code == "forbidden"


@pytest.mark.parametrize("folded", ["", None, "نیست", "a\u0000b", "م" * 61, 5])
async def test_a_label_that_is_not_there(world: World, folded: object) -> None:
    for act in (
        answer_labels.change(world["admin"], folded, "5"),
        answer_labels.delete(world["admin"], folded),
    ):
        async with unchanged():
            with pytest.raises(DomainError) as caught:
                await act
        assert caught.value.code == "not_found"
