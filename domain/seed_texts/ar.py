"""Texts to citizens and staff in Arabic."""

from __future__ import annotations

from typing import Final

from models.enums import TextKind

TEXTS: Final[dict[TextKind, str]] = {
    TextKind.IDENTITY_CODE: "رمز التحقق من هويتكم لدى ١٢٨: {code}\nلا تقرؤوه إلا لموظف ١٢٨.",
    TextKind.REGISTERED: (
        "تم تسجيل طلبكم.\n"
        "رمز المتابعة: {code}\n"
        "يصلكم الرد خلال ٣ ساعات كحد أقصى.\n"
        "للمتابعة أرسلوا هذا الرمز برسالة نصية.\n"
        "فواد ١٢٨"
    ),
    TextKind.OUT_OF_SCOPE: (
        "موضوعكم ليس من اختصاص ١٢٨.\nالجهة المختصة: {body}\n{guidance}\nفواد ١٢٨"
    ),
    TextKind.QUESTION: "الملف {code}\nسؤال: {question}\nأرسلوا جوابكم إلى هذا الرقم.\nفواد ١٢٨",
    TextKind.RESULT: "الملف {code}\nنتيجة المعالجة: {result}\nفواد ١٢٨",
    TextKind.RESULT_CALL: "خدمة ١٢٨. الملف {code}. النتيجة: {result}",
    TextKind.OPERATOR_TEXT: "{text}\nفواد ١٢٨",
    TextKind.SURVEY: (
        "الملف {code}\n"
        "هل أنتم راضون عن رد الجهة؟\n"
        "أرسلوا رقماً واحداً من ١ (سيئ جداً) إلى ٥ (ممتاز).\n"
        "فواد ١٢٨\n"
        "لغو۱۱"
    ),
    TextKind.SURVEY_REMINDER: (
        "تذكير: ما تقييمكم لمعالجة الملف {code} من ١ (سيئ جداً) إلى ٥ (ممتاز)؟\nفواد ١٢٨\nلغو۱۱"
    ),
    TextKind.SURVEY_CLARIFY: (
        "يرجى إرسال رقم واحد فقط للملف {code} من ١ (سيئ جداً) إلى ٥ (ممتاز).\nفواد ١٢٨"
    ),
    TextKind.SURVEY_COMMENT: "شكراً لتقييمكم.\nإن كان لديكم توضيح فاكتبوه هنا.\nفواد ١٢٨",
    TextKind.SURVEY_THANKS: "تم تسجيل رأيكم في الملف {code}. شكراً لكم.\nفواد ١٢٨",
    TextKind.SURVEY_REOPENED: (
        "أحيل الملف {code} إلى مستوى أعلى لمعالجته من جديد.\nما الذي لم يُحل؟\nفواد ١٢٨"
    ),
    TextKind.SURVEY_REOPENED_THANKS: (
        "أحيل الملف {code} مع توضيحكم إلى مستوى أعلى لمعالجته من جديد.\nفواد ١٢٨"
    ),
    TextKind.SURVEY_FINAL: (
        "تم تسجيل رأيكم في الملف {code}. وقد أعطى المركز الوطني رأيه النهائي في هذا الملف.\n"
        "فواد ١٢٨"
    ),
    TextKind.SURVEY_CORRECTED: "تم تصحيح تقييمكم للملف {code} إلى {rating}.\nفواد ١٢٨",
    TextKind.STATUS: "الملف {code}: {status}\nفواد ١٢٨",
    TextKind.STATUS_UNKNOWN: "لم يُعثر على ملف بالرمز {code} لهذا الرقم.\nفواد ١٢٨",
    TextKind.RECEIVED: "وصلت رسالتكم وسيقرؤها الموظف.\nللتحدث إلينا اتصلوا بالرقم ١٢٨.",
    TextKind.WITHDRAWN: "انتهت متابعة الملف {code} بناءً على طلبكم.\nفواد ١٢٨",
    TextKind.DUPLICATE: "ضُم الملف {code} إلى ملف سُجل سابقاً عن الموضوع نفسه.\nفواد ١٢٨",
    TextKind.STAFF_BREACH: (
        "تجاوزت مهلة الساعات الثلاث ملفات عددها {count}: {codes}\nيرجى تسجيل السبب في نظام ١٢٨."
    ),
}
