"""What a page says after an act, by the key in its address (`?done=<key>`)."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

DONE: Final[dict[str, str]] = {
    "ordered": "دستور اقدام صادر و به واحدها ارجاع شد.",
    "answered": "نتیجه ثبت شد و برای شهروند پیامک می‌شود.",
    "asked": "پرسش برای شهروند پیامک می‌شود و مهلت تا پاسخ او متوقف است.",
    "returned_to_centre": "پرونده به مرکز بازگشت.",
    "rerouted": "پرونده به دستگاه تازه ارجاع شد.",
    "duplicate": "پرونده تکراری شمرده شد و به پرونده اصلی پیوست.",
    "out_of_scope": "پرونده خارج از شمول شناخته و مرجع رسیدگی به شهروند اعلام شد.",
    "withdrawn": "پیگیری پرونده به درخواست شهروند پایان یافت.",
    "reopened": "پرونده در سطحی بالاتر بازگشایی شد.",
    "noted": "یادداشت ثبت شد.",
    "accepted": "ارجاع را پذیرفتید.",
    "referred": "پرونده به واحدهای پایین‌دست ارجاع شد.",
    "reported": "نتیجه گزارش شد.",
    "given_back": "ارجاع بازگردانده شد.",
    "explained": "توضیح نقض مهلت ثبت شد.",
    "text_read": "پیامک خوانده‌شده ثبت شد.",
    "text_scored": "نمره ثبت شد.",
    "text_attached": "پیامک به پرونده الصاق شد.",
    "text_called_back": "تماس برگشتی در فهرست تماس‌ها نوشته شد.",
    "called_back": "نتیجهٔ تماس ثبت شد.",
    "opted_in": "این شماره دوباره پیامک می‌گیرد.",
    "label_added": "برچسب افزوده شد.",
    "label_changed": "نمرهٔ برچسب تغییر کرد.",
    "label_deleted": "برچسب حذف شد.",
    "preferred": "زبان و شیوهٔ پیام‌رسانی به شهروند تغییر کرد.",
    "text_queued": "پیام در صف ارسال است.",
    "sent_again": "پیام دوباره در صف ارسال است.",
    "read": "اعلان‌ها خوانده‌شده نشان خورد.",
    "user_created": "کاربر تازه ساخته شد.",
    "user_off": "دسترسی کاربر بسته شد.",
    "user_on": "دسترسی کاربر باز شد.",
    "client_changed": "شرایط سامانه همکار تغییر کرد.",
    "client_revoked": "سامانه همکار باطل شد و دیگر پذیرفته نمی‌شود.",
    "webhook_changed": "وب‌هوک تغییر کرد.",
    "webhook_off": "وب‌هوک خاموش شد؛ رویدادها تا یک هفته نگه داشته می‌شود.",
    "webhook_on": "وب‌هوک روشن شد و از همان‌جا که مانده بود ادامه می‌یابد.",
    "webhook_tested": "پیام آزمایشی در صف ارسال است.",
    "webhook_replayed": "پیام دوباره در صف ارسال است.",
    "webhook_replayed_since": "پیام‌های آن روز و پس از آن دوباره در صف ارسال است.",
    "webhook_deleted": "وب‌هوک حذف شد.",
    "sending_resumed": "ارسال پیامک از سر گرفته شد.",
    "alarm_dismissed": "هشدار برداشته شد؛ اگر مشکل باقی باشد دوباره می‌آید.",
    "job_retried": "کار دوباره در نوبت انجام است.",
    "job_deleted": "کار حذف شد.",
    "text_published": "متن تازه منتشر شد و از این پس فرستاده می‌شود.",
    "text_restored": "نسخه پیشین بازگردانده شد و از این پس فرستاده می‌شود.",
    "password_changed": "گذرواژه تغییر کرد و نشست‌های دیگر بسته شد.",
}


def shown(request: Request) -> tuple[dict[str, str], ...]:
    """The toast of the act that led to this page; unknown keys say nothing."""
    text = DONE.get(request.query_params.get("done", ""))
    return ({"text": text, "tone": "ok"},) if text else ()
