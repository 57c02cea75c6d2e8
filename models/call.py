from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import CallState, IdentityMethod
from models.people import User


class Citizen(Model):
    """A person who has called, proved by national id and mobile (S1). Never shown by default."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(120)
    national_id_sealed = fields.CharField(120)
    national_id_index = fields.CharField(64, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "citizen"


class Call(Model):
    """One telephone call announced by the exchange; `call_id` makes the webhook idempotent."""

    id = fields.BigIntField(primary_key=True)
    call_id = fields.CharField(80, unique=True)
    caller = fields.CharField(16, db_index=True)
    state = fields.CharEnumField(CallState, max_length=10)
    ringing_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    operator_id: int | None
    operator: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="calls", null=True, on_delete=fields.SET_NULL
    )
    updated_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "phone_call"
        indexes = (("operator_id",),)


class IdentityCheck(Model):
    """One attempt to prove a caller's identity: a one-time code read back, or a registry match."""

    id = fields.BigIntField(primary_key=True)
    call_id: int
    call: fields.ForeignKeyRelation[Call] = fields.ForeignKeyField(
        "models.Call", related_name="identity_checks", on_delete=fields.CASCADE
    )
    name = fields.CharField(120)
    mobile = fields.CharField(16)
    national_id_sealed = fields.CharField(120)
    national_id_index = fields.CharField(64)
    method = fields.CharEnumField(IdentityMethod, max_length=10)
    code_hash = fields.CharField(64, default="")
    tries = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    verified_at = fields.DatetimeField(null=True)
    citizen_id: int | None
    citizen: fields.ForeignKeyNullableRelation[Citizen] = fields.ForeignKeyField(
        "models.Citizen", related_name="identity_checks", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "identity_check"
        indexes = (("call_id",),)


class IdentityView(Model):
    """Every view of a citizen's identity: who, when, which case, why (design §2).

    `contact_id`: the conversation that was opened, of a number that need not have a case.
    """

    id = fields.BigIntField(primary_key=True)
    case_id = fields.BigIntField(null=True, db_index=True)
    contact_id = fields.BigIntField(null=True, db_index=True)
    user_id = fields.BigIntField(null=True)
    client_id = fields.CharField(40, null=True)
    reason = fields.CharField(200)
    at = fields.DatetimeField()

    class Meta:
        table = "identity_view"


class OutOfScopeContact(Model):
    """A call not about the manner of a service: told the competent body (A6, B13)."""

    id = fields.BigIntField(primary_key=True)
    call_id: int | None
    call: fields.ForeignKeyNullableRelation[Call] = fields.ForeignKeyField(
        "models.Call", related_name="out_of_scope", null=True, on_delete=fields.SET_NULL
    )
    mobile = fields.CharField(16, default="")
    category = fields.CharField(30)
    note = fields.CharField(500, default="")
    operator_id: int
    operator: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="out_of_scope", on_delete=fields.RESTRICT
    )
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "out_of_scope_contact"
