"""Typed settings, `FAVAD_*`. A bad value is refused at start by the name of its variable.

No message, `repr` or documentation ever shows the value of a secret.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from sms.http_shape import Shape

PREFIX = "FAVAD_"
TEST_PREFIX = "FAVAD_TEST_"


class SettingsError(Exception):
    """One or more variables are missing or wrong; the message names each and says why."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _json_object(value: object) -> object:
    try:
        found = json.loads(str(value))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("must be a JSON object")
    return found


def is_local(address: str) -> bool:
    """Whether a web address is on this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a web address such as https://favad.example")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must not contain a user, a password, ? or #")
    return value.rstrip("/")


def _encrypted_address(value: str) -> str:
    value = _web_address(value)
    if urlsplit(value).scheme != "https" and not is_local(value):
        raise ValueError("must begin with https:// unless it is on this machine")
    return value


def _database_address(value: str) -> str:
    if not re.match(r"(sqlite|asyncpg|postgres|postgresql)://.", value):
        raise ValueError("must begin with sqlite://, asyncpg:// or postgres://")
    return value


def _secret(
    minimum: int, pattern: str = r"[\x21-\x7e]+", form: str = "no spaces"
) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if len(secret) < minimum or not re.fullmatch(pattern, secret):
            raise ValueError(f"must be at least {minimum} characters, {form}")
        return value

    return AfterValidator(check)


WebAddress = Annotated[str, AfterValidator(_web_address)]
EncryptedAddress = Annotated[str, AfterValidator(_encrypted_address)]
DatabaseAddress = Annotated[str, AfterValidator(_database_address)]
Listed = BeforeValidator(_split)
Port = Annotated[int, Field(ge=1, le=65535)]
SecretKey = Annotated[SecretStr, _secret(32)]
ApiKey = Annotated[SecretStr, _secret(8)]
CallSecret = Annotated[SecretStr, _secret(16, r"[\x21-\x2b\x2d-\x7e]+", "no spaces or commas")]
Line = Annotated[str, Field(pattern=r"^[0-9]{3,16}$")]
WebhookToken = Annotated[SecretStr, _secret(22, r"[A-Za-z0-9_-]+", "letters, digits, - and _ only")]
Password = Annotated[SecretStr, _secret(8, r"[^\x00-\x1f]+", "no control characters")]
ClientKey = Annotated[
    SecretStr, _secret(14, r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{12,}", "of the form id.secret")
]


class Settings(BaseModel):
    """What a deployment can choose. Names here are those of the variables without `FAVAD_`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: Annotated[DatabaseAddress, Field(repr=False)] = Field(
        "sqlite://var/favad.sqlite3",
        description="The database: `sqlite://path` or `asyncpg://user:password@host:port/name`.",
    )
    db_pool: int = Field(
        10, ge=1, le=200, description="Greatest number of PostgreSQL connections of one process."
    )
    secret_key: SecretKey | None = Field(
        None,
        description="Master secret, at least 32 characters: national ids are encrypted and "
        "indexed, sessions and keys signed, with keys derived from it. Required to serve. "
        "Losing it loses the national ids.",
    )
    var_dir: Path = Field(
        Path("var"), description="Directory of the files this deployment makes for itself."
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address the web server listens on.")
    port: Port = Field(8128, description="Port the web server listens on.")
    public_url: WebAddress = Field(
        "http://127.0.0.1:8128",
        description="Address people use to reach the service; links in SMS begin with it.",
    )
    cookie_secure: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether the session cookie is sent over HTTPS only: `on`, `off`, or `auto`: "
        "on unless the public address is http:// on this machine.",
    )
    worker: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether `favad serve` also runs the worker: `on`, `off`, or `auto`: on with "
        "SQLite, off with PostgreSQL, where `favad worker` runs apart.",
    )
    kavenegar_base: EncryptedAddress = Field(
        "https://api.kavenegar.com",
        description="Kavenegar's address; https:// unless it is the simulator on this machine.",
    )
    kavenegar_api_key: ApiKey | None = Field(
        None, description="Kavenegar's API key. Required to send SMS."
    )
    kavenegar_sender: Line | None = Field(
        None,
        description="The line SMS are sent from, digits only. Required to send SMS by Kavenegar.",
    )
    kavenegar_code_template: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._-]{1,80}$",
        description="Kavenegar's template for one-time codes (`verify/lookup`), in which `%token` "
        "stands for the code. Empty: codes go as ordinary SMS, which do not reach phones that "
        "block advertisements.",
    )
    voice: Literal["on", "off"] = Field(
        "off",
        description="Whether results are also read out in a call by Kavenegar, to callers who ask "
        "for it: `on` or `off`.",
    )
    http_gateway_url: EncryptedAddress | None = Field(
        None,
        description="Address of a second gateway, which takes SMS as JSON over HTTP. It is used "
        "when Kavenegar cannot be, or alone. Needs the token and the sender below.",
    )
    http_gateway_token: ApiKey | None = Field(
        None, description="Bearer token for the second gateway."
    )
    http_gateway_sender: Line | None = Field(
        None, description="The line the second gateway sends from, digits only."
    )
    http_gateway_shape: Annotated[Shape, BeforeValidator(_json_object)] | None = Field(
        None,
        description="JSON object of the names that the second gateway uses, where they differ from "
        "those in docs/sms.md.",
    )
    sms_rate: int = Field(
        10,
        ge=1,
        le=1000,
        description="SMS sent from one line in a second, at most, by all workers.",
    )
    sms_concurrency: int = Field(
        4, ge=1, le=64, description="SMS requests that may be under way at once in one worker."
    )
    sms_reconcile_seconds: int = Field(
        60,
        ge=1,
        le=86_400,
        description="Seconds after which a gateway is asked whether it took an SMS that it did not "
        "acknowledge. A worker's lease lasts as long, at most 60.",
    )
    sms_lookup_gap_seconds: int = Field(
        120,
        ge=0,
        le=86_400,
        description="Seconds between the two times a gateway must say that it does not know an SMS "
        "before that is sent again.",
    )
    webhook_tokens: Annotated[tuple[WebhookToken, ...], Listed] = Field(
        (),
        description="Secret part of the addresses that SMS providers call, at least 22 letters and "
        "digits; several, separated by commas, while one replaces another. None: those addresses "
        "do not exist.",
    )
    call_secret: Annotated[tuple[CallSecret, ...], Listed] = Field(
        (),
        max_length=2,
        description="Secret the telephone exchange signs calls with, at least 16 characters; two, "
        "separated by a comma, while one replaces the other. None: no call is accepted.",
    )
    verifier_url: EncryptedAddress | None = Field(
        None,
        description="Service that says whether a mobile belongs to a national id. Empty: callers "
        "prove who they are with a one-time code by SMS.",
    )
    verifier_token: ApiKey | None = Field(
        None, description="Token for the verifier. Required if FAVAD_VERIFIER_URL is set."
    )
    metrics_token: ApiKey | None = Field(
        None, description="Token a scraper of `/metrics` must show. Empty: there are no metrics."
    )
    trusted_documents_only: Literal["on", "off"] = Field(
        "off",
        description="Whether `/graphql` executes only what `favad trust-documents` was given: "
        "`on` or `off`.",
    )
    simulator_port: Port = Field(8129, description="Port of the simulator, on this machine only.")
    demo_password: Password | None = Field(
        None, description="Password of the demo's logins. Empty: a random one, printed."
    )
    demo_key: ClientKey | None = Field(
        None, description="The demo's partner key, `id.secret`. Empty: a random one, printed."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important messages that are logged."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="`text` for people, `json` for machines, one object a line."
    )

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def worker_in_process(self) -> bool:
        """Whether `favad serve` runs the worker as well."""
        return self.on_sqlite if self.worker == "auto" else self.worker == "on"

    @property
    def secure_cookies(self) -> bool:
        if self.cookie_secure != "auto":
            return self.cookie_secure == "on"
        return urlsplit(self.public_url).scheme == "https" or not is_local(self.public_url)

    def require(self, *names: str) -> None:
        """Raise `SettingsError` naming every one of these settings that is not given."""
        absent = [_variable(name) for name in names if not getattr(self, name)]
        if absent:
            raise SettingsError("\n".join(f"{variable}: required" for variable in absent))


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables; an empty one counts as not given.

    Raises `SettingsError` for values that are wrong.
    """
    given = {
        name: value
        for name in Settings.model_fields
        if (value := environ.get(_variable(name), "").strip())
    }
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("\n".join(_complaints(error))) from None
    if settings.verifier_url:
        settings.require("verifier_token")
    if settings.http_gateway_url:
        settings.require("http_gateway_token", "http_gateway_sender")
    return settings


def unknown(environ: Mapping[str, str]) -> list[str]:
    """A warning for each `FAVAD_` variable that is no setting, with the one probably meant."""
    known = [_variable(name) for name in Settings.model_fields]
    warnings = []
    for name in sorted(environ.keys() - set(known)):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            warnings.append(f"{name}: no such setting{hint}")
    return warnings


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _complaints(error: ValidationError) -> Iterable[str]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        reason = detail["msg"].removeprefix("Value error, ")
        variable, *inside = detail["loc"]
        where = f"{'.'.join(map(str, inside))}: " if inside else ""
        yield f"{_variable(str(variable))}: {where}{reason}"


def document() -> str:
    """The reference of all settings, in Markdown."""
    lines = [
        "# Settings",
        "",
        "All settings are environment variables. An empty one counts as not given. A wrong one",
        "stops the program at start, with its name and the reason; an unknown one is warned about.",
        "This page is written by `python -m settings`.",
        "",
        "| Variable | Default | Meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = f"`{field.default}`" if field.default not in (None, ()) else "–"
        lines.append(f"| `{_variable(name)}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")
