"""What the domain gets from the settings, for every process: web, worker, command line."""

from __future__ import annotations

from urllib.parse import urlsplit

from api.resolver import SystemResolver
from api.verifier import HttpVerifier
from domain import service
from domain.vault import Vault
from settings import Settings

REAL_HOST = "api.kavenegar.com"


def configure_domain(settings: Settings) -> None:
    """Set `domain.service` from the settings. Needs the secret key."""
    settings.require("secret_key")
    assert settings.secret_key is not None
    service.configure(
        service.Service(
            vault=Vault.from_secret(settings.secret_key.get_secret_value()),
            sms_line=settings.kavenegar_sender or "",
            public_url=settings.public_url,
            verifier=_verifier(settings),
            reconcile_seconds=settings.sms_reconcile_seconds,
            lookup_gap_seconds=settings.sms_lookup_gap_seconds,
            resolver=SystemResolver(),
            local_webhooks=is_simulated(settings),
            trusted_documents_only=settings.trusted_documents_only == "on",
        )
    )


def is_simulated(settings: Settings) -> bool:
    """Whether SMS go to the simulator, which every page then says."""
    return urlsplit(settings.kavenegar_base).hostname != REAL_HOST


def _verifier(settings: Settings) -> HttpVerifier | None:
    if settings.verifier_url is None:
        return None
    assert settings.verifier_token is not None
    return HttpVerifier(settings.verifier_url, settings.verifier_token.get_secret_value())
