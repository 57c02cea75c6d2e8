"""Signing in: argon2 passwords, lockout, sessions kept on the server (design §10)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.errors import DomainError
from domain.text import clean_line
from domain.time import now
from models import Session, User
from models.database import transaction

MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
IDLE_LIFE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)
MIN_PASSWORD = 8
MAX_PASSWORD = 200

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NO_ONE = _hasher.hash(secrets.token_hex(8))
UNUSABLE = "!"
"""Stored for people who cannot sign in with a password."""


def hash_password(password: object, field: str = "password") -> str:
    """The hash of a new password, cleaned as it will be when it is typed to sign in."""
    return _hasher.hash(clean_line(password, field, max=MAX_PASSWORD, min=MIN_PASSWORD))


async def sign_in(username: object, password: object, user_agent: str = "") -> tuple[str, User]:
    """The session token for right credentials, else `wrong_credentials`.

    A locked-out name gets the same answer, so that strangers learn neither which names exist nor,
    during a lock-out, whether a password was right.
    """
    name = clean_line(username, "username", max=60).lower()
    secret = clean_line(password, "password", max=MAX_PASSWORD)
    user = await User.get_or_none(username=name, active=True)
    right = password_matches(user.password_hash if user else _NO_ONE, secret)
    if user is None or _locked(user):
        raise DomainError("wrong_credentials", "username")
    if not right:
        await _count_failure(user.id)
        raise DomainError("wrong_credentials", "username")
    token = secrets.token_urlsafe(32)
    async with transaction():
        await User.filter(id=user.id).update(failed_sign_ins=0, locked_until=None)
        await Session.create(
            token_hash=token_hash(token),
            user=user,
            created_at=now(),
            last_seen_at=now(),
            expires_at=now() + SESSION_LIFE,
            user_agent=user_agent[:200],
        )
    return token, user


async def session_user(token: str, *, seen: bool = True) -> User | None:
    """Who a session belongs to; None when it ended, idled out or its user was switched off.

    Without `seen` it is not kept from idling out: nobody has done anything.
    """
    session = await Session.filter(token_hash=token_hash(token)).select_related("user").first()
    if session is None or session.expires_at < now() or not session.user.active:
        return None
    if now() - session.last_seen_at > IDLE_LIFE:
        return None
    if seen and now() - session.last_seen_at > SEEN_EVERY:
        await Session.filter(token_hash=session.token_hash).update(last_seen_at=now())
    return session.user


async def sign_out(token: str) -> None:
    await Session.filter(token_hash=token_hash(token)).delete()


async def change_password(user: User, old: object, new: object, token: str) -> None:
    """Set a new password for who knows the old one; every other session of theirs ends.

    Wrong old passwords count towards the lock-out as they do when signing in.
    """
    fresh = await User.get(id=user.id)
    if _locked(fresh):
        raise DomainError("locked", "old_password")
    secret = clean_line(old, "old_password", max=MAX_PASSWORD)
    if not password_matches(fresh.password_hash, secret):
        await _count_failure(fresh.id)
        raise DomainError("wrong_code", "old_password")
    hashed = hash_password(new, "new_password")
    async with transaction():
        await User.filter(id=user.id).update(password_hash=hashed, failed_sign_ins=0)
        await Session.filter(user_id=user.id).exclude(token_hash=token_hash(token)).delete()


def _locked(user: User) -> bool:
    return user.locked_until is not None and user.locked_until > now()


async def _count_failure(user_id: int) -> None:
    async with transaction():
        user = await User.filter(id=user_id).select_for_update().get()
        user.failed_sign_ins += 1
        if user.failed_sign_ins >= MAX_FAILURES:
            user.failed_sign_ins = 0
            user.locked_until = now() + LOCK
        await user.save()


def password_matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


def token_hash(token: str) -> str:
    """What the table keeps of a session token."""
    return hashlib.sha256(token.encode()).hexdigest()
