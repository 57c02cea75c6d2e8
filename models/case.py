from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.agency import Agency
from models.call import Call, Citizen
from models.enums import (
    ActorKind,
    CaseKind,
    CaseStatus,
    Channel,
    DecisionLevel,
    ReferralStatus,
    ReporterKind,
)
from models.people import Client, User
from models.place import Place


class Indicator(Model):
    """One version of one of the eight indicators I1–I8; cases keep the version they were given."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(4, db_index=True)
    version = fields.IntField(default=1)
    title = fields.CharField(300)
    short = fields.CharField(80)
    title_en = fields.CharField(300)
    examples: list[str] = fields.JSONField()
    active = fields.BooleanField(default=True)

    class Meta:
        table = "indicator"
        unique_together = (("code", "version"),)


class Incident(Model):
    """One disruption that several callers report; one result can answer all of its cases."""

    id = fields.BigIntField(primary_key=True)
    title = fields.CharField(200)
    created_at = fields.DatetimeField()

    class Meta:
        table = "incident"


class Case(Model):
    """One request or complaint (پرونده). Changed only by the use cases of `domain`."""

    id = fields.BigIntField(primary_key=True)
    tracking_code = fields.CharField(12, unique=True)
    kind = fields.CharEnumField(CaseKind, max_length=12)
    reporter_kind = fields.CharEnumField(ReporterKind, max_length=12)
    channel = fields.CharEnumField(Channel, max_length=8)
    status = fields.CharEnumField(CaseStatus, max_length=16)
    citizen_id: int
    citizen: fields.ForeignKeyRelation[Citizen] = fields.ForeignKeyField(
        "models.Citizen", related_name="cases", on_delete=fields.RESTRICT
    )
    mobile = fields.CharField(16, db_index=True)
    consent = fields.BooleanField(default=False)
    agency_id: int
    agency: fields.ForeignKeyRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="cases", on_delete=fields.RESTRICT
    )
    main_agency_id: int
    main_agency: fields.ForeignKeyRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="main_cases", on_delete=fields.RESTRICT
    )
    place_id: str
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "models.Place", related_name="cases", on_delete=fields.RESTRICT
    )
    province_id: str
    province: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField(
        "models.Place", related_name="province_cases", on_delete=fields.RESTRICT
    )
    county_id: str | None
    county: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "models.Place", related_name="county_cases", null=True, on_delete=fields.RESTRICT
    )
    indicator_id: int
    indicator: fields.ForeignKeyRelation[Indicator] = fields.ForeignKeyField(
        "models.Indicator", related_name="cases", on_delete=fields.RESTRICT
    )
    other_indicators: fields.ManyToManyRelation[Indicator] = fields.ManyToManyField(
        "models.Indicator",
        related_name="other_cases",
        through="case_indicator",
        backward_key="case_id",
        forward_key="indicator_id",
    )
    subject = fields.CharField(200)
    text = fields.TextField()
    folded = fields.TextField()
    registered_by_id: int | None
    registered_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="registered_cases", null=True, on_delete=fields.RESTRICT
    )
    client_id: str | None
    client: fields.ForeignKeyNullableRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="registered_cases", null=True, on_delete=fields.RESTRICT
    )
    call_id: int | None
    call: fields.ForeignKeyNullableRelation[Call] = fields.ForeignKeyField(
        "models.Call", related_name="cases", null=True, on_delete=fields.SET_NULL
    )
    incident_id: int | None
    incident: fields.ForeignKeyNullableRelation[Incident] = fields.ForeignKeyField(
        "models.Incident", related_name="cases", null=True, on_delete=fields.SET_NULL
    )
    duplicate_of_id: int | None
    duplicate_of: fields.ForeignKeyNullableRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="duplicates", null=True, on_delete=fields.SET_NULL
    )
    resume_status: CaseStatus | None = fields.CharEnumField(  # type: ignore[assignment]
        CaseStatus, max_length=16, null=True
    )
    at_centre = fields.BooleanField(default=False)
    round = fields.SmallIntField(default=1)
    reopened = fields.SmallIntField(default=0)
    misrouted = fields.SmallIntField(default=0)
    rating = fields.SmallIntField(null=True)
    registered_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    paused_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "cases"
        indexes = (
            ("citizen_id",),
            ("incident_id",),
            ("main_agency_id", "status", "due_at"),
            ("main_agency_id", "registered_at", "id"),
            ("agency_id", "registered_at", "id"),
            ("status", "due_at"),
            ("registered_at",),
            ("agency_id", "place_id", "status"),
            ("province_id", "registered_at"),
            ("place_id", "registered_at"),
            ("registered_by_id", "registered_at"),
            ("answered_at",),
        )


class Round(Model):
    """One run of the 3-hour clock (B16). Reopening opens the next; none is ever rewritten."""

    id = fields.BigIntField(primary_key=True)
    case_id: int
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="rounds", on_delete=fields.RESTRICT
    )
    number = fields.SmallIntField()
    level = fields.CharEnumField(DecisionLevel, max_length=12)
    started_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    paused_seconds = fields.IntField(default=0)
    first_action_at = fields.DatetimeField(null=True)
    breached_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    result = fields.TextField(default="")
    result_by_id: int | None
    result_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="results", null=True, on_delete=fields.RESTRICT
    )
    producer_id: int | None
    producer: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="produced_rounds", null=True, on_delete=fields.RESTRICT
    )
    producer_level = fields.CharEnumField(DecisionLevel, max_length=12, null=True)

    class Meta:
        table = "case_round"
        unique_together = (("case", "number"),)
        indexes = (("answered_at",),)


class ActionOrder(Model):
    """The senior coordinator's order: what must be done, by whom, until when (S3)."""

    id = fields.BigIntField(primary_key=True)
    case_id: int
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="orders", on_delete=fields.RESTRICT
    )
    round_id: int
    round: fields.ForeignKeyRelation[Round] = fields.ForeignKeyField(
        "models.Round", related_name="orders", on_delete=fields.RESTRICT
    )
    text = fields.TextField()
    due_at = fields.DatetimeField()
    issued_by_id: int | None
    issued_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="orders", null=True, on_delete=fields.RESTRICT
    )
    created_at = fields.DatetimeField()

    class Meta:
        table = "action_order"
        indexes = (("case_id",),)


class Referral(Model):
    """Work handed to one unit (S4). A child reports to its parent, a top one to the senior."""

    id = fields.BigIntField(primary_key=True)
    case_id: int
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="referrals", on_delete=fields.RESTRICT
    )
    round_id: int
    round: fields.ForeignKeyRelation[Round] = fields.ForeignKeyField(
        "models.Round", related_name="referrals", on_delete=fields.RESTRICT
    )
    order_id: int | None
    order: fields.ForeignKeyNullableRelation[ActionOrder] = fields.ForeignKeyField(
        "models.ActionOrder", related_name="referrals", null=True, on_delete=fields.RESTRICT
    )
    parent_id: int | None
    parent: fields.ForeignKeyNullableRelation[Referral] = fields.ForeignKeyField(
        "models.Referral", related_name="children", null=True, on_delete=fields.RESTRICT
    )
    agency_id: int
    agency: fields.ForeignKeyRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="referrals", on_delete=fields.RESTRICT
    )
    status = fields.CharEnumField(ReferralStatus, max_length=12)
    instruction = fields.TextField()
    due_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    result = fields.TextField(default="")
    actions = fields.TextField(default="")
    return_reason = fields.CharField(500, default="")

    class Meta:
        table = "referral"
        indexes = (
            ("round_id",),
            ("parent_id",),
            ("agency_id", "status", "due_at"),
            ("case_id", "status"),
        )


class Question(Model):
    """A question to the citizen; the clock pauses until the reply or the time limit (S4)."""

    id = fields.BigIntField(primary_key=True)
    case_id: int
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="questions", on_delete=fields.RESTRICT
    )
    round_id: int
    round: fields.ForeignKeyRelation[Round] = fields.ForeignKeyField(
        "models.Round", related_name="questions", on_delete=fields.RESTRICT
    )
    text = fields.CharField(300)
    asked_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    answer: str | None = fields.TextField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "question"
        indexes = (("case_id",),)


class Feedback(Model):
    """The citizen's verdict on one round (S6). A correction is a new row; the last one counts."""

    id = fields.BigIntField(primary_key=True)
    case_id: int
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="feedback", on_delete=fields.RESTRICT
    )
    round_id: int
    round: fields.ForeignKeyRelation[Round] = fields.ForeignKeyField(
        "models.Round", related_name="feedback", on_delete=fields.RESTRICT
    )
    rating = fields.SmallIntField()
    comment = fields.TextField(default="")
    late = fields.BooleanField(default=False)
    superseded = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "feedback"
        indexes = (
            ("case_id",),
            ("round_id",),
        )


class Breach(Model):
    """A round that was not answered within the clock; the agency's head must explain it (A5)."""

    id = fields.BigIntField(primary_key=True)
    case_id: int
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="breaches", on_delete=fields.RESTRICT
    )
    round_id: int
    round: fields.OneToOneRelation[Round] = fields.OneToOneField(
        "models.Round", related_name="breach", on_delete=fields.RESTRICT
    )
    agency_id: int
    agency: fields.ForeignKeyRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="breaches", on_delete=fields.RESTRICT
    )
    created_at = fields.DatetimeField(db_index=True)
    explanation = fields.TextField(default="")
    explained_at = fields.DatetimeField(null=True)
    explained_by_id: int | None
    explained_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="explanations", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "breach"
        indexes = (("case_id",),)


class LadderStep(Model):
    """A rung of the escalation ladder that was climbed; unique, so that it happens once."""

    id = fields.BigIntField(primary_key=True)
    round_id: int
    round: fields.ForeignKeyRelation[Round] = fields.ForeignKeyField(
        "models.Round", related_name="ladder", on_delete=fields.RESTRICT
    )
    rung = fields.CharField(20)
    at = fields.DatetimeField()

    class Meta:
        table = "ladder_step"
        unique_together = (("round", "rung"),)


class CaseEvent(Model):
    """The case's timeline, only ever appended to: who, when, from, to, why."""

    id = fields.BigIntField(primary_key=True)
    case_id: int
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "models.Case", related_name="events", on_delete=fields.RESTRICT
    )
    round_number = fields.SmallIntField()
    kind = fields.CharField(30)
    at = fields.DatetimeField()
    from_status = fields.CharEnumField(CaseStatus, max_length=16, null=True)
    to_status = fields.CharEnumField(CaseStatus, max_length=16, null=True)
    actor_kind = fields.CharEnumField(ActorKind, max_length=8)
    user_id: int | None
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="events", null=True, on_delete=fields.RESTRICT
    )
    client_id: str | None
    client: fields.ForeignKeyNullableRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="events", null=True, on_delete=fields.RESTRICT
    )
    agency_id: int | None
    agency: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="events", null=True, on_delete=fields.RESTRICT
    )
    referral_id: int | None
    referral: fields.ForeignKeyNullableRelation[Referral] = fields.ForeignKeyField(
        "models.Referral", related_name="events", null=True, on_delete=fields.RESTRICT
    )
    text = fields.TextField(default="")

    class Meta:
        table = "case_event"
        indexes = (("case_id", "id"), ("at",), ("kind", "at"))
