"""What the domain gets from the settings, for every process: web, worker, command line."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import settings as configuration
from api.resolver import SystemResolver
from api.verifier import HttpVerifier
from domain import service
from domain.vault import Vault
from settings import Settings
from sms import http_gateway, kavenegar
from sms.gateway import Gateway
from sms.http_gateway import HttpGateway
from sms.http_shape import Shape
from sms.kavenegar import KavenegarGateway

REAL_HOST = "api.kavenegar.com"
LONGEST_ANSWER = 30.0
CONNECT_TIMEOUT = 3.05
SPARE_WORKERS = 2
"""Threads of a gateway beside those that send, for statuses and the like."""


def configure_domain(settings: Settings) -> None:
    """Set `domain.service` from the settings. Needs the secret key."""
    settings.require("secret_key")
    assert settings.secret_key is not None
    service.configure(
        service.Service(
            vault=Vault.from_secret(settings.secret_key.get_secret_value()),
            sms_line=settings.kavenegar_sender or settings.http_gateway_sender or "",
            sms_rate=settings.sms_rate,
            voice=settings.voice == "on" and _has_kavenegar(settings),
            gateways=tuple(_providers(settings)),
            public_url=settings.public_url,
            verifier=_verifier(settings),
            reconcile_seconds=settings.sms_reconcile_seconds,
            lookup_gap_seconds=settings.sms_lookup_gap_seconds,
            resolver=SystemResolver(),
            local_webhooks=_simulates_kavenegar(settings),
            trusted_documents_only=settings.trusted_documents_only == "on",
        )
    )


def build_gateways(settings: Settings) -> list[Gateway]:
    """The gateways SMS go by, the first choice first; none without their settings.

    Their timeouts end a call before the lease of the worker that makes it.
    """
    answer = min(LONGEST_ANSWER, settings.sms_reconcile_seconds / 2)
    timeout, workers = (CONNECT_TIMEOUT, answer), settings.sms_concurrency + SPARE_WORKERS
    gateways: list[Gateway] = []
    if settings.kavenegar_api_key is not None and settings.kavenegar_sender is not None:
        gateways.append(
            KavenegarGateway(
                settings.kavenegar_api_key.get_secret_value(),
                settings.kavenegar_sender,
                settings.kavenegar_base,
                code_template=settings.kavenegar_code_template or "",
                voice=settings.voice == "on",
                workers=workers,
                timeout=timeout,
            )
        )
    if settings.http_gateway_url is not None:
        assert settings.http_gateway_token is not None
        assert settings.http_gateway_sender is not None
        gateways.append(
            HttpGateway(
                settings.http_gateway_url,
                settings.http_gateway_token.get_secret_value(),
                settings.http_gateway_sender,
                settings.http_gateway_shape,
                workers=workers,
                timeout=timeout,
            )
        )
    return gateways


def _providers(settings: Settings) -> Iterator[service.Provider]:
    """What pages say of the gateways of `build_gateways`, without making them."""
    if _has_kavenegar(settings):
        able = kavenegar.capabilities(
            settings.kavenegar_code_template or "", settings.voice == "on"
        )
        yield service.Provider(KavenegarGateway.name, settings.kavenegar_sender or "", able)
    if settings.http_gateway_url is not None:
        able = http_gateway.capabilities(settings.http_gateway_shape or Shape())
        yield service.Provider(HttpGateway.name, settings.http_gateway_sender or "", able)


def is_simulated(settings: Settings) -> bool:
    """Whether SMS go, or may go, to a simulator, which every page then says."""
    second = settings.http_gateway_url
    return _simulates_kavenegar(settings) or bool(second and configuration.is_local(second))


def _simulates_kavenegar(settings: Settings) -> bool:
    return urlsplit(settings.kavenegar_base).hostname != REAL_HOST


def _has_kavenegar(settings: Settings) -> bool:
    return settings.kavenegar_api_key is not None and settings.kavenegar_sender is not None


def _verifier(settings: Settings) -> HttpVerifier | None:
    if settings.verifier_url is None:
        return None
    assert settings.verifier_token is not None
    return HttpVerifier(settings.verifier_url, settings.verifier_token.get_secret_value())
