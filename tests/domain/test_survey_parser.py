"""What a text means: the table, and what holds for every text there could be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answer_words import (
    BUILT_IN,
    LABELS,
    NEGATIONS,
    NUMBER_WORDS,
    OPT_IN_WORDS,
    OPT_OUT_WORDS,
    key,
)
from domain.survey_parser import Kind, Parsed, may_be_label, parse
from domain.text import fold
from tests.domain.answers import ANSWERS, CODE, Row

SCORED = [row[0] for row in ANSWERS if isinstance(row[1], int)]
PLAIN = [row[0] for row in ANSWERS if isinstance(row[1], int) and len(row) == 2]
DIGITS = {
    "ascii": "0123456789",
    "persian": "۰۱۲۳۴۵۶۷۸۹",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "full width": "０１２３４５６７８９",
}
FRAGMENTS = st.lists(
    st.sampled_from(
        [*"12345067", " ", "\u200c", "\n", "-", "/", ".", "؟", "!", "یا", "از", "نمره", "ولی", "نه",
         "خوب", "خیلی", "بد", "عالی", "راضی", "نیست", "نبود", "لغو", "شروع", "یک", "پنج", "روز",
         "کاملا", "ممنون", "good", "not", "چوخ", "یاخشی", "زۆر", "باش"]
    ),
    max_size=8,
).map("".join)  # fmt: skip


def meaning(row: Row) -> Parsed:
    if len(row) == 3:
        return Parsed(Kind.SCORE, row[1], row[2])
    return Parsed(Kind.SCORE, row[1]) if isinstance(row[1], int) else Parsed(row[1])


@pytest.mark.parametrize("row", ANSWERS, ids=[ascii(row[0])[:40] for row in ANSWERS])
def test_the_table(row: Row) -> None:
    assert parse(row[0]) == meaning(row)


def test_the_table_is_large_and_has_no_row_twice() -> None:
    texts = [row[0] for row in ANSWERS]
    assert len(texts) == len(set(texts)) >= 200


def test_the_words_are_folded_and_mean_one_thing_each() -> None:
    for words in (set(NUMBER_WORDS), OPT_OUT_WORDS, OPT_IN_WORDS, NEGATIONS, set(LABELS)):
        assert words == {fold(word) for word in words}
    groups = [set(LABELS), set(NUMBER_WORDS), set(OPT_OUT_WORDS), set(OPT_IN_WORDS)]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert all(LABELS[key(label)] == score for label, score in BUILT_IN.items())
    assert set(LABELS.values()) == set(NUMBER_WORDS.values()) == {1, 2, 3, 4, 5}


def test_the_built_in_labels_could_be_added_by_hand() -> None:
    assert [label for label in BUILT_IN if not may_be_label(label)] == []


def test_what_means_something_else_is_no_label() -> None:
    others = [row[0] for row in ANSWERS if not isinstance(row[1], int) and row[1] != Kind.UNCLEAR]
    words = [*NUMBER_WORDS, *OPT_OUT_WORDS, *OPT_IN_WORDS, *NEGATIONS, "5", "خوب ۵", "خوب؟", CODE]
    denied = ["خوب نبود", "راضی نیستم", "not good", "نمی‌پسندم", "it isn't good", "باش نییە"]
    assert [text for text in others + words + denied if may_be_label(text)] == []


def test_labels_are_whole_messages_of_the_mapping_given() -> None:
    labels = {"کار درستی بود": 5}
    assert parse("کار درستی بود!", labels) == Parsed(Kind.SCORE, 5)
    assert parse("کار درستی بود نه", labels).kind is Kind.UNCLEAR
    assert parse("عالی", labels).kind is Kind.UNCLEAR
    assert parse("۴", labels) == Parsed(Kind.SCORE, 4)


@given(
    st.one_of(st.text(st.characters(), max_size=200), FRAGMENTS),
    st.dictionaries(st.text(max_size=5), st.integers(1, 5)),
)
def test_any_text_has_exactly_one_meaning(text: str, labels: dict[str, int]) -> None:
    parsed = parse(text, labels)
    assert (parsed.kind is Kind.SCORE) == (parsed.score is not None)
    assert parsed.score in {None, 1, 2, 3, 4, 5}
    assert parsed.kind is Kind.SCORE or not parsed.comment
    may_be_label(text)


@given(FRAGMENTS)
def test_white_space_around_changes_nothing(text: str) -> None:
    assert parse(text) == parse(f" {text}\n")


@given(st.one_of(FRAGMENTS, st.sampled_from([row[0] for row in ANSWERS])), st.sampled_from("يى"))
def test_every_spelling_of_a_text_means_the_same(text: str, ya: str) -> None:
    expected = parse(text)
    for digits in DIGITS.values():
        for letters in ({}, {"ی": ya, "ک": "ك"}, {"ی": "ی", "ي": "ی", "ى": "ی", "ك": "ک"}):
            table: dict[str, str | int | None] = {**letters}
            for row in DIGITS.values():
                table |= dict(zip(row, digits, strict=True))
            spelt = parse(text.translate(str.maketrans(table)))
            assert (spelt.kind, spelt.score) == (expected.kind, expected.score)


@given(st.sampled_from(PLAIN), st.sampled_from(["؟", "?", "؟!", " ؟", "？"]))
def test_a_question_never_scores(text: str, mark: str) -> None:
    assert parse(text + mark).kind is not Kind.SCORE
    assert parse(mark + text).kind is not Kind.SCORE


@given(st.sampled_from(PLAIN), st.sampled_from(sorted(NEGATIONS)))
def test_a_negation_never_scores(text: str, negation: str) -> None:
    assert parse(f"{text} {negation}").kind is not Kind.SCORE
    assert parse(f"{negation} {text}").kind is not Kind.SCORE


@given(st.text("\ud800\udfff\x005a\u0661½①"))
def test_surrogates_controls_and_odd_digits_never_raise(text: str) -> None:
    parse(text)


@given(st.integers(1, 5), st.sampled_from(["0", "۰", "٠", "０", "०"]), st.text(" .!»،\u200f\n"))
def test_a_lone_digit_of_any_script_scores(score: int, zero: str, end: str) -> None:
    assert parse(chr(ord(zero) + score) + end) == Parsed(Kind.SCORE, score)


@given(st.integers(1, 5), st.integers(1, 5))
def test_two_scores_are_never_one(first: int, second: int) -> None:
    for glue in (" ", " یا ", "-", ".", "،", " و ", "\n", " or ", " أو "):
        assert parse(f"{first}{glue}{second}").kind is Kind.UNCLEAR


@given(st.integers(0, 10**400))
def test_numbers_of_any_length_never_raise(number: int) -> None:
    parse(str(number))
    parse(f"نمره {number} از {number}")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "نمره" + " " * 100_000 + "x",
        "نمره" + " ی" * 100_000,
        "نمره" + "\u200c" * 100_000 + "x",
        "5" + " " * 100_000 + "x",
        "5 out" + " " * 100_000 + "x",
        "!" * 100_000 + "x",
        "5 x " + "1 روز " * 30_000,
        "ع" * 100_000,
        "ا ب " * 100_000,
        "نه " * 100_000,
    ],
    ids=range(10),
)
def test_a_very_long_text_is_read_like_any_other(text: str) -> None:
    parse(text)
