"""The simulator for a deployment: what both must agree on."""

from __future__ import annotations

from pydantic import SecretStr

from settings import Settings
from sms.simulator import SimulatorConfig


def config_of(settings: Settings) -> SimulatorConfig:
    """The simulator knows the service by its public address and the secrets they share."""

    def first(*values: SecretStr | None) -> str:
        return values[0].get_secret_value() if values and values[0] else ""

    def hook(provider: str, kind: str) -> str:
        return f"{hooks}/{provider}/{token}/{kind}" if token else ""

    assert settings.kavenegar_api_key is not None
    token, call_secret = first(*settings.webhook_tokens), first(*settings.call_secret)
    hooks = f"{settings.public_url}/webhooks"
    return SimulatorConfig(
        api_key=settings.kavenegar_api_key.get_secret_value(),
        line=settings.kavenegar_sender or "",
        database=str(settings.var_dir / "simulator.sqlite3"),
        inbound_url=hook("kavenegar", "inbound"),
        delivery_url=hook("kavenegar", "delivery"),
        second_token=first(settings.http_gateway_token),
        second_line=settings.http_gateway_sender or SimulatorConfig.second_line,
        second_inbound_url=hook("http", "inbound"),
        second_delivery_url=hook("http", "delivery"),
        call_url=f"{hooks}/calls" if call_secret else "",
        call_secret=call_secret,
        verifier_token=first(settings.verifier_token),
        app_url=settings.public_url,
    )
