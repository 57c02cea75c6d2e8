"""The words of answers to the survey, in the languages of texts to citizens; all of them folded.

Only words that mean one thing whoever writes them: «باشه» is Kurdish for good and Persian for
"all right", so it is none of them.
"""

from __future__ import annotations

import re
from typing import Final

from domain.text import fold

_STRETCHED: Final = re.compile(r"(\w)\1{2,}")


def key(text: str) -> str:
    """The form in which whole messages are compared: «عالیییی!» as «عالی»."""
    return unstretched(strip_ends(fold(text)))


def strip_ends(text: str) -> str:
    """Without punctuation, emoji and other signs at both ends."""
    start, end = 0, len(text)
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return text[start:end]


def unstretched(text: str) -> str:
    """Without letters drawn out three times or more."""
    return _STRETCHED.sub(r"\1", text)


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split("|"))


_LABELS: Final[dict[int, tuple[str, ...]]] = {
    5: (
        (
            "عالی|عالیه|عالی بود|خیلی عالی|بسیار عالی|خیلی خوب|خیلی خوبه|خیلی خوب بود|بسیار خوب"
            "|بسیار خوب بود|خیلی راضی‌ام|خیلی راضی|خیلی راضی بودم|کاملا راضی|کاملا راضی‌ام|فوق العاده"
            "|kheili khoob|kheyli khoob|aali"
        ),
        "excellent|perfect|great|very good|very satisfied|outstanding",
        "ممتاز|رائع|جيد جدا|جيد جداً|راض جدا|راضي جدا",
        "چوخ یاخشی|چوخ یاخشیدی|چوخ گؤزل|چوخ گوزل|چوخ راضییام|çox yaxşı|cox yaxsi",
        "زۆر باش|زۆر باشە|زۆر باش بوو|زور باش|نایاب|زۆر ڕازیم",
    ),
    4: (
        (
            "خوب|خوبه|خوب است|خوب بود|راضی|راضی‌ام|راضی ام|راضی هستم|راضی بودم|رضایت دارم|khoob"
            "|khoob bood"
        ),
        "good|satisfied|it was good",
        "جيد|كان جيدا|راض",
        "یاخشی|یاخشیدی|راضییام|yaxşı|yaxsi",
        "باش بوو|ڕازیم",
    ),
    3: (
        "متوسط|متوسط بود|متوسطه|معمولی|معمولی بود|معمولیه|motevaset|mamooli",
        "average|so-so|so so|fair|neutral",
        "عادي|مقبول",
        "اورتا|اورتا حال|orta",
        "مامناوەند|ناوەند",
    ),
    2: (
        "بد|بد بود|ضعیف|ضعیف بود|ناراضی|ناراضی‌ام|ناراضی ام|ناراضی هستم|ناراضی بودم|zaeif",
        "bad|poor|dissatisfied|unsatisfied|it was bad",
        "سيئ|سيء|سيئة|كان سيئا",
        "پیس|پیسدی|ناراضییام|pis",
        "خراپ|خراپە|خراپ بوو|ناڕازیم",
    ),
    1: (
        (
            "خیلی بد|خیلی بد بود|بسیار بد|بسیار بد بود|افتضاح|افتضاحه|افتضاح بود|خیلی ضعیف"
            "|بسیار ضعیف|خیلی ناراضی|خیلی ناراضی‌ام|کاملا ناراضی|کاملا ناراضی‌ام|kheili bad"
            "|kheyli bad|eftezah"
        ),
        "very bad|terrible|awful|horrible|very poor|very dissatisfied",
        "سيئ جدا|سيء جدا|سيئ للغاية",
        "چوخ پیس|چوخ پیسدی|çox pis|cox pis",
        "زۆر خراپ|زۆر خراپە|زۆر خراپ بوو|زور خراپ",
    ),
}
"""Persian, English, Arabic, Azeri Turkish, Sorani, as written."""

BUILT_IN: Final[dict[str, int]] = {
    label: score
    for score, languages in _LABELS.items()
    for words in languages
    for label in words.split("|")
}
"""Whole messages and the score they stand for, as written; `domain.answer_labels` seeds them."""
LABELS: Final[dict[str, int]] = {key(label): score for label, score in BUILT_IN.items()}
"""`BUILT_IN` by `key`."""

_NUMBERS: Final[dict[int, str]] = {
    1: "یک|one|واحد|واحدة|بیر|bir|یەک|yek",
    2: "دو|two|اثنان|اثنين|ایکی|iki|دوو",
    3: "سه|three|ثلاثة|ثلاث|اوچ|üç|سێ",
    4: "چهار|four|اربعة|أربعة|اربع|دؤرد|دورد|dörd|چوار|chahar",
    5: "پنج|five|خمسة|خمس|بئش|beş|پێنج|panj",
}
NUMBER_WORDS: Final[dict[str, int]] = {
    fold(word): number for number, words in _NUMBERS.items() for word in words.split("|")
}

OPT_OUT_WORDS: Final = _words(
    "11|لغو|لغو11|لغو 11|11 لغو|لغو پیامک|لغو عضویت|لغو دریافت پیامک|قطع پیامک|انصراف"
    "|انصراف میدهم|انصراف می دهم|stop|stop11|stop 11|stopall|stop all|off|off11|off 11"
    "|unsubscribe|الغاء|إلغاء|الغاء الاشتراك|ايقاف|إيقاف|دایاندیر|ڕایبگرە|ڕاگرتن"
)
OPT_IN_WORDS: Final = _words("شروع|شروع پیامک|start|unstop")

# «۲ روز گذشت» counts days; it does not score.
UNITS: Final = _words(
    "ثانیه|دقیقه|ساعت|ساعته|روز|روزه|هفته|ماه|ماهه|سال|ساله|بار|دفعه|مرتبه|نفر|تا|تومان|ریال|متر"
    "|کیلومتر|درصد|مورد|پرونده|شهریور|مهر|آبان|آذر|دی|بهمن|اسفند|فروردین|اردیبهشت|خرداد|تیر|مرداد"
    "|second|seconds|minute|minutes|hour|hours|day|days|week|weeks|month|months|year|years|times"
    "|people|percent|toman|rials|دقيقة|دقائق|ساعة|ساعات|يوم|ايام|أيام|اسبوع|اسابيع|شهر|اشهر|سنة"
    "|سنوات|مرات|مرة|شخص|گون|هفته‌دیر|کاتژمێر|ڕۆژ|هەفتە|مانگ|ساڵ|جار|کەس"
)
TAKES_BACK: Final = _words(
    "یا|الی|or|to|أو|او|یوخسا|یان|نه|نیست|نبود|نمی|نمیدم|نمیدهم|نمی‌دهم|not|no|لا|ليس|غير|دئییل|دییل"
    "|یوخ|نەخێر|نییە|نیە|deyil|yox"
)
"""Right behind a number they take it back; «لم تحل المشكلة» does not."""
NEGATIONS: Final = _words(
    "نه|نیست|نیستم|نبود|نبودم|نشد|نمی|ندارم|ندارد|نداشتم|نداشت|هیچ|not|no|never|لا|لم|لن|ليس|ليست"
    "|لست|غير|دئییل|دییل|دگیل|یوخ|نەخێر|نییە|نیە|نا|نەبوو|deyil|yox|na"
)
NOTHING_MORE: Final = _words(
    "ستاره|نمره|امتیاز|است|میدهم|می دهم|میدم|می دم|امتیاز میدهم|star|stars|points|point|نقاط|نقطة"
    "|نجوم|بال|ستێرە|نمرە"
)


def negates(words: str) -> bool:
    """Whether a folded text has a word that turns a judgement round."""
    return any(
        word in NEGATIONS or word.startswith("نمی") or word.endswith(("n't", "n’t"))
        for word in words.split(" ")
    )
