"""Texts to citizens and staff in Persian, the language of the service."""

from __future__ import annotations

from typing import Final

from models.enums import TextKind

TEXTS: Final[dict[TextKind, str]] = {
    TextKind.IDENTITY_CODE: ("کد احراز هویت ۱۲۸: {code}\nاین کد را فقط برای کارشناس ۱۲۸ بخوانید."),
    TextKind.REGISTERED: (
        "درخواست شما ثبت شد.\n"
        "کد رهگیری: {code}\n"
        "حداکثر ۳ ساعت دیگر پاسخ می‌گیرید.\n"
        "برای پیگیری همین کد را پیامک کنید.\n"
        "فواد ۱۲۸"
    ),
    TextKind.OUT_OF_SCOPE: "موضوع شما در شمول ۱۲۸ نیست.\nمرجع رسیدگی: {body}\n{guidance}\nفواد ۱۲۸",
    TextKind.QUESTION: "پرونده {code}\nپرسش: {question}\nبه همین شماره پاسخ دهید.\nفواد ۱۲۸",
    TextKind.RESULT: "پرونده {code}\nنتیجه رسیدگی: {result}\nفواد ۱۲۸",
    TextKind.RESULT_CALL: "سامانه ۱۲۸. پرونده {code}. نتیجه: {result}",
    TextKind.OPERATOR_TEXT: "{text}\nفواد ۱۲۸",
    TextKind.SURVEY: (
        "پرونده {code}\n"
        "از پاسخ دستگاه راضی هستید؟\n"
        "از ۱ (خیلی بد) تا ۵ (عالی) یک عدد بفرستید.\n"
        "فواد ۱۲۸\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_REMINDER: (
        "یادآوری: به رسیدگی پرونده {code} از ۱ (خیلی بد) تا ۵ (عالی) چه نمره‌ای می‌دهید؟\n"
        "فواد ۱۲۸\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_CLARIFY: (
        "لطفاً برای پرونده {code} فقط یک عدد از ۱ (خیلی بد) تا ۵ (عالی) بفرستید.\nفواد ۱۲۸"
    ),
    TextKind.SURVEY_COMMENT: "از نظر شما سپاسگزاریم.\nاگر توضیحی دارید همین‌جا بنویسید.\nفواد ۱۲۸",
    TextKind.SURVEY_THANKS: "نظر شما درباره پرونده {code} ثبت شد. سپاسگزاریم.\nفواد ۱۲۸",
    TextKind.SURVEY_REOPENED: (
        "پرونده {code} برای رسیدگی دوباره به سطح بالاتر ارجاع شد.\nچه چیزی حل نشده است؟\nفواد ۱۲۸"
    ),
    TextKind.SURVEY_REOPENED_THANKS: (
        "پرونده {code} با توضیح شما برای رسیدگی دوباره به سطح بالاتر ارجاع شد.\nفواد ۱۲۸"
    ),
    TextKind.SURVEY_FINAL: (
        "نظر شما درباره پرونده {code} ثبت شد. مرکز ملی در این پرونده نظر نهایی داده است.\nفواد ۱۲۸"
    ),
    TextKind.SURVEY_CORRECTED: "نمره شما به پرونده {code} به {rating} اصلاح شد.\nفواد ۱۲۸",
    TextKind.STATUS: "پرونده {code}: {status}\nفواد ۱۲۸",
    TextKind.STATUS_UNKNOWN: "پرونده‌ای با کد {code} برای این شماره یافت نشد.\nفواد ۱۲۸",
    TextKind.RECEIVED: (
        "پیام شما دریافت شد و کارشناس آن را می‌خواند.\nبرای گفت‌وگو با ۱۲۸ تماس بگیرید."
    ),
    TextKind.WITHDRAWN: "پیگیری پرونده {code} به درخواست شما پایان یافت.\nفواد ۱۲۸",
    TextKind.DUPLICATE: (
        "پرونده {code} به پرونده‌ای که پیش‌تر درباره همین موضوع ثبت شده پیوست.\nفواد ۱۲۸"
    ),
    TextKind.STAFF_BREACH: (
        "{count} پرونده از مهلت سه‌ساعته گذشت: {codes}\nلطفاً در سامانه ۱۲۸ علت را ثبت فرمایید."
    ),
}
