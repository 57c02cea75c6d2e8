"""Which gateways the settings make, and what the domain and the pages are told of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api import wiring
from domain import service
from settings import Settings, load
from sms.gateway import Capability

SECRET = {"FAVAD_SECRET_KEY": "k" * 32}
KAVENEGAR = {"FAVAD_KAVENEGAR_API_KEY": "key-0123456789", "FAVAD_KAVENEGAR_SENDER": "10004128"}
SECOND = {
    "FAVAD_HTTP_GATEWAY_URL": "https://sms.example/messages",
    "FAVAD_HTTP_GATEWAY_TOKEN": "bearer-token-0123456789",
    "FAVAD_HTTP_GATEWAY_SENDER": "10009128",
}
LOCAL = {"FAVAD_HTTP_GATEWAY_URL": "http://127.0.0.1:8129/second/messages"}
SIMULATED = {"FAVAD_KAVENEGAR_BASE": "http://127.0.0.1:8129"}


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    return load(SECRET | request.param)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = service._current
    yield
    service._current = before


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({}, []),
        ({"FAVAD_KAVENEGAR_API_KEY": "key-0123456789"}, []),
        (KAVENEGAR, [("kavenegar", "10004128")]),
        (SECOND, [("http", "10009128")]),
        (KAVENEGAR | SECOND, [("kavenegar", "10004128"), ("http", "10009128")]),
    ],
    indirect=["settings"],
)
async def test_gateways_in_their_order(settings: Settings, lines: list[tuple[str, str]]) -> None:
    gateways = wiring.build_gateways(settings)
    assert [(gateway.name, gateway.line) for gateway in gateways] == lines
    wiring.configure_domain(settings)
    assert service.current().sms_line == (lines[0][1] if lines else "")
    assert service.current().gateways == tuple(
        service.Provider(gateway.name, gateway.line, gateway.capabilities) for gateway in gateways
    )
    for gateway in gateways:
        await gateway.close()


async def test_gateways_can_what_the_settings_say() -> None:
    shape = {"FAVAD_HTTP_GATEWAY_SHAPE": '{"lookup": false}'}
    chosen = {"FAVAD_KAVENEGAR_CODE_TEMPLATE": "favad-code", "FAVAD_VOICE": "on"}
    first, second = wiring.build_gateways(load(KAVENEGAR | SECOND | chosen | shape))
    assert first.capabilities == set(Capability)
    assert second.capabilities == set()
    first, second = wiring.build_gateways(load(KAVENEGAR | SECOND))
    assert set(Capability) - first.capabilities == {Capability.CODES, Capability.CALLS}
    assert second.capabilities == {Capability.LOOKUP}


@pytest.mark.parametrize(
    ("settings", "rate", "voice"),
    [
        ({}, 10, False),
        (KAVENEGAR | {"FAVAD_VOICE": "on", "FAVAD_SMS_RATE": "25"}, 25, True),
        (KAVENEGAR | {"FAVAD_VOICE": "off"}, 10, False),
        (SECOND | {"FAVAD_VOICE": "on"}, 10, False),
    ],
    indirect=["settings"],
)
def test_what_the_domain_is_told(settings: Settings, rate: float, voice: bool) -> None:
    wiring.configure_domain(settings)
    assert (service.current().sms_rate, service.current().voice) == (rate, voice)


@pytest.mark.parametrize(
    ("settings", "simulated", "local"),
    [
        (KAVENEGAR, False, False),
        (KAVENEGAR | SECOND, False, False),
        (KAVENEGAR | SIMULATED, True, True),
        (KAVENEGAR | SIMULATED | SECOND, True, True),
        (KAVENEGAR | SECOND | LOCAL, True, False),
    ],
    indirect=["settings"],
)
def test_pages_say_when_a_gateway_is_not_real(
    settings: Settings, simulated: bool, local: bool
) -> None:
    """Only where the provider itself is simulated may partners' webhooks lead to this machine."""
    assert wiring.is_simulated(settings) is simulated
    wiring.configure_domain(settings)
    assert service.current().local_webhooks is local
