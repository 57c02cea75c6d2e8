"""Members of staff."""

from __future__ import annotations

import re

from domain import cases, keys, permissions, phone, sign_in
from domain.actors import Actor
from domain.errors import DomainError, Forbidden, NotFound
from domain.text import clean_line
from domain.time import now
from models import Agency, Session, User
from models.database import transaction
from models.enums import Role

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
_AGENCY_ROLES = frozenset({Role.SENIOR, Role.COORDINATOR})


async def create_user(
    username: object,
    full_name: object,
    role: object,
    *,
    password: str | None = None,
    agency_code: str | None = None,
    mobile: str = "",
) -> User:
    """Create a member of staff. Coordinators need a unit; a senior one the main agency."""
    name = clean_line(username, "username", max=60).lower()
    if not _USERNAME.fullmatch(name):
        raise DomainError("invalid", "username")
    if await User.exists(username=name):
        raise DomainError("taken", "username")
    try:
        chosen = Role(role)  # type: ignore[arg-type]
    except ValueError:
        raise DomainError("unknown", "role") from None
    agency = await _agency(agency_code, chosen)
    user = await User.create(
        username=name,
        full_name=clean_line(full_name, "full_name", max=120, min=3),
        role=chosen,
        agency=agency,
        mobile=phone.parse_mobile(mobile) if mobile else "",
        password_hash=sign_in.hash_password(password) if password else sign_in.UNUSABLE,
        created_at=now(),
    )
    await _begin(user)
    return user


async def deactivate(actor: Actor, user_id: int) -> User:
    """Switch a member of staff off: their sessions end at once. Nobody switches themselves off."""
    permissions.require_role(actor, Role.ADMIN)
    if user_id == actor.user_id:
        raise Forbidden()
    async with transaction():
        user = await _locked(user_id)
        user.active = False
        await user.save()
        await Session.filter(user_id=user_id).delete()
    return user


async def activate(actor: Actor, user_id: int) -> User:
    """Let a member of staff sign in again, also after a lock-out."""
    permissions.require_role(actor, Role.ADMIN)
    async with transaction():
        user = await _locked(user_id)
        user.active = True
        user.failed_sign_ins = 0
        user.locked_until = None
        await user.save()
    await _begin(user)
    return user


async def _begin(user: User) -> None:
    """A senior coordinator who begins gets the cases that waited for one."""
    if user.role is Role.SENIOR and user.agency_id is not None:
        await cases.refer_waiting(user.agency_id)


async def _locked(user_id: int) -> User:
    user = await User.filter(id=user_id).select_for_update().get_or_none()
    if user is None:
        raise NotFound("user")
    return user


async def _agency(code: str | None, role: Role) -> Agency | None:
    if code is None:
        if role in _AGENCY_ROLES:
            raise DomainError("required", "agency")
        return None
    agency = await Agency.get_or_none(code=keys.code(code, "agency"))
    if agency is None or (role is Role.SENIOR and agency.main_id != agency.id):
        raise DomainError("unknown", "agency")
    return agency
