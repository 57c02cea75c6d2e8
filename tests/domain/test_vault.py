from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.vault import Vault

SECRET = "a secret of a test, long enough to be one"
VAULT = Vault.from_secret(SECRET)


@given(st.text())
def test_what_is_sealed_opens_again(plain: str) -> None:
    assert VAULT.open(VAULT.seal(plain)) == plain


def test_sealing_hides_and_never_repeats() -> None:
    sealed = {VAULT.seal("0013542419") for _ in range(50)}
    assert len(sealed) == 50
    assert all(s.startswith("v1:") and "0013542419" not in s for s in sealed)
    assert b"0013542419" not in base64.b64decode(sealed.pop().removeprefix("v1:"))


def test_the_index_is_stable_and_keyed() -> None:
    assert VAULT.index("0013542419") == Vault.from_secret(SECRET).index("0013542419")
    assert VAULT.index("0013542419") != VAULT.index("0013542418")
    assert VAULT.index("0013542419") != Vault.from_secret(SECRET + "!").index("0013542419")
    assert len(bytes.fromhex(VAULT.index(""))) == 32


@pytest.mark.parametrize(
    "sealed",
    ["", "v1:", "v1:AAAA", "v9:AAAA", "v0:AAAA", "0013542419", "v1:\ud800", "v1:====", "v1:AA AA"],
)
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(DomainError) as refused:
        VAULT.open(sealed)
    assert refused.value.code == "unreadable"


@given(st.integers(0, 37), st.integers(1, 255))
def test_one_changed_byte_is_noticed(place: int, change: int) -> None:
    raw = bytearray(base64.b64decode(VAULT.seal("0013542419").removeprefix("v1:")))
    raw[place] ^= change
    with pytest.raises(DomainError):
        VAULT.open("v1:" + base64.b64encode(raw).decode())


def test_another_secret_does_not_open() -> None:
    with pytest.raises(DomainError):
        Vault.from_secret(SECRET + "!").open(VAULT.seal("0013542419"))


def test_keys_rotate_without_losing_what_was_sealed_before() -> None:
    keys = {1: bytes(32), 2: bytes(range(32))}
    old, new = Vault({1: keys[1]}, 1, bytes(32)), Vault(keys, 2, bytes(32))
    sealed = old.seal("0013542419")
    assert new.open(sealed) == "0013542419"
    assert new.seal("0013542419").startswith("v2:")
    assert old.index("x") == new.index("x")
    with pytest.raises(DomainError):
        old.open(new.seal("0013542419"))
    with pytest.raises(DomainError):
        new.open(sealed.replace("v1:", "v2:"))


def test_wrong_keys_are_refused_and_keys_are_never_shown() -> None:
    with pytest.raises(ValueError, match="current version 2"):
        Vault({1: bytes(32)}, 2, bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        Vault({1: bytes(16)}, 1, bytes(32))
    assert "x00" not in repr(Vault({1: bytes(32)}, 1, bytes(32)))
