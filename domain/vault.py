"""Sealing of national identity numbers: AES-256-GCM with key versions, and a keyed look-up hash."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.errors import DomainError

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_SEALED: Final = re.compile(r"v([1-9][0-9]{0,3}):([A-Za-z0-9+/=]+)")


@dataclass(frozen=True)
class Vault:
    """Seals with the `current` key and opens with any; `index_key` must outlive them all."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int
    index_key: bytes = field(repr=False)
    token_key: bytes = field(default=b"", repr=False)
    """Signs access tokens; replacing it only ends those of the last minutes."""

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError(f"the vault has no key of its current version {self.current}")
        if any(len(key) != _KEY_BYTES for key in (*self.keys.values(), self.index_key)):
            raise ValueError(f"keys of the vault must be {_KEY_BYTES} bytes")

    @classmethod
    def from_secret(cls, secret: str) -> Vault:
        """The vault of a deployment: its keys are derived from the one secret by HKDF."""
        return cls(
            {1: _derive(secret, "seal v1")},
            1,
            _derive(secret, "index"),
            token_key=_derive(secret, "access tokens v1"),
        )

    def seal(self, plain: str) -> str:
        """`plain` encrypted: "v1:base64(nonce + ciphertext)", different each time."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(
            nonce, plain.encode(), _context(self.current)
        )
        return f"v{self.current}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str) -> str:
        """What was sealed. Raises DomainError unreadable if forged, damaged or of a lost key."""
        match = _SEALED.fullmatch(sealed)
        if match is None or int(match[1]) not in self.keys:
            raise DomainError("unreadable")
        version = int(match[1])
        try:
            raw = base64.b64decode(match[2], validate=True)
            nonce, body = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return AESGCM(self.keys[version]).decrypt(nonce, body, _context(version)).decode()
        except (binascii.Error, InvalidTag, ValueError):
            raise DomainError("unreadable") from None

    def index(self, plain: str) -> str:
        """A hash (64 hex digits) by which an equal value is found; useless without the key."""
        return hmac.new(self.index_key, plain.encode(), hashlib.sha256).hexdigest()


def _derive(secret: str, purpose: str) -> bytes:
    info = f"favad vault {purpose}".encode()
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(secret.encode())


def _context(version: int) -> bytes:
    return f"favad v{version}".encode()
