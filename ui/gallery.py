"""Sample data for the gallery of components (/design)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import time, tracking_code
from ui.templates import code, mobile

Rows = list[dict[str, Any]]


def sample_context() -> dict[str, Any]:
    """Everything pages/design.html needs, with each component in each of its states."""
    return _frame() | {
        "title": "اجزای رابط کاربری",
        "tab_items": [
            {"label": "نیازمند اقدام", "href": "#queue", "current": True, "count": 24},
            {"label": "در انتظار شهروند", "href": "#queue", "current": False, "count": 5},
            {"label": "پاسخ داده‌شده", "href": "#queue", "current": False},
        ],
        "columns": [
            {"label": "پرونده"},
            {"label": "دستگاه"},
            {"label": "وضعیت"},
            {"label": "ثبت", "href": "#queue", "sort": "descending"},
            {"label": "مهلت"},
        ],
        "queue": _queue(),
        "referrals": _referrals(),
        "events": _events(),
        "messages": _messages(),
        "facts": _facts(),
        **_form_options(),
    }


def _frame() -> dict[str, Any]:
    entries = [
        ("نمای کلی", "gauge", None),
        ("صف کار", "inbox", 24),
        ("تماس و ثبت", "phone-call", None),
        ("پرونده‌ها", "file-text", None),
        ("گزارش‌ها", "chart-column", None),
        ("دستگاه‌ها", "building-2", None),
        ("بازرسی‌ها", "shield-check", 2),
    ]
    return {
        "user": {"name": "مریم احمدی", "role_label": "راهبر ارشد", "unit": "وزارت نیرو"},
        "nav": [
            {"label": label, "icon": icon, "count": count, "href": "#", "current": icon == "inbox"}
            for label, icon, count in entries
        ],
        "breadcrumb": [{"label": "نمای کلی", "href": "#"}, {"label": "اجزای رابط کاربری"}],
        "notifications": 3,
        "simulated": True,
    }


def _queue() -> Rows:
    samples = [
        ("قطع آب روستا بدون اطلاع قبلی", "گلستان، علی‌آباد کتول، روستای محمدآباد",
         "آب و فاضلاب گلستان", "registered", -1500, False, 205),
        ("باجه پیش از پایان ساعت اداری بسته شد", "تهران، شهرری",
         "سازمان تأمین اجتماعی", "under_review", 1500, False, 155),
        ("رفتار نامحترمانه کارمند پذیرش", "فارس، شیراز",
         "دانشگاه علوم پزشکی شیراز", "in_handling", 4320, False, 108),
        ("سامانه صدور پروانه سه روز است از کار افتاده", "خراسان رضوی، مشهد",
         "شهرداری مشهد", "waiting_citizen", 6400, True, 73),
        ("کارشناس پرونده در مرخصی است و جانشین ندارد", "یزد، تفت",
         "اداره کل ثبت اسناد یزد", "under_review", 9300, False, 25),
    ]  # fmt: skip
    names = ("subject", "place", "agency", "status", "remaining", "paused")
    return [
        dict(zip(names, values, strict=True))
        | {"at": time.now() - timedelta(minutes=minutes), "code": _code(minutes)}
        for *values, minutes in samples
    ]


def _referrals() -> Rows:
    counties: Rows = [
        {
            "unit": "امور آب و فاضلاب علی‌آباد کتول",
            "level_label": "شهرستانی",
            "status": "accepted",
            "coordinator": "رضا کاظمی",
            "remaining": 1500,
            "total": 2700,
            "current": True,
        },
        {
            "unit": "امور آب و فاضلاب گرگان",
            "level_label": "شهرستانی",
            "status": "reported",
            "result": "نشتی خط انتقال مهار شد و جریان آب برقرار است.",
        },
    ]
    province = {
        "unit": "آب و فاضلاب استان گلستان",
        "level_label": "استانی",
        "status": "referred",
        "coordinator": "زهرا محمدپور",
        "children": counties,
    }
    returned = {"unit": "شرکت برق منطقه‌ای", "level_label": "تابعه", "status": "returned"}
    top = {
        "unit": "شرکت مهندسی آب و فاضلاب کشور",
        "level_label": "تابعه",
        "status": "referred",
        "children": [province],
    }
    return [top, returned]


def _events() -> Rows:
    samples = [
        (4, "پذیرش ارجاع", "رضا کاظمی، امور آب و فاضلاب علی‌آباد کتول",
         None, "user-check", "primary"),
        (21, "پاسخ شهروند رسید", "شهروند", "از دیروز عصر، ساعت ۶.", "message-square", "violet"),
        (36, "هشدار ۸۰٪ مهلت", "سامانه", None, "hourglass", "warn"),
        (48, "دستور اقدام", "مریم احمدی، راهبر ارشد وزارت نیرو",
         "علت قطع آب بررسی و زمان وصل به شهروند اعلام شود.", "gavel", "primary"),
        (63, "ثبت پرونده و ارجاع خودکار به راهبر ارشد", "سارا رضایی، کارشناس ۱۲۸",
         None, "file-text", "neutral"),
    ]  # fmt: skip
    names = ("title", "who", "body", "icon", "tone")
    return [
        dict(zip(names, values, strict=True)) | {"at": time.now() - timedelta(minutes=minutes)}
        for minutes, *values in samples
    ]


def _messages() -> Rows:
    samples = [
        (63, "out", "delivered", "کد رهگیری", 2,
         "درخواست شما ثبت شد. کد رهگیری: ۴۸۲۱-۳۹۰۷-۵۶۱۲\nنتیجه حداکثر تا ۳ ساعت دیگر پیامک می‌شود."),
        (30, "out", "sent", "پرسش", 1, "آب از چه ساعتی قطع است؟ پاسخ را به همین شماره بفرستید."),
        (21, "in", "received", None, None, "از دیروز عصر ساعت ۶"),
        (3, "out", "failed", "نتیجه", 2, "نتیجه رسیدگی: نشتی خط انتقال مهار شد."),
        (1, "out", "pending", "نظرسنجی", 1, "از ۱ تا ۵ چقدر از رسیدگی راضی بودید؟"),
    ]  # fmt: skip
    names = ("direction", "state", "kind", "parts", "text")
    return [
        dict(zip(names, values, strict=True)) | {"at": time.now() - timedelta(minutes=minutes)}
        for minutes, *values in samples
    ]


def _facts() -> list[tuple[str, object]]:
    return [
        ("کد رهگیری", code(_code(7))),
        ("شهروند", "مریم احمدی"),
        ("همراه", mobile("+989121234567")),
        ("محل", "گلستان، علی‌آباد کتول، بخش مرکزی، دهستان استرآباد، روستای محمدآباد"),
        ("شاخص", "استمرار ارایه خدمت"),
    ]


def _form_options() -> dict[str, Any]:
    return {
        "errors": [
            {"field": "national_id", "message": "کد ملی باید ۱۰ رقم باشد."},
            {"field": "agency", "message": "دستگاه را برگزینید."},
        ],
        "kinds": [
            {"value": "complaint", "label": "شکایت", "hint": "از شیوه ارایه خدمت"},
            {"value": "request", "label": "درخواست", "hint": "پیگیری خدمتی که به تعویق افتاده است"},
        ],
        "places": [
            {"value": "v821098", "label": "علی‌آباد", "hint": "گلستان ‹ علی‌آباد ‹ مرکزی ‹ کتول"},
            {"value": "s1101", "label": "علی‌آباد کتول", "hint": "گلستان ‹ علی‌آباد ‹ مرکزی"},
            {"value": "v100001", "label": "علی‌آباد", "hint": "یزد ‹ تفت ‹ نیر ‹ سخوید"},
        ],
        "channels": [
            {"value": "phone", "label": "تلفن"},
            {"value": "api", "label": "سامانه دستگاه"},
        ],
        "indicators": [
            {"value": "I3", "label": "تجهیزات، سامانه‌های اداری یا ابزارهای ارتباطی"},
            {"value": "I5", "label": "زمان قانونی شروع و پایان خدمت"},
        ],
    }


def _code(seed: int) -> str:
    body = f"{48213907561 + seed}"
    return body + tracking_code.check_digit(body)
