"""Proof of a caller's identity (S1): national id and mobile. No proof, no case.

The verifier (a registry that knows whose mobile it is) is asked where one is configured;
otherwise, or when it cannot tell, a one-time code goes to the mobile by SMS and the caller reads
it back to the operator: 6 digits, 5 minutes, 5 tries.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from tortoise.expressions import Q

from domain import calls, keys, national_id, outbox, service, visibility
from domain.actors import IDENTITY_READ, Actor
from domain.errors import DomainError, NotFound
from domain.permissions import require_scope
from domain.text import clean_line, to_ascii_digits
from domain.time import now
from models import Case, Citizen, IdentityCheck, IdentityView, statements
from models.database import transaction
from models.enums import IdentityMethod, ReporterKind, TextKind

CODE_LIFE = timedelta(minutes=5)
MAX_TRIES = 5
MAX_CODES_PER_CALL = 5
VALID_FOR = timedelta(hours=2)
"""How long a proved identity serves for registering cases of the same call."""


async def start(actor: Actor, call_pk: int, name: object, id_number: object) -> IdentityCheck:
    """Begin the proof for the call's number; returns it proved when the registry matched.

    A national id that the registry denies counts as a try, so that nobody can go through many.
    """
    call = await calls.own(actor, call_pk)
    full_name = clean_line(name, "name", max=120, min=3)
    identity = national_id.parse(id_number)
    if await IdentityCheck.filter(call_id=call.id).count() >= MAX_CODES_PER_CALL:
        raise DomainError("too_many_attempts", "national_id")
    matched = await _ask_registry(identity, call.caller)
    asks = matched is None
    vault = service.current().vault
    async with transaction():
        check = await IdentityCheck.create(
            call_id=call.id,
            name=full_name,
            mobile=call.caller,
            national_id_sealed=vault.seal(identity),
            national_id_index=vault.index(identity),
            method=IdentityMethod.CODE if asks else IdentityMethod.REGISTRY,
            created_at=now(),
            expires_at=now() + CODE_LIFE,
        )
        if matched:
            await _prove(check)
        elif asks:
            await _send_code(check)
    if matched is False:
        raise DomainError("identity_mismatch", "national_id")
    return check


async def confirm(actor: Actor, check_id: int, code: object) -> IdentityCheck:
    """The caller reads the code back; a wrong code counts as a try and proves nothing."""
    typed = clean_line(code, "code", max=12)
    async with transaction():
        number = keys.row_id(check_id, "check")
        check = await IdentityCheck.filter(id=number).select_for_update().get_or_none()
        if check is None:
            raise NotFound("check")
        await calls.own(actor, check.call_id)
        _refuse_used_up(check)
        check.tries += 1
        right = hmac.compare_digest(check.code_hash, _digest(check.national_id_index, typed))
        if right:
            await _prove(check)
        else:
            await check.save()
    if not right:
        raise DomainError("wrong_code", "code")
    return check


async def proved(actor: Actor, check_id: int) -> IdentityCheck:
    """The proved identity of one of the operator's calls, else `identity_required`."""
    checks = IdentityCheck.filter(id=keys.row_id(check_id, "check"))
    check = await checks.select_related("citizen", "call").first()
    if check is None or check.verified_at is None or now() - check.verified_at > VALID_FOR:
        raise DomainError("identity_required", "identity")
    await calls.own(actor, check.call_id)
    return check


async def latest(call_pk: int) -> IdentityCheck | None:
    """The call's last proof, done or waiting for its code."""
    answered = Q(method=IdentityMethod.CODE) | Q(verified_at__isnull=False)
    return await IdentityCheck.filter(answered, call_id=call_pk).order_by("-id").first()


async def citizen_of(name: str, identity: str) -> Citizen:
    """The citizen with this national id, created on first contact."""
    vault = service.current().vault
    return await _citizen(name, vault.seal(identity), vault.index(identity))


async def view(actor: Actor, case_id: int, reason: object) -> dict[str, str]:
    """Open the citizen's identity; each view is logged with who and why (design §2)."""
    require_scope(actor, IDENTITY_READ)
    why = clean_line(reason, "reason", max=200, min=3)
    case = await visibility.case(actor, case_id)
    if not visibility.shows_identity(actor, case):
        raise DomainError("identity_withheld")
    citizen = await Citizen.get(id=case.citizen_id)
    await IdentityView.create(
        case_id=case.id, user_id=actor.user_id, client_id=actor.client_id, reason=why, at=now()
    )
    return {
        "name": citizen.name,
        "national_id": service.current().vault.open(citizen.national_id_sealed),
        "mobile": case.mobile,
    }


def confidential(case: Case) -> bool:
    return case.reporter_kind is ReporterKind.EMPLOYEE


async def _ask_registry(identity: str, mobile: str) -> bool | None:
    verifier = service.current().verifier
    return None if verifier is None else await verifier.matches(identity, mobile)


async def _send_code(check: IdentityCheck) -> None:
    code = f"{secrets.randbelow(10**6):06d}"
    check.code_hash = _digest(check.national_id_index, code)
    await check.save()
    key = f"identity:{check.id}"
    await outbox.queue(TextKind.IDENTITY_CODE, check.mobile, key, token=code, code=code)


def _digest(index: str, code: str) -> str:
    digits = to_ascii_digits(code).replace(" ", "")
    return hashlib.sha256(f"{index}:{digits}".encode()).hexdigest()


def _refuse_used_up(check: IdentityCheck) -> None:
    if check.verified_at is not None:
        raise DomainError("already_done", "code")
    if check.method is not IdentityMethod.CODE or not check.code_hash:
        raise DomainError("wrong_state", "code")
    if check.tries >= MAX_TRIES:
        raise DomainError("too_many_attempts", "code")
    if check.expires_at < now():
        raise DomainError("expired", "code")


async def _prove(check: IdentityCheck) -> None:
    citizen = await _citizen(check.name, check.national_id_sealed, check.national_id_index)
    check.verified_at = now()
    check.citizen_id = citizen.id
    check.code_hash = ""
    await check.save()


async def _citizen(name: str, sealed: str, index: str) -> Citizen:
    citizen = statements.new(
        Citizen, name=name, national_id_sealed=sealed, national_id_index=index, created_at=now()
    )
    if await statements.insert(citizen, unless="national_id_index"):
        return citizen
    return await Citizen.get(national_id_index=index)
