"""The eight indicators (I1–I8, A1) and the competent bodies (B13)."""

from __future__ import annotations

from typing import Any

_BEGINNING = "اختلال، نقص و یا نقض در "

INDICATORS: list[dict[str, Any]] = [
    {
        "code": "I1",
        "title": _BEGINNING + "اطلاع‌رسانی قوانین و مقررات و مراحل و فرایندهای ارایه خدمت",
        "short": "اطلاع‌رسانی مراحل و مقررات خدمت",
        "title_en": "Informing about law, regulation and the stages of a service",
        "examples": [
            "مدارک و مراحل کار اعلام نشده بود و سه بار برگشت داده شدم",
            "هر باجه پاسخ متفاوتی درباره مقررات داد",
            "راهنمای خدمت در سایت یا تابلو وجود ندارد",
        ],
    },
    {
        "code": "I2",
        "title": _BEGINNING + "اطلاع‌رسانی به‌موقع و شفاف تصمیمات مرتبط با ارایه خدمت",
        "short": "اطلاع‌رسانی به‌موقع تصمیمات",
        "title_en": "Timely, clear notice of decisions about a service",
        "examples": [
            "نوبت بدون اطلاع قبلی لغو شد",
            "تغییر ساعت یا محل خدمت اعلام نشده بود",
            "نتیجه درخواست ابلاغ نشد",
        ],
    },
    {
        "code": "I3",
        "title": _BEGINNING + "تجهیزات، سامانه‌های اداری یا ابزارهای ارتباطی مرتبط با ارایه خدمت",
        "short": "تجهیزات، سامانه‌ها و ابزار ارتباطی",
        "title_en": "Equipment, administrative systems or means of communication",
        "examples": [
            "سامانه از صبح قطع است و کسی پاسخ نمی‌دهد",
            "دستگاه نوبت‌دهی خراب است",
            "تلفن اداره پاسخ داده نمی‌شود",
        ],
    },
    {
        "code": "I4",
        "title": _BEGINNING + "بروز شرایط حاکی از احترام، عدالت و رعایت کرامت انسانی",
        "short": "احترام، عدالت و کرامت انسانی",
        "title_en": "Respect, justice and human dignity",
        "examples": [
            "کارمند با توهین و بی‌احترامی برخورد کرد",
            "کار آشنایان خارج از نوبت انجام شد",
            "با سالمند و معلول رفتار نامناسب شد",
        ],
    },
    {
        "code": "I5",
        "title": _BEGINNING
        + "زمان قانونی شروع و پایان خدمت (تاخیر در شروع یا تعجیل در پایان ارایه خدمت)",
        "short": "زمان قانونی شروع و پایان خدمت",
        "title_en": "The legal time at which service starts and ends",
        "examples": [
            "باجه یک ساعت دیرتر باز شد",
            "پیش از پایان وقت اداری پذیرش را بستند",
            "در ساعت اداری کسی پشت باجه نبود",
        ],
    },
    {
        "code": "I6",
        "title": _BEGINNING
        + "استمرار ارایه خدمت و عدم موکول کردن آن به زمان‌های آتی بدون توجیه قانونی",
        "short": "موکول نکردن خدمت به آینده",
        "title_en": "Continuity: not put off without legal ground",
        "examples": [
            "بی‌دلیل گفتند هفته آینده مراجعه کنید",
            "کار چند ماه است به بعد موکول می‌شود",
            "پرونده بدون توضیح متوقف مانده است",
        ],
    },
    {
        "code": "I7",
        "title": _BEGINNING
        + "استمرار ارایه خدمت به دلیل عدم حضور کارمند/مدیر مربوطه یا عدم پیش‌بینی نیروی جایگزین",
        "short": "نبود کارمند یا نیروی جایگزین",
        "title_en": "Continuity: absent employee or manager, no substitute provided",
        "examples": [
            "کارشناس مرخصی است و جایگزینی ندارد",
            "مدیر برای امضا حضور ندارد",
            "باجه به علت نبود نیرو تعطیل است",
        ],
    },
    {
        "code": "I8",
        "title": _BEGINNING + "هدر رفت انرژی و اسراف و تبذیر منابع",
        "short": "اسراف و هدررفت انرژی و منابع",
        "title_en": "Waste of energy and resources",
        "examples": [
            "چراغ‌ها و سیستم گرمایش در اداره تعطیل روشن است",
            "برای یک کار الکترونیکی چند نسخه کاغذی می‌خواهند",
            "خودروی اداری در ساعت غیراداری استفاده می‌شود",
        ],
    },
]

BODIES: list[dict[str, str]] = [
    {
        "code": "nature_of_service",
        "title": "خود دستگاه ارایه‌دهنده خدمت",
        "title_en": "The agency itself (nature of the service)",
        "guidance": "درباره ماهیت خدمت یا حق قانونی خود به دستگاه یا سامانه ۱۱۱ مراجعه کنید.",
    },
    {
        "code": "suggestion",
        "title": "سامانه ارتباط مردم و دولت (سامد ۱۱۱)",
        "title_en": "Samad 111: suggestions and ideas",
        "guidance": "پیشنهاد خود را با شماره ۱۱۱ در میان بگذارید.",
    },
    {
        "code": "advice",
        "title": "مرکز تماس دستگاه",
        "title_en": "The agency's call centre: guidance and advice",
        "guidance": "برای راهنمایی و مشاوره با مرکز تماس همان دستگاه تماس بگیرید.",
    },
    {
        "code": "judiciary",
        "title": "قوه قضاییه (۱۲۹)",
        "title_en": "Judiciary 129",
        "guidance": "برای امور قضایی با شماره ۱۲۹ تماس بگیرید.",
    },
    {
        "code": "police",
        "title": "پلیس (۱۱۰) و نظارت همگانی (۱۹۷)",
        "title_en": "Police 110, police oversight 197",
        "guidance": "فوریت پلیسی ۱۱۰؛ شکایت از کارکنان پلیس ۱۹۷.",
    },
    {
        "code": "emergency",
        "title": "اورژانس (۱۱۵)",
        "title_en": "Medical emergency 115",
        "guidance": "برای فوریت پزشکی همین حالا با ۱۱۵ تماس بگیرید.",
    },
    {
        "code": "fire",
        "title": "آتش‌نشانی (۱۲۵)",
        "title_en": "Fire brigade 125",
        "guidance": "برای آتش‌سوزی و حادثه همین حالا با ۱۲۵ تماس بگیرید.",
    },
    {
        "code": "social_emergency",
        "title": "اورژانس اجتماعی (۱۲۳)",
        "title_en": "Social emergency 123",
        "guidance": "برای آسیب‌های اجتماعی با ۱۲۳ تماس بگیرید.",
    },
    {
        "code": "utilities",
        "title": "حوادث برق (۱۲۱)، آب (۱۲۲) و گاز (۱۹۴)",
        "title_en": "Electricity 121, water 122, gas 194",
        "guidance": "قطعی برق ۱۲۱، آب ۱۲۲، گاز ۱۹۴.",
    },
    {
        "code": "prices",
        "title": "تعزیرات و بازرسی بازار (۱۲۴)",
        "title_en": "Market inspection 124",
        "guidance": "برای گران‌فروشی و کم‌فروشی با ۱۲۴ تماس بگیرید.",
    },
    {
        "code": "private",
        "title": "مرجع صنفی یا قضایی",
        "title_en": "Guild or court: private matter",
        "guidance": "اختلاف با بخش خصوصی در صلاحیت اتحادیه صنفی یا مرجع قضایی است.",
    },
]
