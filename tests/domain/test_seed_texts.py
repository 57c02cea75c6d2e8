"""Every text that a deployment starts with: complete, short enough, written as its language is."""

from __future__ import annotations

import re

import pytest

from domain import templates
from domain.generate import replies
from domain.measure import MAX_INSERTED, utf16_units
from domain.seed_data import BODIES, INDICATORS
from domain.seed_texts import TEXTS
from domain.status_words import STATUS_WORDS
from domain.template_kinds import KINDS, OPT_OUT_WORDS
from domain.templates import Measured, measured
from models import MessageTemplate
from models.enums import CaseStatus, Language, TextKind
from tests.support.world import World

LRM = "\u200e"
EACH = [
    pytest.param(language, kind, id=f"{language.value}-{kind.value}")
    for language in Language
    for kind in TextKind
]
FOREIGN = {
    Language.PERSIAN: "[يكىةۀ٠-٩0-9A-Za-z]",
    Language.AZERI: "[يكىةۀ٠-٩0-9A-Za-z]",
    Language.KURDISH: "[يكىة۰-۹0-9A-Za-z]",
    Language.ARABIC: "[یکپچژگ۰-۹0-9A-Za-z]",
    Language.ENGLISH: r"[^ -~\n]",
}
UNSIGNED = {TextKind.IDENTITY_CODE, TextKind.RECEIVED, TextKind.STAFF_BREACH}
"""Texts that name 128 in their words instead."""


def filled(language: Language, kind: TextKind) -> Measured:
    return measured(kind, language, TEXTS[language][kind], 1200)


def test_every_language_has_every_text() -> None:
    assert set(KINDS) == set(TextKind)
    assert set(TEXTS) == set(STATUS_WORDS) == set(Language)
    assert all(set(texts) == set(TextKind) for texts in TEXTS.values())
    assert all(set(words) == set(CaseStatus) for words in STATUS_WORDS.values())


@pytest.mark.parametrize(("language", "kind"), EACH)
def test_a_text_could_be_published_as_it_is(language: Language, kind: TextKind) -> None:
    text = TEXTS[language][kind]
    assert templates.checked(kind, language, text) == text
    assert "  " not in text and LRM not in text
    assert all(line == line.strip() for line in text.split("\n"))


@pytest.mark.parametrize(("language", "kind"), EACH)
def test_a_text_fits_also_with_the_longest_values(language: Language, kind: TextKind) -> None:
    longest = filled(language, kind).longest
    assert "{" not in longest.text and "}" not in longest.text
    assert 1 <= longest.measure.parts <= 4
    if kind in (TextKind.SURVEY, TextKind.SURVEY_REMINDER):
        assert longest.measure.parts <= 2
    if kind is TextKind.IDENTITY_CODE:
        assert longest.measure.parts == 1
    if kind is TextKind.REGISTERED:
        assert longest.measure.parts <= 2


@pytest.mark.parametrize(("language", "kind"), EACH)
def test_letters_and_digits_are_of_the_language(language: Language, kind: TextKind) -> None:
    text = TEXTS[language][kind].replace(OPT_OUT_WORDS, "")
    own = re.sub(r"\{[a-z]+\}", "", text)
    assert not re.search(FOREIGN[language], own), own


@pytest.mark.parametrize(("language", "kind"), EACH)
def test_no_line_begins_with_a_code(language: Language, kind: TextKind) -> None:
    """Its left-to-right mark would turn the whole line around on a handset."""
    if language is not Language.ENGLISH:
        assert not re.search(r"^\{code", TEXTS[language][kind], re.MULTILINE)


@pytest.mark.parametrize("language", Language)
def test_who_writes_is_said(language: Language) -> None:
    number = {Language.ENGLISH: "128", Language.ARABIC: "١٢٨", Language.KURDISH: "١٢٨"}
    signature = ("Favad " if language is Language.ENGLISH else "فواد ") + number.get(
        language, "۱۲۸"
    )
    for kind, text in TEXTS[language].items():
        expected = number.get(language, "۱۲۸") if KINDS[kind].spoken else signature
        if kind in UNSIGNED:
            assert number.get(language, "۱۲۸") in text
        else:
            assert expected in text, (kind, text)


@pytest.mark.parametrize("language", Language)
def test_who_is_asked_can_opt_out_and_who_is_called_hears_nothing_of_it(language: Language) -> None:
    for kind, text in TEXTS[language].items():
        assert KINDS[kind].opt_out is text.endswith(f"\n{OPT_OUT_WORDS}")
    spoken = filled(language, TextKind.RESULT_CALL).sample.text
    assert "لغو" not in spoken and "\n" not in spoken
    assert not re.search(r"[0-9۰-۹٠-٩]{4}", spoken)


@pytest.mark.parametrize("language", Language)
def test_the_scale_has_words_at_both_ends(language: Language) -> None:
    asked = (TextKind.SURVEY, TextKind.SURVEY_REMINDER, TextKind.SURVEY_CLARIFY)
    for kind in asked:
        assert re.search(r"[1۱١] \(\D+\).*[5۵٥] \(\D+\)", TEXTS[language][kind])


def test_persian_words_of_the_service_have_no_foreign_letters() -> None:
    bodies = [value for row in BODIES for key, value in row.items() if key in ("title", "guidance")]
    titles = [row[key] for row in INDICATORS for key in ("title", "short")]
    examples = [text for row in INDICATORS for text in row["examples"]]
    kinds = [text for kind in KINDS.values() for text in (kind.title, kind.sent)]
    kinds += [item.meaning for kind in KINDS.values() for item in kind.placeholders]
    for text in bodies + titles + examples + kinds + list(STATUS_WORDS[Language.PERSIAN].values()):
        assert not re.search(FOREIGN[Language.PERSIAN], text), text


@pytest.mark.parametrize("language", Language)
def test_every_body_fits_the_text_about_it(language: Language) -> None:
    for body in BODIES:
        text = TEXTS[language][TextKind.OUT_OF_SCOPE].format(
            body=body["title"], guidance=body["guidance"]
        )
        assert utf16_units(text) <= 4 * 67


def test_generated_words_fit_into_a_text() -> None:
    results = [*replies.WEAK_RESULTS, *[text for some in replies.RESULTS.values() for text in some]]
    for text in [*results, *replies.NATIONAL_RESULTS, *replies.QUESTIONS]:
        assert utf16_units(text) <= MAX_INSERTED, text


async def test_every_text_is_in_force_once(world: World) -> None:
    rows = await MessageTemplate.all()
    assert sorted((row.language, row.key) for row in rows) == sorted(
        (language.value, kind.value) for language in Language for kind in TextKind
    )
    assert {row.version for row in rows} == {1}
