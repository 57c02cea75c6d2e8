"""Every form of the web interface, with the bad fields that it must refuse and why."""

from __future__ import annotations

from tests.support.forms import HALF, PASSWORD, Bad, Fields, Form
from tests.support.hooks import HERE
from tests.support.world import NATIONAL_ID


def words(name: str, longest: int, shortest: int = 1, missing: str = "required") -> list[Bad]:
    """What no field of words takes. `longest` and `shortest` count characters."""
    bad: list[Bad] = [
        ({name: None}, missing),
        ({name: ""}, "required"),
        ({name: " \u200e\n "}, "required"),
        ({name: "م" * (longest + 1)}, "too_long"),
        ({name: "متن با \u0000 صفر"}, "invalid_characters"),
        ({name: "متن با \u001b کنترل"}, "invalid_characters"),
        ({name: f"متن با نیم‌نویسه {HALF}"}, "invalid_characters"),
    ]
    if shortest > 1:
        bad.append(({name: "م" * (shortest - 1)}, "too_short"))
    return bad


def choice(name: str, *more: str) -> list[Bad]:
    """What no list of codes takes."""
    wrong = ["", "NONE", "م" * 300, "a\u0000b", "%", *more]
    bad: list[Bad] = [({name: value}, "unknown") for value in wrong]
    return [({name: None}, "unknown"), ({name: HALF}, "invalid_characters"), *bad]


def units(*foreign: str) -> list[Bad]:
    """What no list of units takes."""
    return [
        ({"units": None}, "required"),
        ({"units": ""}, "unknown"),
        ({"units": ["EDU-c1", "NONE"]}, "unknown"),
        ({"units": "a\u0000b"}, "unknown"),
        ({"units": "م" * 300}, "unknown"),
        ({"units": ["NONE"] * 21}, "too_many"),
        ({"units": HALF}, "invalid_characters"),
        *[({"units": code}, "unknown") for code in foreign],
    ]


VERSION: list[Bad] = [
    ({"version": "0"}, "stale"),
    ({"version": "999"}, "stale"),
    ({"version": "x"}, "invalid"),
    ({"version": "-1"}, "invalid"),
    ({"version": "9" * 40}, "invalid"),
]
TERMS: Fields = {
    "scopes": ["cases:read", "cases:write"],
    "expires_at": "۱۴۰۶/۱۲/۲۹",
    "requests_per_minute": "۳۰۰",
    "cost_per_minute": "60000",
}
BAD_TERMS: list[Bad] = [
    *[({"scopes": value}, "unknown") for value in (None, "", "cases:delete", "a\u0000b")],
    ({"scopes": HALF}, "invalid_characters"),
    *[({"expires_at": value}, "invalid") for value in ("x", "1406/13/01", "1406/12/31", "99999")],
    ({"expires_at": "1405/09/02"}, "expired"),
    *[
        ({name: value}, code)
        for name in ("requests_per_minute", "cost_per_minute")
        for value, code in (
            (None, "required"), (" ", "required"), ("x", "invalid"), ("-5", "invalid"),
            ("1.5", "invalid"), ("9" * 40, "invalid"), ("0", "out_of_range"),
            ("9999999999", "out_of_range"),
        )
    ],
]  # fmt: skip
WEBHOOK: Fields = {"url": HERE, "topics": ["case.changed", "clock.warning"]}
BAD_WEBHOOK: list[Bad] = [
    ({"url": None}, "required"),
    ({"url": " "}, "required"),
    *[
        ({"url": value}, "address_refused")
        for value in ("http://10.0.0.1/", "https://192.168.1.1/x")
    ],
    *[
        ({"url": value}, "invalid")
        for value in ("x", "ftp://example.com/", "https://u@example.com/")
    ],
    ({"url": "https://example.com/" + "a" * 500}, "too_long"),
    ({"url": HALF}, "invalid_characters"),
    ({"topics": None}, "required"),
    *[({"topics": value}, "unknown") for value in ("", "x", ["case.changed", "a\u0000b"])],
    ({"topics": HALF}, "invalid_characters"),
]
REPORT: Fields = {"result": "باجه باز شد و تذکر داده شد", "actions": "بازدید"}
CASE_FORM: Fields = {
    "kind": "complaint",
    "reporter_kind": "citizen",
    "agency": "EDU-c1",
    "place": "v1",
    "indicator": "I5",
    "other_indicators": ["I7"],
    "subject": "باز نبودن باجه",
    "text": "باجه پذیرش تا ساعت ۱۰ و نیم بسته بود.",
    "consent": "1",
    "seen": "1",
}


CALL = "/operator/calls/{call}"
IN_CASE = "/cases/{case}"
REFERRAL = "/cases/{case}/referrals/{referral}"
WEBHOOKS = "/admin/webhooks/{webhook}"
LABELS = "/admin/labels"
CONVERSATION = "/conversations/{contact}"
BAD_SCORE: list[Bad] = [
    *[({"score": value}, "required") for value in (None, "", " ")],
    *[({"score": value}, "invalid") for value in ("x", "4.5", "-1", "9" * 40, "a\u0000b")],
    *[({"score": value}, "out_of_range") for value in ("0", "6", "100")],
    ({"score": HALF}, "invalid_characters"),
]
EXPLANATION: Fields = {"explanation": "کارمند باجه مرخصی بود و جایگزین نداشت"}

FORMS = {
    "take": Form(f"{CALL}/take", "ringing", "operator", "senior"),
    "hang_up": Form(f"{CALL}/hang-up", "taken", "operator", "operator2"),
    "identity": Form(
        f"{CALL}/identity",
        "taken",
        "operator",
        "operator2",
        {"name": "مریم احمدی", "national_id": NATIONAL_ID},
        [
            *words("name", 120, 3, missing="invalid"),
            ({"national_id": ""}, "required"),
            *[
                ({"national_id": value}, "invalid")
                for value in (None, "123", "0012345678", "1111111111", "9" * 50, "a\u0000b")
            ],
            ({"national_id": HALF}, "invalid_characters"),
        ],
    ),
    "confirm": Form(
        f"{CALL}/identity/confirm",
        "asked",
        "operator",
        "operator2",
        {"code": "{code}"},
        [*words("code", 12, missing="invalid"), ({"code": "000000x"}, "wrong_code")],
        counted=("identity_check",),
    ),
    "again": Form(
        f"{CALL}/identity/again", "asked", "operator", "operator2", status=200, silent=True
    ),
    "register": Form(
        f"{CALL}/register",
        "proved",
        "operator",
        "operator2",
        CASE_FORM,
        [
            *choice("kind", "opinion"),
            *choice("reporter_kind", "robot"),
            *choice("agency", "edu-c1"),
            *choice("place", "v999"),
            *choice("indicator", "I9", "i5"),
            *[({"language": value}, "unknown") for value in ("FA", "xx", "م" * 300, "a\u0000b")],
            *[({"other_indicators": ["I7", code]}, "unknown") for code in ("I0", "", "a\u0000b")],
            ({"other_indicators": ["I7"] * 95}, "invalid"),
            *words("subject", 200, 3),
            *words("text", 5000, 10),
            ({"like": "111122223333"}, "unknown"),
            ({"like": "a\u0000b"}, "unknown"),
        ],
    ),
    "alike": Form(
        f"{CALL}/alike", "proved", "operator", "operator2", CASE_FORM, status=200, silent=True
    ),
    "out_of_scope": Form(
        f"{CALL}/out-of-scope",
        "taken",
        "operator",
        "operator2",
        {"category": "judiciary", "note": "دعوای ملکی", "by_sms": "1"},
        [
            *choice("category", "moon"),
            *[bad for bad in words("note", 500) if bad[1] != "required"],
        ],
    ),
    "order": Form(
        f"{IN_CASE}/order",
        "reviewed",
        "senior",
        "senior_ene",
        {"units": "EDU-c1", "text": "بررسی کنید", "minutes": "۹۰"},
        [
            *units("ENE"),
            *words("text", 2000, 5),
            *[({"minutes": value}, "invalid") for value in ("x", "۱.۵", "1e3", "a\u0000b")],
            *[({"minutes": value}, "out_of_range") for value in ("0", "-5", "99999", "99999999")],
            *[({"minutes": value}, "invalid") for value in ("5-", "9" * 30, "9" * 5000)],
            *VERSION,
        ],
        "order-",
    ),
    "result": Form(
        f"{IN_CASE}/result",
        "reviewed",
        "senior",
        "senior_ene",
        {"result": "باجه از ساعت ۸ باز است"},
        [*words("result", 200, 10), *VERSION],
        "result-",
    ),
    "ask": Form(
        f"{IN_CASE}/ask",
        "reviewed",
        "senior",
        "senior_ene",
        {"text": "شماره باجه را می‌دانید؟"},
        [*words("text", 200, 5), ({"text": "دو\nخط است"}, "invalid_characters"), *VERSION],
        "ask-",
    ),
    "note": Form(
        f"{IN_CASE}/note",
        "reviewed",
        "senior",
        "senior_ene",
        {"text": "یادداشت برای همکاران"},
        words("text", 2000),
        "note-",
    ),
    "return": Form(
        f"{IN_CASE}/return",
        "reviewed",
        "senior",
        "senior_ene",
        {"reason": "مربوط به دستگاه دیگری است"},
        [*words("reason", 500, 5), *VERSION],
        "return-",
    ),
    "reroute": Form(
        f"{IN_CASE}/reroute",
        "returned",
        "supervisor",
        "admin",
        {"agency": "ENE", "reason": "در صلاحیت نیرو است"},
        [*choice("agency"), *words("reason", 500, 5), *VERSION],
        "reroute-",
    ),
    "duplicate": Form(
        f"{IN_CASE}/duplicate",
        "reviewed",
        "senior",
        "senior_ene",
        {"original": "{other}"},
        [
            *words("original", 40),
            *[({"original": value}, "unknown") for value in ("x", "111122223333", "%")],
            ({"original": "{own}"}, "invalid"),
            *VERSION,
        ],
        "duplicate-",
    ),
    "case_out_of_scope": Form(
        f"{IN_CASE}/out-of-scope",
        "returned",
        "supervisor",
        "admin",
        {"category": "judiciary"},
        [*choice("category", "moon"), *VERSION],
        "out-of-scope-",
    ),
    "withdraw": Form(
        f"{IN_CASE}/withdraw",
        "reviewed",
        "operator",
        "operator2",
        {"reason": "مشکل حل شد"},
        [*words("reason", 500, 3), *VERSION],
        "withdraw-",
    ),
    "reopen": Form(
        f"{IN_CASE}/reopen",
        "closed",
        "operator",
        "operator2",
        {"reason": "باجه دوباره بسته شد"},
        [*words("reason", 500, 3), *VERSION],
        "reopen-",
    ),
    "case_identity": Form(
        f"{IN_CASE}/identity",
        "reviewed",
        "senior",
        "senior_ene",
        {"reason": "تماس با شهروند"},
        words("reason", 200, 3),
        "identity-",
        status=200,
    ),
    "accept": Form(
        f"{REFERRAL}/accept",
        "ordered",
        "provincial",
        "fars",
        {"version": "{version}"},
        [bad for bad in VERSION if bad[0]["version"]],
    ),
    "refer": Form(
        f"{REFERRAL}/refer",
        "ordered",
        "provincial",
        "fars",
        {"units": "EDU-c1", "instruction": "شهرستان بررسی کند"},
        [
            *units("ENE"),
            ({"units": "EDU-p2"}, "not_below"),
            ({"units": "EDU-p1"}, "not_below"),
            *words("instruction", 2000, 5),
            *VERSION,
        ],
        "refer-{referral}-",
    ),
    "report": Form(
        f"{REFERRAL}/report",
        "ordered",
        "provincial",
        "fars",
        REPORT,
        [
            *words("result", 2000, 5),
            *[bad for bad in words("actions", 2000) if bad[1] != "required"],
            *VERSION,
        ],
        "report-{referral}-",
    ),
    "give_back": Form(
        f"{REFERRAL}/give-back",
        "ordered",
        "provincial",
        "fars",
        {"reason": "مربوط به استان نیست"},
        [*words("reason", 500, 5), *VERSION],
        "give-back-{referral}-",
    ),
    "case_explain": Form(
        "/cases/{case}/breaches/{breach}/explain",
        "breached",
        "head",
        "senior_ene",
        EXPLANATION,
        words("explanation", 2000, 10),
        "explain-{breach}-",
    ),
    "breach_explain": Form(
        "/breaches/{breach}/explain",
        "breached",
        "head",
        "senior_ene",
        {"explanation-{breach}": str(EXPLANATION["explanation"])},
        words("explanation-{breach}", 2000, 10),
    ),
    "settle": Form("/inbox/{text}/settle", "unclear", "operator", "senior"),
    "score_text": Form(
        "/inbox/{text}/score", "doubted", "operator", "senior", {"score": "۴"}, BAD_SCORE
    ),
    "attach_text": Form(
        "/inbox/{text}/attach",
        "doubted",
        "operator",
        "senior",
        {"case": "{case}"},
        [({"case": value}, "unknown") for value in (None, "", "x", "999999", "-1", "9" * 30)],
    ),
    "call_back_text": Form(
        "/inbox/{text}/call-back",
        "doubted",
        "supervisor",
        "senior",
        {"reason": "نمره‌اش روشن نیست"},
        [bad for bad in words("reason", 300, missing="invalid") if bad[1] != "required"],
    ),
    "open_call_back": Form(
        "/call-backs/{back}/open", "owed", "operator", "senior", status=200, silent=True
    ),
    "call_back_done": Form(
        "/call-backs/{back}/done",
        "owed",
        "operator",
        "senior",
        {"outcome": "پاسخ داد و توضیح گرفت"},
        words("outcome", 300, 2),
    ),
    "caller_called_back": Form(
        f"{CALL}/call-backs/{{back}}/done",
        "owed",
        "operator",
        "operator2",
        {"outcome-{back}": "روی خط است و توضیح گرفت"},
        words("outcome-{back}", 300, 2),
    ),
    "opt_in": Form(
        f"{CALL}/opt-in",
        "opted_out",
        "operator",
        "operator2",
        {"reason": "دوباره پیامک می‌خواهد"},
        words("reason", 200, 3),
    ),
    "add_label": Form(
        f"{LABELS}/add",
        "people",
        "admin",
        "supervisor",
        {"label": "دمتون گرم", "score": "5"},
        [
            *words("label", 60, missing="invalid"),
            *[({"label": value}, "not_a_label") for value in ("لغو", "۵", "پنج", "خوب نبود", "👍")],
            ({"label": "خوووب"}, "taken"),
            *BAD_SCORE,
        ],
    ),
    "change_label": Form(
        f"{LABELS}/change",
        "people",
        "admin",
        "supervisor",
        {"folded": "خوب", "score": "5"},
        BAD_SCORE,
    ),
    "delete_label": Form(f"{LABELS}/delete", "people", "admin", "supervisor", {"folded": "خوب"}),
    "find_conversation": Form(
        "/conversations/search",
        "conversed",
        "operator",
        "senior",
        {"q": "۰۹۱۲۱۲۳۴۵۶۷"},
        [
            *[({"q": value}, "required") for value in (None, "", " ")],
            *[({"q": value}, "invalid") for value in ("سلام", "123", "021 88 77 66 55")],
            ({"q": "09350000000"}, "unknown"),
            ({"q": "م" * 200}, "too_long"),
            ({"q": "a\u0000b"}, "invalid_characters"),
            ({"q": HALF}, "invalid_characters"),
        ],
        silent=True,
    ),
    "conversation_number": Form(
        f"{CONVERSATION}/number",
        "conversed",
        "operator",
        "senior",
        {"reason": "تماس با شهروند"},
        words("reason", 200, 3, missing="invalid"),
        "number-",
        status=200,
    ),
    "prefer": Form(
        f"{CONVERSATION}/preferences",
        "conversed",
        "operator",
        "senior",
        {"language": "azb", "voice": "1"},
        choice("language", "FA", "fa-IR"),
    ),
    "write": Form(
        f"{CONVERSATION}/write",
        "conversed",
        "operator",
        "senior",
        {"text": "لطفاً فردا مراجعه کنید.", "case": "{case}"},
        [
            *words("text", 200, 2, missing="invalid"),
            *[({"case": value}, "unknown") for value in ("x", "0", "-1", "999999", "9" * 30)],
            ({"case": HALF}, "invalid_characters"),
        ],
    ),
    "measure": Form(
        f"{CONVERSATION}/measure",
        "conversed",
        "operator",
        "senior",
        {"text": "لطفاً فردا مراجعه کنید."},
        status=200,
        silent=True,
    ),
    "conversation_opt_in": Form(
        f"{CONVERSATION}/opt-in",
        "silenced",
        "operator",
        "senior",
        {"reason": "دوباره پیامک می‌خواهد"},
        words("reason", 200, 3, missing="invalid"),
        "opt-in-",
    ),
    "again_in_conversation": Form(
        f"{CONVERSATION}/messages/{{message}}/again",
        "unsent",
        "operator",
        "senior",
        {"reason": "شماره درست است"},
        words("reason", 200, 3, missing="invalid"),
        "again-{message}-",
    ),
    "search": Form(
        "/search",
        "reviewed",
        "senior",
        None,
        {"q": "باجه"},
        [({"q": HALF}, "invalid_characters"), ({"q": "م" * 1000}, "too_long")],
        status=200,
        silent=True,
    ),
    "read": Form(
        "/notifications/read",
        "reviewed",
        "senior",
        None,
        {"up_to": "1"},
        [({"up_to": value}, "invalid") for value in (None, "", "x", "-1", "9" * 30, "۱\u0000")],
    ),
    "new_user": Form(
        "/admin/people/new",
        "people",
        "admin",
        "supervisor",
        {
            "username": "sara",
            "full_name": "سارا احمدی",
            "role": "coordinator",
            "agency": "EDU-c1",
            "mobile": "09121112233",
            "password": PASSWORD,
        },
        [
            *[bad for bad in words("username", 60, missing="invalid") if bad[1] != "too_short"],
            *[({"username": value}, "invalid") for value in ("سارا", "-sara", "s", "a b")],
            ({"username": "operator"}, "taken"),
            *words("full_name", 120, 3, missing="invalid"),
            *choice("role", "root"),
            ({"agency": None}, "required"),
            ({"agency": "NONE"}, "unknown"),
            ({"agency": "a\u0000b"}, "unknown"),
            ({"role": "senior"}, "unknown"),
            *[({"mobile": value}, "invalid") for value in ("123", "x" * 500, "09\u0000")],
            ({"password": None}, "required"),
            ({"password": "short"}, "too_short"),
            ({"password": "م" * 201}, "too_long"),
            ({"password": "a long \u0000 password"}, "invalid_characters"),
        ],
    ),
    "off": Form("/admin/people/{user}/off", "people", "admin", "supervisor"),
    "on": Form("/admin/people/{user}/on", "people", "admin", "supervisor", silent=True),
    "new_client": Form(
        "/admin/clients/new",
        "people",
        "admin",
        "supervisor",
        {"name": "سامانه آموزش", "agency": "EDU", **TERMS},
        [
            *words("name", 120, 2, missing="invalid"),
            *choice("agency"),
            *BAD_TERMS,
        ],
        status=200,
    ),
    "change_client": Form(
        "/admin/clients/partner/change",
        "partnered",
        "admin",
        "supervisor",
        {"version": "1", **TERMS},
        [*VERSION, *BAD_TERMS],
    ),
    "rotate_client": Form(
        "/admin/clients/partner/rotate",
        "partnered",
        "admin",
        "supervisor",
        {"version": "1", "overlap": "24"},
        [*VERSION, *choice("overlap", "25")],
        status=200,
    ),
    "revoke_client": Form("/admin/clients/partner/revoke", "partnered", "admin", "supervisor"),
    "new_webhook": Form(
        "/admin/webhooks/new?client=client-EDU",
        "hooked",
        "admin",
        "supervisor",
        WEBHOOK,
        BAD_WEBHOOK,
        status=200,
    ),
    "change_webhook": Form(
        f"{WEBHOOKS}/change", "hooked", "admin", "supervisor", WEBHOOK, BAD_WEBHOOK
    ),
    "webhook_off": Form(f"{WEBHOOKS}/off", "hooked", "admin", "supervisor"),
    "webhook_on": Form(f"{WEBHOOKS}/on", "hooked", "admin", "supervisor", silent=True),
    "test_webhook": Form(f"{WEBHOOKS}/test", "hooked", "admin", "supervisor"),
    "roll_webhook": Form(f"{WEBHOOKS}/roll", "hooked", "admin", "supervisor", status=200),
    "delete_webhook": Form(f"{WEBHOOKS}/delete", "hooked", "admin", "supervisor"),
    "replay_delivery": Form(
        f"{WEBHOOKS}/deliveries/{{delivery}}/replay", "told", "admin", "supervisor"
    ),
    "replay_deliveries": Form(
        f"{WEBHOOKS}/replay",
        "told",
        "admin",
        "supervisor",
        {"since": "۱۴۰۵/۰۹/۰۳"},
        [
            *[({"since": value}, "required") for value in (None, "", " ")],
            *[({"since": value}, "invalid") for value in ("x", "1406/13/01", "99999", "9" * 50)],
            ({"since": HALF}, "invalid_characters"),
        ],
    ),
    "publish_text": Form(
        "/admin/texts/survey/fa",
        "people",
        "admin",
        "supervisor",
        {"text": "نظر شما درباره پرونده {code} از ۱ تا ۵؟ لغو۱۱", "version": "1"},
        [
            *words("text", 900),
            *[
                ({"text": text}, "braces")
                for text in ("کد {0}", "{", "}", "کد {{code}}", "کد {code!r}")
            ],
            ({"text": "پرونده {code} {x}"}, "unknown_placeholder"),
            ({"text": "لغو۱۱"}, "missing_placeholder"),
            ({"text": "پرونده {code}"}, "opt_out_missing"),
            ({"text": "پرونده {code} لغو۱۱" + "م" * 268}, "too_many_parts"),
            *VERSION,
        ],
    ),
    "measure_text": Form(
        "/admin/texts/survey/fa/measure",
        "people",
        "admin",
        "supervisor",
        {"text": "پرونده {code}"},
        status=200,
        silent=True,
    ),
    "restore_text": Form(
        "/admin/texts/survey/fa/1/restore",
        "worded",
        "admin",
        "supervisor",
        {"version": "2"},
        VERSION,
    ),
    "resume_sending": Form("/sms/halts/{halt}/resume", "halted", "supervisor", "operator"),
    "dismiss_alarm": Form("/sms/alarms/{alarm}/dismiss", "alarmed", "admin", "operator"),
    "sms_again": Form(
        "/sms/messages/{message}/send-again",
        "unsent",
        "admin",
        "senior",
        {"reason": "شهروند در تماس گفت که نرسیده است"},
        words("reason", 200, 3, missing="invalid"),
        "again-{message}-",
    ),
    "retry_job": Form("/admin/jobs/{job}/retry", "dead", "admin", "supervisor"),
    "delete_job": Form("/admin/jobs/{job}/delete", "dead", "admin", "supervisor"),
    "password": Form(
        "/account/password",
        "people",
        "senior",
        None,
        {"old_password": PASSWORD, "new_password": "another-long-one", "repeated": "{new}"},
        [
            ({"old_password": None}, "invalid"),
            ({"old_password": ""}, "required"),
            ({"old_password": "م" * 201}, "too_long"),
            ({"old_password": "wrong-password"}, "wrong_code"),
            ({"repeated": "something-else"}, "not_repeated"),
            ({"repeated": None}, "not_repeated"),
            ({"new_password": "short", "repeated": "short"}, "too_short"),
            ({"new_password": None, "repeated": None}, "invalid"),
        ],
        counted=("user_account",),
    ),
}
