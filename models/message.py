from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.case import Case, Round
from models.enums import (
    InboxState,
    Language,
    MessageChannel,
    MessageState,
    Resumption,
    Settlement,
    SurveyState,
)
from models.people import User


class Contact(Model):
    """A telephone number of a citizen, and how its owner wants to be spoken to (A8).

    `voice`: results are also read out in a call, for those who cannot read an SMS.
    """

    id = fields.BigIntField(primary_key=True)
    mobile = fields.CharField(16, unique=True)
    language = fields.CharEnumField(Language, max_length=5, default=Language.PERSIAN)
    voice = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        table = "contact"
        indexes = (("language",),)


class MessageTemplate(Model):
    """One version of a text to citizens or staff, with `{placeholders}`."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(40)
    language = fields.CharField(5, default="fa")
    version = fields.IntField(default=1)
    text = fields.TextField()
    active = fields.BooleanField(default=True)
    author_id: int | None
    author: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="templates", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message_template"
        unique_together = (("key", "language", "version"),)


class OutboxMessage(Model):
    """An SMS to send: written in the business transaction, sent effectively once by the worker.

    `local_id` is the provider's idempotency key (random, below 2^62, never reused);
    `dedupe_key` names the business event, so that it can text only once. `gateway` is the one it
    belongs to, empty until one is asked; after an attempt in doubt (`doubts`) it stays there.
    `provider_ref` is the provider's id of it. `token` is the one-time code in it, for gateways
    that send codes by a template of their own. `author` wrote it or had it sent again.
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
    channel = fields.CharEnumField(
        MessageChannel,
        max_length=4,
        default=MessageChannel.SMS,
        db_default=MessageChannel.SMS.value,
    )
    language = fields.CharEnumField(
        Language, max_length=5, default=Language.PERSIAN, db_default=Language.PERSIAN.value
    )
    gateway = fields.CharField(20, default="", db_default="")
    line = fields.CharField(20)
    text = fields.TextField()
    token = fields.CharField(20, default="", db_default="")
    parts = fields.SmallIntField(default=0)
    state = fields.CharEnumField(MessageState, max_length=12)
    provider_ref = fields.CharField(80, null=True, db_index=True)
    doubts = fields.SmallIntField(default=0, db_default=0)
    author_id: int | None
    author: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="messages", null=True, on_delete=fields.RESTRICT
    )
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
        indexes = (("state", "updated_at"), ("case_id", "id"), ("created_at",), ("author_id",))


class MessageStep(Model):
    """One entry of an SMS's history: what was learnt, when, from whom (sms-anchors §2, 8)."""

    id = fields.BigIntField(primary_key=True)
    message_id: int
    message: fields.ForeignKeyRelation[OutboxMessage] = fields.ForeignKeyField(
        "models.OutboxMessage", related_name="steps", on_delete=fields.CASCADE
    )
    at = fields.DatetimeField()
    state = fields.CharEnumField(MessageState, max_length=12)
    gateway = fields.CharField(20, default="")
    code = fields.IntField(null=True)
    note = fields.CharField(300, default="")
    author_id = fields.BigIntField(null=True)

    class Meta:
        table = "message_step"
        indexes = (("message_id", "id"),)


class SendingHalt(Model):
    """Why a gateway sends nothing from a line, or with line `*` at all.

    The row goes when sending resumes. `code` and `reason` are the provider's; `until` is the end
    of a halt that resumes by time.
    """

    id = fields.BigIntField(primary_key=True)
    gateway = fields.CharField(20)
    line = fields.CharField(20)
    code = fields.IntField()
    reason = fields.CharField(200)
    resumes = fields.CharEnumField(Resumption, max_length=10)
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)

    class Meta:
        table = "sending_halt"
        unique_together = (("gateway", "line"),)


class SendingLine(Model):
    """The token bucket of a line: `tokens` at `refilled_at`, filled with `rate` a second."""

    id = fields.IntField(primary_key=True)
    gateway = fields.CharField(20)
    line = fields.CharField(20)
    rate = fields.FloatField()
    tokens = fields.FloatField()
    refilled_at = fields.DatetimeField()

    class Meta:
        table = "sending_line"
        unique_together = (("gateway", "line"),)


class ProviderAlarm(Model):
    """Something at a provider that a person must put right; the row goes when it is right.

    `code` is a name of ours: `debugmode`, `resendfailed`, `credit` (then `detail` is the Rial
    left), `code:` and the number of a refusal that we did not expect, or `off:` and the chore that
    the provider does not allow us.
    """

    id = fields.BigIntField(primary_key=True)
    gateway = fields.CharField(20)
    code = fields.CharField(40)
    detail = fields.CharField(200, default="")
    since = fields.DatetimeField()

    class Meta:
        table = "provider_alarm"
        unique_together = (("gateway", "code"),)


class SmsHour(Model):
    """Rollup: the SMS queued in one hour, by gateway and line, as they stand. Cost in Rial.

    Hours are those of the clocks in Tehran. `oldest` is when the longest waiting of them was
    queued. docs/figures.md says what each figure counts.
    """

    id = fields.IntField(primary_key=True)
    hour = fields.DatetimeField()
    gateway = fields.CharField(20)
    line = fields.CharField(20)
    queued = fields.IntField()
    accepted = fields.IntField()
    delivered = fields.IntField()
    failed = fields.IntField()
    needs_review = fields.IntField()
    waiting = fields.IntField()
    oldest = fields.DatetimeField(null=True)
    parts = fields.IntField()
    cost = fields.BigIntField()

    class Meta:
        table = "sms_hour"
        unique_together = (("hour", "gateway", "line"),)


class SmsSummary(Model):
    """One row: until when `SmsHour` is counted, and figures of 30 days, counted once an hour."""

    id = fields.IntField(primary_key=True)
    counted_at = fields.DatetimeField()
    summed_at = fields.DatetimeField()
    surveys = fields.IntField()
    replies = fields.IntField()
    late = fields.IntField()
    cases = fields.IntField()
    case_cost = fields.BigIntField()
    opt_outs = fields.IntField()
    new_opt_outs = fields.IntField()

    class Meta:
        table = "sms_summary"


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
    settled_as: Settlement | None = fields.CharEnumField(  # type: ignore[assignment]
        Settlement, max_length=12, null=True
    )
    settled_by_id: int | None
    settled_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="settled_texts", null=True, on_delete=fields.SET_NULL
    )
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
            ("received_at",),
            ("settled_by_id",),
        )


class CallBack(Model):
    """A telephone call that an operator owes a citizen whose text needs a talk."""

    id = fields.BigIntField(primary_key=True)
    contact_id: int
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "models.Contact", related_name="call_backs", on_delete=fields.RESTRICT
    )
    case_id: int | None
    case: fields.ForeignKeyNullableRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="call_backs", null=True, on_delete=fields.RESTRICT
    )
    text_id: int | None
    text: fields.OneToOneNullableRelation[InboxMessage] = fields.OneToOneField(
        "models.InboxMessage", related_name="call_back", null=True, on_delete=fields.RESTRICT
    )
    reason = fields.CharField(300, default="")
    asked_by_id: int
    asked_by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="call_backs_asked", on_delete=fields.RESTRICT
    )
    created_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)
    done_by_id: int | None
    done_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="call_backs_done", null=True, on_delete=fields.RESTRICT
    )
    outcome = fields.CharField(300, default="")

    class Meta:
        table = "call_back"
        indexes = (
            ("contact_id",),
            ("case_id",),
            ("asked_by_id",),
            ("done_by_id",),
            ("done_at", "id"),
        )


class AnswerLabel(Model):
    """A whole message that stands for a score («عالی» is 5), kept as typed and folded."""

    folded = fields.CharField(60, primary_key=True)
    label = fields.CharField(60)
    score = fields.SmallIntField()

    class Meta:
        table = "answer_label"


class OptOut(Model):
    """A number that asked for no more surveys and reminders."""

    mobile = fields.CharField(16, primary_key=True)
    reason = fields.CharField(40)
    created_at = fields.DatetimeField()

    class Meta:
        table = "opt_out"


class OptIn(Model):
    """An opt-out that was lifted: by the citizen's own text, or by a person on their word."""

    id = fields.BigIntField(primary_key=True)
    mobile = fields.CharField(16)
    reason = fields.CharField(200)
    by_id: int | None
    by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="opt_ins", null=True, on_delete=fields.RESTRICT
    )
    at = fields.DatetimeField()

    class Meta:
        table = "opt_in"
        indexes = (("mobile",), ("by_id",))


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
