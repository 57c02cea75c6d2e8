"""Texts to citizens and staff in South Azerbaijani, Perso-Arabic script; wants a native reader."""

from __future__ import annotations

from typing import Final

from models.enums import TextKind

TEXTS: Final[dict[TextKind, str]] = {
    TextKind.IDENTITY_CODE: ("۱۲۸ کیملیک کودونوز: {code}\nبو کودو تکجه ۱۲۸ ایشچیسینه اوخویون."),
    TextKind.REGISTERED: (
        "ایسته‌گینیز ثبت اولوندو.\n"
        "ایزله‌مه کودو: {code}\n"
        "ان چوخو ۳ ساعاتا جواب آلارسینیز.\n"
        "ایزله‌مک اوچون بو کودو پیامک ائدین.\n"
        "فواد ۱۲۸"
    ),
    TextKind.OUT_OF_SCOPE: "بو مؤوضوع ۱۲۸ین ایشی دئییل.\nباخان یئر: {body}\n{guidance}\nفواد ۱۲۸",
    TextKind.QUESTION: "پرونده {code}\nسوال: {question}\nجوابی بو نومره‌یه گؤندرین.\nفواد ۱۲۸",
    TextKind.RESULT: "پرونده {code}\nباخیشین نتیجه‌سی: {result}\nفواد ۱۲۸",
    TextKind.RESULT_CALL: "۱۲۸ سامانه‌سی. پرونده {code}. نتیجه: {result}",
    TextKind.OPERATOR_TEXT: "{text}\nفواد ۱۲۸",
    TextKind.SURVEY: (
        "پرونده {code}\n"
        "اداره‌نین جوابیندان راضیسینیز؟\n"
        "۱ (چوخ پیس) ایله ۵ (عالی) آراسیندا بیر رقم گؤندرین.\n"
        "فواد ۱۲۸\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_REMINDER: (
        "یادا سالما: پرونده {code} اوچون ۱ (چوخ پیس) ایله ۵ (عالی) آراسیندا نئچه وئریرسینیز؟\n"
        "فواد ۱۲۸\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_CLARIFY: (
        "لوطفن پرونده {code} اوچون تکجه بیر رقم گؤندرین: ۱ (چوخ پیس) ایله ۵ (عالی) آراسیندا.\n"
        "فواد ۱۲۸"
    ),
    TextKind.SURVEY_COMMENT: "نظرینیزه گؤره ساغ اولون.\nآچیقلامانیز وارسا بوردا یازین.\nفواد ۱۲۸",
    TextKind.SURVEY_THANKS: "پرونده {code}: نظرینیز ثبت اولوندو. ساغ اولون.\nفواد ۱۲۸",
    TextKind.SURVEY_REOPENED: (
        "پرونده {code} یئنی‌دن باخیلماق اوچون داها یوخاری سویه‌یه گؤندریلدی.\n"
        "نه حل اولماییب؟\n"
        "فواد ۱۲۸"
    ),
    TextKind.SURVEY_REOPENED_THANKS: (
        "پرونده {code} سیزین آچیقلامانیزلا یئنی‌دن باخیلماق اوچون داها یوخاری سویه‌یه "
        "گؤندریلدی.\n"
        "فواد ۱۲۸"
    ),
    TextKind.SURVEY_FINAL: (
        "پرونده {code}: نظرینیز ثبت اولوندو. میللی مرکز بو پرونده‌ده سون نظرینی وئریب.\nفواد ۱۲۸"
    ),
    TextKind.SURVEY_CORRECTED: "پرونده {code}: نومره‌نیز {rating} اولاراق دوزلدیلدی.\nفواد ۱۲۸",
    TextKind.STATUS: "پرونده {code}: {status}\nفواد ۱۲۸",
    TextKind.STATUS_UNKNOWN: "بو نومره اوچون {code} کودلو پرونده تاپیلمادی.\nفواد ۱۲۸",
    TextKind.RECEIVED: "پیامینیز چاتدی و ایشچی اونو اوخویاجاق.\nدانیشماق اوچون ۱۲۸ه زنگ ائدین.",
    TextKind.WITHDRAWN: "پرونده {code} سیزین ایسته‌گینیزله باغلاندی.\nفواد ۱۲۸",
    TextKind.DUPLICATE: (
        "پرونده {code} بو باره‌ده قاباقجا ثبت اولونموش پرونده‌یه قوشولدو.\nفواد ۱۲۸"
    ),
    TextKind.STAFF_BREACH: (
        "{count} پرونده اوچ ساعاتلیق مهلتدن کئچیب: {codes}\nلوطفن سببینی ۱۲۸ سامانه‌سینده یازین."
    ),
}
