"""What a citizen who texts a tracking code reads about the case, by language."""

from __future__ import annotations

from typing import Final

from models.enums import CaseStatus, Language

STATUS_WORDS: Final[dict[Language, dict[CaseStatus, str]]] = {
    Language.PERSIAN: {
        CaseStatus.REGISTERED: "ثبت‌شده",
        CaseStatus.UNDER_REVIEW: "در حال بررسی راهبر ارشد",
        CaseStatus.IN_HANDLING: "در حال رسیدگی",
        CaseStatus.WAITING_CITIZEN: "در انتظار پاسخ شما",
        CaseStatus.ANSWERED: "پاسخ داده‌شده",
        CaseStatus.CLOSED: "بسته‌شده",
        CaseStatus.OUT_OF_SCOPE: "خارج از شمول ۱۲۸",
        CaseStatus.DUPLICATE: "پیوسته به پرونده پیشین",
        CaseStatus.WITHDRAWN: "خاتمه‌یافته به درخواست شما",
    },
    Language.AZERI: {
        CaseStatus.REGISTERED: "ثبت اولونوب",
        CaseStatus.UNDER_REVIEW: "باش راهبر باخیر",
        CaseStatus.IN_HANDLING: "ایشله‌نیر",
        CaseStatus.WAITING_CITIZEN: "سیزین جوابیزی گؤزله‌ییر",
        CaseStatus.ANSWERED: "جواب وئریلیب",
        CaseStatus.CLOSED: "باغلانیب",
        CaseStatus.OUT_OF_SCOPE: "۱۲۸ین ایشی دئییل",
        CaseStatus.DUPLICATE: "قاباقکی پرونده‌یه قوشولوب",
        CaseStatus.WITHDRAWN: "سیزین ایسته‌گینیزله قورتاریب",
    },
    Language.KURDISH: {
        CaseStatus.REGISTERED: "تۆمارکراوە",
        CaseStatus.UNDER_REVIEW: "لەژێر پێداچوونەوەدایە",
        CaseStatus.IN_HANDLING: "کاری لەسەر دەکرێت",
        CaseStatus.WAITING_CITIZEN: "چاوەڕێی وەڵامی ئێوەیە",
        CaseStatus.ANSWERED: "وەڵامی دراوەتەوە",
        CaseStatus.CLOSED: "داخراوە",
        CaseStatus.OUT_OF_SCOPE: "لە دەرەوەی کاری ۱۲۸",
        CaseStatus.DUPLICATE: "خراوەتە سەر دۆسیەی پێشوو",
        CaseStatus.WITHDRAWN: "بە داوای ئێوە کۆتایی هاتووە",
    },
    Language.ARABIC: {
        CaseStatus.REGISTERED: "مسجل",
        CaseStatus.UNDER_REVIEW: "قيد مراجعة المنسق الأول",
        CaseStatus.IN_HANDLING: "قيد المعالجة",
        CaseStatus.WAITING_CITIZEN: "بانتظار ردكم",
        CaseStatus.ANSWERED: "تمت الإجابة عنه",
        CaseStatus.CLOSED: "مغلق",
        CaseStatus.OUT_OF_SCOPE: "خارج اختصاص ۱۲۸",
        CaseStatus.DUPLICATE: "مضموم إلى ملف سابق",
        CaseStatus.WITHDRAWN: "منتهٍ بطلب منكم",
    },
    Language.ENGLISH: {
        CaseStatus.REGISTERED: "registered",
        CaseStatus.UNDER_REVIEW: "under review",
        CaseStatus.IN_HANDLING: "being handled",
        CaseStatus.WAITING_CITIZEN: "waiting for your answer",
        CaseStatus.ANSWERED: "answered",
        CaseStatus.CLOSED: "closed",
        CaseStatus.OUT_OF_SCOPE: "not a matter for 128",
        CaseStatus.DUPLICATE: "joined to an earlier case",
        CaseStatus.WITHDRAWN: "ended at your request",
    },
}
