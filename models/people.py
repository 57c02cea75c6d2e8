from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.agency import Agency
from models.enums import Role


class User(Model):
    """A member of staff: one role, and for agency roles one unit (design §2)."""

    id = fields.BigIntField(primary_key=True)
    username = fields.CharField(60, unique=True)
    password_hash = fields.CharField(200)
    full_name = fields.CharField(120)
    mobile = fields.CharField(16, default="")
    role = fields.CharEnumField(Role, max_length=12)
    agency_id: int | None
    agency: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="users", null=True, on_delete=fields.RESTRICT
    )
    active = fields.BooleanField(default=True)
    failed_sign_ins = fields.IntField(default=0)
    locked_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "user_account"
        indexes = (("agency_id", "role"),)


class Session(Model):
    """A server-side sign-in; the cookie holds the token, the table only its hash."""

    token_hash = fields.CharField(64, primary_key=True)
    user_id: int
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="sessions", on_delete=fields.CASCADE
    )
    created_at = fields.DatetimeField()
    last_seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    user_agent = fields.CharField(200, default="")

    class Meta:
        table = "sign_in_session"
        indexes = (("user_id",),)


class Client(Model):
    """A partner agency's system; its key is `id.secret`, of which only a hash is stored (G6).

    While a key is being exchanged the previous secret works too, until `previous_until`.
    """

    id = fields.CharField(40, primary_key=True)
    name = fields.CharField(120)
    agency_id: int
    agency: fields.ForeignKeyRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="clients", on_delete=fields.RESTRICT
    )
    secret_hash = fields.CharField(64)
    previous_hash = fields.CharField(64, default="", db_default="")
    previous_until = fields.DatetimeField(null=True)
    scopes: list[str] = fields.JSONField()
    requests_per_minute = fields.IntField(default=600, db_default=600)
    cost_per_minute = fields.IntField(default=120_000, db_default=120_000)
    version = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "client"


class ClientUsage(Model):
    """What a client used of its budget in one minute, over all processes."""

    id = fields.BigIntField(primary_key=True)
    client_id: str
    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="usage", on_delete=fields.CASCADE
    )
    minute = fields.DatetimeField(db_index=True)
    requests = fields.IntField(default=0)
    cost = fields.IntField(default=0)

    class Meta:
        table = "client_usage"
        unique_together = (("client", "minute"),)


class IdempotentReply(Model):
    """The first answer to a client's mutation, repeated for 24 h to the same key."""

    id = fields.BigIntField(primary_key=True)
    owner = fields.CharField(60)
    key = fields.CharField(80)
    input_hash = fields.CharField(64)
    reply: dict = fields.JSONField(null=True)  # type: ignore[type-arg]
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "idempotent_reply"
        unique_together = (("owner", "key"),)


class Notification(Model):
    """Something a member of staff must know; breaches are also gathered into one SMS digest."""

    id = fields.BigIntField(primary_key=True)
    user_id: int
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="notifications", on_delete=fields.CASCADE
    )
    kind = fields.CharField(40)
    case_id = fields.BigIntField(null=True)
    webhook_id = fields.BigIntField(null=True)
    key = fields.CharField(120, unique=True)
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    by_sms = fields.BooleanField(default=False)
    sms_queued_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notification"
        indexes = (("user_id", "read_at"),)
