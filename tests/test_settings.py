"""Settings: safe defaults, refusals by name, no secret ever shown, documentation that is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

import settings

SECRET = "s3cret-" * 8


def test_defaults_allow_nothing() -> None:
    chosen = settings.load({})
    assert chosen.database_url == "sqlite://var/favad.sqlite3"
    assert (chosen.host, chosen.port, chosen.simulator_port) == ("127.0.0.1", 8128, 8129)
    assert chosen.kavenegar_base == "https://api.kavenegar.com"
    for name, field in settings.Settings.model_fields.items():
        if "SecretStr" in str(field.annotation):
            assert not getattr(chosen, name), f"{name} has a default secret"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("FAVAD_DATABASE_URL", "mysql://x/y", "sqlite://, asyncpg://"),
        ("FAVAD_DATABASE_URL", "favad.sqlite3", "sqlite://, asyncpg://"),
        ("FAVAD_SECRET_KEY", "sh0rt-and-sweet", "at least 32"),
        ("FAVAD_SECRET_KEY", "spaced out " * 5, "no spaces"),
        ("FAVAD_PORT", "0", "greater than or equal to 1"),
        ("FAVAD_PORT", "65536", "less than or equal to 65535"),
        ("FAVAD_PORT", "http", "valid integer"),
        ("FAVAD_SIMULATOR_PORT", "-1", "greater than"),
        ("FAVAD_PUBLIC_URL", "service.invalid", "web address"),
        ("FAVAD_PUBLIC_URL", "javascript://x", "web address"),
        ("FAVAD_PUBLIC_URL", "https://me:pw@favad.example", "must not contain"),
        ("FAVAD_KAVENEGAR_BASE", "http://api.kavenegar.com", "https://"),
        ("FAVAD_KAVENEGAR_BASE", "http://127.0.0.1.evil.example", "https://"),
        ("FAVAD_VERIFIER_URL", "http://10.0.0.1/verify", "https://"),
        ("FAVAD_KAVENEGAR_API_KEY", "tiny", "at least 8"),
        ("FAVAD_KAVENEGAR_SENDER", "Favad", "pattern"),
        ("FAVAD_KAVENEGAR_CODE_TEMPLATE", "two words", "pattern"),
        ("FAVAD_VOICE", "yes", "'on' or 'off'"),
        ("FAVAD_SMS_RATE", "0", "greater than"),
        ("FAVAD_SMS_RATE", "1001", "less than"),
        ("FAVAD_HTTP_GATEWAY_URL", "http://sms.example/messages", "https://"),
        ("FAVAD_HTTP_GATEWAY_URL", "https://me:pw@sms.example", "must not contain"),
        ("FAVAD_HTTP_GATEWAY_TOKEN", "t0ken", "at least 8"),
        ("FAVAD_HTTP_GATEWAY_SENDER", "Favad", "pattern"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", "id=messageId", "must be a JSON object"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", '["to", "from"]', "must be a JSON object"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", "[" * 100_000, "must be a JSON object"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", '{"too": "recipient"}', "too: Extra inputs"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", '{"to": "the recipient"}', "to: String should match"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", '{"id": "data..id"}', "id: String should match"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", '{"to": "text"}', "must have different names"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", '{"lookup": "off"}', "lookup: Input should be"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", '{"states": {}}', "states: Dictionary should have"),
        ("FAVAD_HTTP_GATEWAY_SHAPE", '{"states": {"Q": "pending"}}', "states.Q: must be one of"),
        ("FAVAD_WEBHOOK_TOKENS", "t00-short", "at least 22"),
        ("FAVAD_WEBHOOK_TOKENS", f"{'a' * 22},t00-short", "at least 22"),
        ("FAVAD_WEBHOOK_TOKENS", "slash/" * 6, "letters, digits"),
        ("FAVAD_CALL_SECRET", "t00-short", "at least 16"),
        ("FAVAD_CALL_SECRET", ",".join("abc" * 6 for _ in range(3)), "at most 2"),
        ("FAVAD_DEMO_PASSWORD", "sh0rt", "at least 8"),
        ("FAVAD_DEMO_KEY", "without-a-dot-in-the-middle", "id.secret"),
        ("FAVAD_WORKER", "maybe", "'auto', 'on' or 'off'"),
        ("FAVAD_COOKIE_SECURE", "yes", "'auto', 'on' or 'off'"),
        ("FAVAD_SMS_CONCURRENCY", "0", "greater than"),
        ("FAVAD_SMS_RECONCILE_SECONDS", "soon", "valid integer"),
        ("FAVAD_DB_POOL", "0", "greater than"),
        ("FAVAD_LOG_LEVEL", "loud", "'debug'"),
        ("FAVAD_LOG_FORMAT", "xml", "'text' or 'json'"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_not_repeated(
    variable: str, value: str, reason: str
) -> None:
    with pytest.raises(settings.SettingsError) as caught:
        settings.load({variable: value})
    message = str(caught.value)
    assert message.startswith(f"{variable}: ")
    assert reason in message
    if len(value) > 6:
        assert value not in message
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_every_bad_value_is_named_at_once() -> None:
    with pytest.raises(settings.SettingsError) as caught:
        settings.load({"FAVAD_PORT": "x", "FAVAD_WORKER": "x"})
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "FAVAD_PORT",
        "FAVAD_WORKER",
    ]


def test_an_empty_value_counts_as_not_given() -> None:
    assert settings.load({"FAVAD_PORT": " ", "FAVAD_SECRET_KEY": ""}) == settings.load({})


def test_secrets_are_never_shown() -> None:
    chosen = settings.load(
        {
            "FAVAD_SECRET_KEY": SECRET,
            "FAVAD_CALL_SECRET": f"{SECRET},{SECRET}",
            "FAVAD_WEBHOOK_TOKENS": SECRET,
            "FAVAD_KAVENEGAR_API_KEY": SECRET,
            "FAVAD_DATABASE_URL": f"asyncpg://me:{SECRET}@db/favad",
        }
    )
    assert "s3cret" not in repr(chosen) + str(chosen)
    assert chosen.call_secret == (SecretStr(SECRET), SecretStr(SECRET))
    assert chosen.secret_key is not None and chosen.secret_key.get_secret_value() == SECRET


def test_require_names_all_that_is_absent() -> None:
    chosen = settings.load({"FAVAD_KAVENEGAR_SENDER": "10004346"})
    chosen.require("kavenegar_sender")
    with pytest.raises(settings.SettingsError) as caught:
        chosen.require("secret_key", "kavenegar_sender", "call_secret")
    assert str(caught.value) == "FAVAD_SECRET_KEY: required\nFAVAD_CALL_SECRET: required"


def test_a_verifier_needs_its_token() -> None:
    address = {"FAVAD_VERIFIER_URL": "https://verify.example/match/"}
    with pytest.raises(settings.SettingsError, match="FAVAD_VERIFIER_TOKEN: required"):
        settings.load(address)
    chosen = settings.load(address | {"FAVAD_VERIFIER_TOKEN": SECRET})
    assert chosen.verifier_url == "https://verify.example/match"


def test_a_second_gateway_needs_its_token_and_its_line() -> None:
    given = {"FAVAD_HTTP_GATEWAY_URL": "https://sms.example/messages"}
    with pytest.raises(settings.SettingsError) as caught:
        settings.load(given)
    assert str(caught.value) == (
        "FAVAD_HTTP_GATEWAY_TOKEN: required\nFAVAD_HTTP_GATEWAY_SENDER: required"
    )
    given |= {"FAVAD_HTTP_GATEWAY_TOKEN": SECRET, "FAVAD_HTTP_GATEWAY_SENDER": "10009128"}
    chosen = settings.load(given)
    assert chosen.http_gateway_url == "https://sms.example/messages"
    assert "s3cret" not in repr(chosen)


def test_the_shape_of_a_second_gateway_is_json() -> None:
    names = '{"from": "source", "id": "messages.0.id", "states": {"DELIVRD": "delivered"}}'
    shape = settings.load({"FAVAD_HTTP_GATEWAY_SHAPE": names}).http_gateway_shape
    assert shape is not None
    assert (shape.sender, shape.id, shape.to) == ("source", "messages.0.id", "to")
    assert shape.states == {"DELIVRD": "delivered"}
    assert shape.lookup and shape.idempotent


@pytest.mark.parametrize(
    ("worker", "url", "expected"),
    [
        ("", "", True),
        ("", "asyncpg://db/favad", False),
        ("on", "asyncpg://db/favad", True),
        ("off", "", False),
    ],
)
def test_where_the_worker_runs(worker: str, url: str, expected: bool) -> None:
    chosen = settings.load({"FAVAD_WORKER": worker, "FAVAD_DATABASE_URL": url})
    assert chosen.worker_in_process is expected


@pytest.mark.parametrize(
    ("url", "choice", "expected"),
    [
        ("", "", False),
        ("http://localhost:8128", "", False),
        ("http://[::1]:8128", "", False),
        ("https://favad.example", "", True),
        ("http://favad.example", "", True),
        ("http://favad.example", "off", False),
        ("", "on", True),
    ],
)
def test_cookies_are_secure_wherever_they_can_be(url: str, choice: str, expected: bool) -> None:
    chosen = settings.load({"FAVAD_PUBLIC_URL": url, "FAVAD_COOKIE_SECURE": choice})
    assert chosen.secure_cookies is expected


def test_the_simulator_on_this_machine_needs_no_https() -> None:
    for base in ("http://127.0.0.1:8129", "http://localhost:8129/", "http://[::1]:8129"):
        chosen = settings.load({"FAVAD_KAVENEGAR_BASE": base})
        assert chosen.kavenegar_base == base.rstrip("/")


def test_unknown_variables_are_warned_about() -> None:
    environ = {"FAVAD_DATABSE_URL": "x", "FAVAD_TEST_DB": "sqlite", "FAVAD_PORT": "1", "HOME": "/"}
    assert settings.unknown(environ) == [
        "FAVAD_DATABSE_URL: no such setting; did you mean FAVAD_DATABASE_URL?"
    ]


def test_the_documentation_is_what_the_settings_say() -> None:
    written = Path(__file__).parents[1] / "docs" / "settings.md"
    assert written.read_text(encoding="utf-8") == settings.document(), (
        "run: python -m settings > docs/settings.md"
    )


def test_every_setting_is_described() -> None:
    for name, field in settings.Settings.model_fields.items():
        assert field.description and field.description.endswith("."), name
