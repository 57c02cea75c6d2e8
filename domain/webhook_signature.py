"""Signing of webhooks by the Standard Webhooks specification 1.0.0, symmetric scheme `v1`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
"""The specification asks for 24 to 64."""


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def new_key() -> str:
    """A `webhook-id`: unique, and without the full stop that parts what is signed."""
    return f"msg_{secrets.token_hex(16)}"


def headers(key: str, at: datetime, body: bytes, signing: Sequence[str]) -> dict[str, str]:
    """The three headers of an attempt made at `at`, with one signature for each secret."""
    timestamp = str(int(at.timestamp()))
    signatures = [f"v1,{_sign(secret, key, timestamp, body)}" for secret in signing]
    return {
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _sign(secret: str, key: str, timestamp: str, body: bytes) -> str:
    raw = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((key.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
