from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import tracking_code
from domain.survey_parser import LABELS, NUMBER_WORDS, OPT_OUT_WORDS, Kind, Parsed, parse
from domain.text import fold, to_persian_digits

CODE = "48213907561" + tracking_code.check_digit("48213907561")

SCORES: list[tuple[str, int]] = [
    ("5", 5),
    ("۵", 5),
    ("٥", 5),
    ("5.", 5),
    (" ۵ ", 5),
    ("«۵»", 5),
    ("نمره ۵", 5),
    ("عدد 5", 5),
    ("۵ از ۵", 5),
    ("5/5", 5),
    ("پنج", 5),
    ("چهار", 4),
    ("سه", 3),
    ("دو", 2),
    ("یک", 1),
    ("عالی", 5),
    ("خیلی خوب", 5),
    ("راضی‌ام", 4),
    ("خوب", 4),
    ("متوسط", 3),
    ("معمولی", 3),
    ("بد", 2),
    ("ضعیف", 2),
    ("ناراضی", 2),
    ("خیلی بد", 1),
    ("افتضاح", 1),
    ("1", 1),
    ("2", 2),
    ("3", 3),
    ("4", 4),
    ("۱", 1),
    ("۲", 2),
    ("۳", 3),
    ("۴", 4),
    ("١", 1),
    ("٢", 2),
    ("٣", 3),
    ("٤", 4),
    ("５", 5),
    ("⁵", 5),
    ("5️⃣", 5),
    ("5!", 5),
    ("5!!!", 5),
    ("(5)", 5),
    ("[۳]", 3),
    ("*4*", 4),
    ("#5", 5),
    ('"5"', 5),
    ("5،", 5),
    ("5;", 5),
    ("5\n", 5),
    ("\n\n5\n", 5),
    ("\t5", 5),
    ("\u200f۵\u200f", 5),
    ("\u200c۵", 5),
    ("\ufeff5", 5),
    ("5 👍", 5),
    ("👍5", 5),
    ("5 🙏🏻🙏🏻", 5),
    ("نمره: ۵", 5),
    ("نمره=۵", 5),
    ("نمره - ۴", 4),
    ("نمره۵", 5),
    ("نمره من ۵", 5),
    ("نمرهٔ ۵", 5),
    ("نمره ی ۵", 5),
    ("نمره‌ی ۵", 5),
    ("امتیاز ۴", 4),
    ("امتیاز من: ۴", 4),
    ("گزینه 3", 3),
    ("رای ۲", 2),
    ("Score 5", 5),
    ("SCORE: 4", 4),
    ("نمره پنج", 5),
    ("عدد چهار", 4),
    ("پنج از پنج", 5),
    ("چهار از ۵", 4),
    ("نمره ۴ از ۵", 4),
    ("۱ از ۵", 1),
    ("4 / 5", 4),
    ("3/5", 3),
    ("۳/۵.", 3),
    ("پنج.", 5),
    ("پنج!", 5),
    ("پـنـج", 5),
    ("پنج 🌹", 5),
    ("عالي", 5),
    ("عالی.", 5),
    ("عالی!", 5),
    ("عالی 👏👏", 5),
    ("عالیییییی", 5),
    ("عااالی", 5),
    ("عالی بود", 5),
    ("خیلی عالی", 5),
    ("بسیار خوب", 5),
    ("خیلی   خوب", 5),
    ("خیلی\nخوب", 5),
    ("کاملاً راضی", 5),
    ("خوب بود", 4),
    ("خوبه", 4),
    ("راضی", 4),
    ("راضی هستم", 4),
    ("راضي هستم", 4),
    ("متوسط بود", 3),
    ("بد بود", 2),
    ("ناراضی‌ام", 2),
    ("ناراضی هستم", 2),
    ("ضعيف", 2),
    ("خیلی بد بود", 1),
    ("افتضاح!!", 1),
    ("خیلی ناراضی", 1),
    ("5 ستاره", 5),
    ("۵ نمره", 5),
    ("۵ امتیاز", 5),
    ("نمره ۵ می‌دهم", 5),
    ("۵ پنج", 5),
]

WITH_COMMENT: list[tuple[str, int, str]] = [
    ("5 ولی دیر شد", 5, "ولی دیر شد"),
    ("۲ هنوز زباله هست", 2, "هنوز زباله هست"),
    ("۱ هنوز حل نشده", 1, "هنوز حل نشده"),
    ("۱. هنوز حل نشده", 1, "هنوز حل نشده"),
    ("۱- هنوز حل نشده", 1, "هنوز حل نشده"),
    ("۱، هنوز حل نشده!", 1, "هنوز حل نشده!"),
    ("1) آسفالت نشد", 1, "آسفالت نشد"),
    ("5\nسپاسگزارم", 5, "سپاسگزارم"),
    ("5سپاسگزارم", 5, "سپاسگزارم"),
    ("نمره ۴ ولی دیر بود", 4, "ولی دیر بود"),
    ("۴ از ۵ ولی دیر بود", 4, "ولی دیر بود"),
    ("5/5 ممنون", 5, "ممنون"),
    ("«۲» رسیدگی نکردند", 2, "رسیدگی نکردند"),
    ("۱ چرا درست نمی‌کنید؟", 1, "چرا درست نمی‌کنید؟"),
    ("۵ عالی", 5, "عالی"),
    ("۴ خیلی خوب", 4, "خیلی خوب"),
    ("۵ (ممنون)", 5, "(ممنون)"),
    ("۲ بعد از ۳ روز هنوز هیچ", 2, "بعد از ۳ روز هنوز هیچ"),
    ("۴ از کارشناس راضی‌ام", 4, "از کارشناس راضی‌ام"),
    ("۵ و ممنون از شما", 5, "و ممنون از شما"),
    ("۳ thanks", 3, "thanks"),
]

UNCLEAR = [
    "خوب نبود",
    "عالی؟!",
    "نه",
    "1 5",
    "۳ یا ۴",
    "۴.۵",
    "09121234567",
    "۰۹۱۲۱۲۳۴۵۶۷",
    "+989121234567",
    "989121234567",
    "https://example.ir/5",
    "http://5.ir",
    "بله",
    "سلام",
    "نمره",
    "۴٫۵",
    "4,5",
    "4،5",
    "5.0",
    "2-3",
    "2 - 3",
    "۲ تا ۳",
    "۲ و ۳",
    "۱،۲",
    "1/2",
    "۵ از ۱۰",
    "۲۰ از ۲۰",
    "۵ از ۵۰",
    "5/5/1405",
    "1405/9/3",
    "5:30",
    "۵؟",
    "5?",
    "؟",
    "؟؟؟",
    "۵٪",
    "%5",
    "05",
    "00",
    "1405",
    "12345678",
    "۵ یا چهار",
    "۵ نه",
    "۵ نیست",
    "نمره ۵ نمی‌دهم",
    "۵ نمیدم",
    "۲ روز گذشت و خبری نشد",
    "۲روز گذشت",
    "۳ بار تماس گرفتم",
    "۳ ماه است منتظرم",
    "۲ ساعت معطل شدم",
    "۵ نفر جلوی ما بودند",
    "۳ آذر",
    "10 روز گذشت",
    "5G",
    "5th",
    "۵ خیلی بد",
    "۱ عالی",
    "5 چهار",
    "۱ آسفالت ۲ چراغ",
    "۱) آسفالت ۲) چراغ",
    "۵ اشتباه شد ۱",
    "راضی نیستم",
    "بد نبود",
    "عالی نیست",
    "خوب؟",
    "پنج؟",
    "لغو؟",
    "خیلی خوب و سریع",
    "عالی ولی دیر",
    "لغو درخواست",
    "لغو شد",
    "11 روز است منتظرم",
    "11 5",
    "5 11",
    "stop it",
    "پنج هزار",
    "CODE 482139075612",
]

OUT_OF_RANGE = ["0", "6", "10", "20", "۱۰۰", "۰", "٦", "7", "8", "9", "12", "۲۰", "99", "999"]
OUT_OF_RANGE += ["نمره ۲۰", "۱۰.", "«۶»", "0/5", "6 از 5", "۱۰ 👍", "15!"]

OPT_OUT = ["11", "۱۱", "لغو", "لغو۱۱", "انصراف", "stop", "١١", "STOP", "Stop.", " 11 ", "«۱۱»"]
OPT_OUT += ["لغو 11", "لغو ۱۱", "لغو.", "لغو!", "لـغو", "11 لغو", "لغو عضویت", "off11", "ＳＴＯＰ"]
OPT_OUT += ["انصراف!", "لغو پیامک", "unsubscribe", "\u200fلغو\u200f"]

EMPTY = ["", " ", "\n", "\u200c", "👍", "👍🏻👍🏻", "...", "!!!", "«»", "❤️", "\u200f", "-"]
EMPTY += ["🙏 🙏", "ـ"]

CODES = [CODE, tracking_code.display(CODE), f" {CODE} ", f"{CODE[:4]} {CODE[4:8]} {CODE[8:]}"]
CODES += [to_persian_digits(CODE)]


@pytest.mark.parametrize(("text", "score"), SCORES)
def test_scores(text: str, score: int) -> None:
    assert parse(text) == Parsed(Kind.SCORE, score, "")


@pytest.mark.parametrize(("text", "score", "comment"), WITH_COMMENT)
def test_a_leading_score_keeps_the_rest_as_comment(text: str, score: int, comment: str) -> None:
    assert parse(text) == Parsed(Kind.SCORE, score, comment)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((Kind.UNCLEAR, text) for text in UNCLEAR),
        *((Kind.OUT_OF_RANGE, text) for text in OUT_OF_RANGE),
        *((Kind.OPT_OUT, text) for text in OPT_OUT),
        *((Kind.EMPTY, text) for text in EMPTY),
        *((Kind.TRACKING_CODE, text) for text in CODES),
    ],
)
def test_everything_else_has_no_score(kind: Kind, text: str) -> None:
    assert parse(text) == Parsed(kind, None, "")


def test_the_tables_are_large_enough_and_disagree_nowhere() -> None:
    rows = [text for text, _ in SCORES] + [text for text, _, _ in WITH_COMMENT]
    rows += UNCLEAR + OUT_OF_RANGE + OPT_OUT + EMPTY + CODES
    assert len(rows) == len(set(rows)) >= 150
    assert set(LABELS) | set(NUMBER_WORDS) | OPT_OUT_WORDS == {
        fold(word) for word in {*LABELS, *NUMBER_WORDS, *OPT_OUT_WORDS}
    }
    assert not OPT_OUT_WORDS & set(LABELS)


@given(st.text(st.characters(), max_size=200))
def test_any_text_has_exactly_one_meaning(text: str) -> None:
    parsed = parse(text)
    assert (parsed.kind is Kind.SCORE) == (parsed.score is not None)
    assert parsed.score in {None, 1, 2, 3, 4, 5}
    assert parsed.kind is Kind.SCORE or not parsed.comment


@given(st.text("012345۰۵٥ یاازنمره/.-؟!لغو\u200c\u200f\n", max_size=30))
def test_likely_fragments_never_raise(text: str) -> None:
    assert parse(text) == parse(f" {text}\n")


@given(st.text("\ud800\udfff\x005a\u0661½①"))
def test_surrogates_controls_and_odd_digits_never_raise(text: str) -> None:
    parse(text)


@given(st.integers(1, 5), st.sampled_from(["0", "۰", "٠", "０", "०"]), st.text(" .!»،\u200f\n"))
def test_a_lone_digit_of_any_script_scores(score: int, zero: str, end: str) -> None:
    assert parse(chr(ord(zero) + score) + end) == Parsed(Kind.SCORE, score)


@given(st.integers(1, 5), st.integers(1, 5))
def test_two_scores_are_never_one(first: int, second: int) -> None:
    for glue in (" ", " یا ", "-", ".", "،", " و ", "\n"):
        assert parse(f"{first}{glue}{second}").kind is Kind.UNCLEAR


@given(st.sampled_from(sorted(LABELS)), st.sampled_from([" نبود", " نیست", "؟", " نه"]))
def test_a_negated_or_questioned_label_never_scores(label: str, tail: str) -> None:
    assert parse(label + tail).kind is Kind.UNCLEAR


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
        "!" * 100_000 + "x",
        "5 x " + "1 روز " * 30_000,
        "ع" * 100_000,
        "ا ب " * 100_000,
    ],
)
def test_a_very_long_text_is_read_like_any_other(text: str) -> None:
    parse(text)
