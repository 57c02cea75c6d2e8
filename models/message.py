from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.case import Case, Round
from models.enums import InboxState, MessageState, Resumption, SurveyState


class MessageTemplate(Model):
    """One version of a text to citizens or staff, with `{placeholders}`."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(40)
    language = fields.CharField(5, default="fa")
    version = fields.IntField(default=1)
    text = fields.TextField()
    active = fields.BooleanField(default=True)

    class Meta:
        table = "message_template"
        unique_together = (("key", "language", "version"),)


class OutboxMessage(Model):
    """An SMS to send: written in the business transaction, sent effectively once by the worker.

    `local_id` is the provider's idempotency key (random, below 2^62, never reused);
    `dedupe_key` names the business event, so that it can text only once.
    """

    id = fields.BigIntField(primary_key=True)
    local_id = fields.BigIntField(unique=True)
    dedupe_key = fields.CharField(120, unique=True)
    kind = fields.CharField(40)
    case_id: int | None
    case: fields.ForeignKeyNullableRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="outbox", null=True, on_delete=fields.RESTRICT
    )
    receptor = fields.CharField(16, db_index=True)
    line = fields.CharField(20)
    text = fields.TextField()
    parts = fields.SmallIntField(default=0)
    state = fields.CharEnumField(MessageState, max_length=12)
    provider_id = fields.BigIntField(null=True, db_index=True)
    attempts = fields.SmallIntField(default=0)
    attempted_at = fields.DatetimeField(null=True)
    absent_lookups = fields.SmallIntField(default=0)
    looked_up_at = fields.DatetimeField(null=True)
    cost = fields.IntField(null=True)
    error_code = fields.IntField(null=True)
    error = fields.CharField(200, default="")
    created_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "outbox_message"
        indexes = (("state", "updated_at"), ("case_id", "id"))


class SendingHalt(Model):
    """Why nothing is sent from a line, or with line `*` at all; the row goes when sending resumes.

    `code` and `reason` are the provider's; `until` is the end of a halt that resumes by time.
    """

    line = fields.CharField(20, primary_key=True)
    code = fields.IntField()
    reason = fields.CharField(200)
    resumes = fields.CharEnumField(Resumption, max_length=10)
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)

    class Meta:
        table = "sending_halt"


class InboxMessage(Model):
    """A text that arrived on the line; stored before it is answered for, then handled in order."""

    id = fields.BigIntField(primary_key=True)
    provider = fields.CharField(20)
    message_id = fields.CharField(80)
    sender = fields.CharField(20, db_index=True)
    line = fields.CharField(20)
    text = fields.TextField()
    received_at = fields.DatetimeField()
    state = fields.CharEnumField(InboxState, max_length=10)
    handled_as = fields.CharField(30, default="")
    handled_at = fields.DatetimeField(null=True)
    case_id: int | None
    case: fields.ForeignKeyNullableRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="inbox", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "inbox_message"
        unique_together = (("provider", "message_id"),)
        indexes = (
            ("case_id",),
            ("state", "id"),
        )


class OptOut(Model):
    """A number that asked for no more surveys and reminders."""

    mobile = fields.CharField(16, primary_key=True)
    reason = fields.CharField(40)
    created_at = fields.DatetimeField()

    class Meta:
        table = "opt_out"


class Survey(Model):
    """The two-step SMS survey of one round (S6); at most one is active per phone."""

    id = fields.BigIntField(primary_key=True)
    case_id: int
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="surveys", on_delete=fields.RESTRICT
    )
    round_id: int
    round: fields.OneToOneRelation[Round] = fields.OneToOneField(
        "models.Round", related_name="survey", on_delete=fields.RESTRICT
    )
    mobile = fields.CharField(16)
    state = fields.CharEnumField(SurveyState, max_length=10)
    send_at = fields.DatetimeField()
    asked_at = fields.DatetimeField(null=True)
    reminded_at = fields.DatetimeField(null=True)
    scored_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    clarified = fields.BooleanField(default=False)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "survey"
        indexes = (
            ("case_id",),
            ("mobile", "state"),
            ("asked_at",),
        )
