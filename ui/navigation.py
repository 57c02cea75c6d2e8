"""The side navigation of each role."""

from __future__ import annotations

from domain import worklists
from domain.actors import Actor
from models.enums import Role

ROLE_LABELS = {
    Role.OPERATOR: "کارشناس ۱۲۸",
    Role.SENIOR: "راهبر ارشد",
    Role.COORDINATOR: "راهبر",
    Role.HEAD: "بالاترین مقام اجرایی",
    Role.INSPECTOR: "بازرس",
    Role.SUPERVISOR: "مرکز ملی",
    Role.ADMIN: "مدیر سامانه",
}
_CALLS = ("/operator", "میز تماس", "phone")
_INBOX = ("/inbox", "پیامک‌های نیازمند بررسی", "message-square")
_CONVERSATIONS = ("/conversations", "گفت‌وگوها", "smartphone")
_CALL_BACKS = ("/call-backs", "تماس‌های برگشتی", "phone-call")
_LATE = ("/late-answers", "پاسخ‌های دیرهنگام", "star")
_LABELS = ("/admin/labels", "برچسب‌های نظرسنجی", "list-checks")
_TEXTS = ("/admin/texts", "متن پیامک‌ها", "message-square")
_CASES = ("/cases", "پرونده‌ها", "file-text")
_QUEUE = ("/queue", "کارتابل", "inbox")
_BREACHES = ("/breaches", "نقض مهلت", "hourglass")
_OVERVIEW = ("/overview", "نمای امروز", "gauge")
_SMS = ("/sms", "وضعیت پیامک", "chart-column")
_JOBS = ("/admin/jobs", "کارهای ناموفق", "triangle-alert")
_PEOPLE = ("/admin/people", "کاربران", "users")
_CLIENTS = ("/admin/clients", "سامانه‌های همکار", "key")
_WEBHOOKS = ("/admin/webhooks", "وب‌هوک‌ها", "send")
_GRAPHIQL = ("/graphiql", "GraphiQL", "play")
ITEMS = {
    Role.OPERATOR: (_CALLS, _CASES, _INBOX, _CALL_BACKS, _CONVERSATIONS, _OVERVIEW),
    Role.SENIOR: (_QUEUE, _CASES, _BREACHES, _OVERVIEW),
    Role.COORDINATOR: (_QUEUE, _CASES, _OVERVIEW),
    Role.HEAD: (_BREACHES, _CASES, _OVERVIEW),
    Role.INSPECTOR: (_CASES, _OVERVIEW),
    Role.SUPERVISOR: (
        _QUEUE,
        _CASES,
        _BREACHES,
        _INBOX,
        _CALL_BACKS,
        _LATE,
        _CONVERSATIONS,
        _OVERVIEW,
        _SMS,
    ),
    Role.ADMIN: (_PEOPLE, _SMS, _TEXTS, _CLIENTS, _WEBHOOKS, _LABELS, _GRAPHIQL, _JOBS, _OVERVIEW),
}


def home(role: Role) -> str:
    """The page a person begins at."""
    return ITEMS[role][0][0]


async def items(actor: Actor, path: str) -> list[dict[str, object]]:
    """The role's entries; the work list carries how much waits in it."""
    assert actor.role is not None
    counts = {
        "/queue": worklists.waiting_count,
        "/breaches": worklists.unexplained_count,
        "/inbox": worklists.unclear_count,
        "/call-backs": worklists.call_back_count,
        "/late-answers": worklists.to_decide_count,
    }
    return [
        {
            "href": href,
            "label": label,
            "icon": icon,
            "count": await counts[href](actor) if href in counts else 0,
            "current": path == href or path.startswith(f"{href}/"),
        }
        for href, label, icon in ITEMS[actor.role]
    ]
