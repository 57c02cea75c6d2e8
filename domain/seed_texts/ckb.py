"""Texts to citizens and staff in Sorani Kurdish; wants a native reader."""

from __future__ import annotations

from typing import Final

from models.enums import TextKind

TEXTS: Final[dict[TextKind, str]] = {
    TextKind.IDENTITY_CODE: "کۆدی ناسنامەتان لە ١٢٨: {code}\nتەنیا بۆ کارمەندی ١٢٨ی بخوێننەوە.",
    TextKind.REGISTERED: (
        "داواکاریتان تۆمار کرا.\n"
        "کۆدی بەدواداچوون: {code}\n"
        "لە ماوەی ٣ کاتژمێردا وەڵام وەردەگرن.\n"
        "بۆ بەدواداچوون ئەم کۆدە بنێرن.\n"
        "فواد ١٢٨"
    ),
    TextKind.OUT_OF_SCOPE: "ئەم بابەتە کاری ١٢٨ نییە.\nلایەنی بەرپرس: {body}\n{guidance}\nفواد ١٢٨",
    TextKind.QUESTION: "دۆسیە {code}\nپرسیار: {question}\nوەڵام بۆ ئەم ژمارەیە بنێرن.\nفواد ١٢٨",
    TextKind.RESULT: "دۆسیە {code}\nئەنجامی کار: {result}\nفواد ١٢٨",
    TextKind.RESULT_CALL: "ناوەندی ١٢٨. دۆسیە {code}. ئەنجام: {result}",
    TextKind.OPERATOR_TEXT: "{text}\nفواد ١٢٨",
    TextKind.SURVEY: (
        "دۆسیە {code}\n"
        "لە وەڵامی دەزگا ڕازین؟\n"
        "ژمارەیەک لە ١ (زۆر خراپ) تا ٥ (نایاب) بنێرن.\n"
        "فواد ١٢٨\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_REMINDER: (
        "بیرخستنەوە: لە ١ (زۆر خراپ) تا ٥ (نایاب) چ نمرەیەک دەدەن بە کاری دۆسیەی {code}؟\n"
        "فواد ١٢٨\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_CLARIFY: (
        "تکایە بۆ دۆسیەی {code} تەنیا ژمارەیەک لە ١ (زۆر خراپ) تا ٥ (نایاب) بنێرن.\nفواد ١٢٨"
    ),
    TextKind.SURVEY_COMMENT: (
        "سوپاس بۆ بۆچوونتان.\nئەگەر ڕوونکردنەوەتان هەیە لێرە بینووسن.\nفواد ١٢٨"
    ),
    TextKind.SURVEY_THANKS: "بۆچوونتان دەربارەی دۆسیەی {code} تۆمار کرا. سوپاس.\nفواد ١٢٨",
    TextKind.SURVEY_REOPENED: (
        "دۆسیەی {code} بۆ پێداچوونەوە ڕەوانەی ئاستی سەرەوە کرا.\nچی چارەسەر نەکراوە؟\nفواد ١٢٨"
    ),
    TextKind.SURVEY_REOPENED_THANKS: (
        "دۆسیەی {code} لەگەڵ ڕوونکردنەوەکەتان بۆ پێداچوونەوە ڕەوانەی ئاستی سەرەوە کرا.\nفواد ١٢٨"
    ),
    TextKind.SURVEY_FINAL: (
        "بۆچوونتان دەربارەی دۆسیەی {code} تۆمار کرا. ناوەندی نیشتمانی لەم دۆسیەیەدا بڕیاری "
        "کۆتایی داوە.\n"
        "فواد ١٢٨"
    ),
    TextKind.SURVEY_CORRECTED: "نمرەتان بۆ دۆسیەی {code} کرایە {rating}.\nفواد ١٢٨",
    TextKind.STATUS: "دۆسیەی {code}: {status}\nفواد ١٢٨",
    TextKind.STATUS_UNKNOWN: "بۆ ئەم ژمارەیە دۆسیەیەک بە کۆدی {code} نەدۆزرایەوە.\nفواد ١٢٨",
    TextKind.RECEIVED: (
        "پەیامەکەتان گەیشت و کارمەند دەیخوێنێتەوە.\nبۆ قسەکردن پەیوەندی بە ١٢٨ەوە بکەن."
    ),
    TextKind.WITHDRAWN: "بەدواداچوونی دۆسیەی {code} بە داوای ئێوە کۆتایی هات.\nفواد ١٢٨",
    TextKind.DUPLICATE: (
        "دۆسیەی {code} خرایە سەر دۆسیەیەک کە پێشتر بۆ هەمان بابەت تۆمار کرابوو.\nفواد ١٢٨"
    ),
    TextKind.STAFF_BREACH: (
        "{count} دۆسیە لە ماوەی سێ کاتژمێر تێپەڕیون: {codes}\nتکایە هۆکارەکەی لە ١٢٨ تۆمار بکەن."
    ),
}
