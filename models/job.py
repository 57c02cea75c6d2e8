from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Job(Model):
    """Work due at a time, claimed by a worker under a lease. Done jobs are deleted.

    `key` is unique: asking twice for the same work makes one job.
    """

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(40)
    key = fields.CharField(120, unique=True)
    subject_id = fields.BigIntField(null=True)
    run_at = fields.DatetimeField()
    lease = fields.CharField(32, default="")
    leased_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    error = fields.CharField(300, default="")
    dead = fields.BooleanField(default=False)

    class Meta:
        table = "job"
        indexes = (("kind", "dead", "run_at"),)


class ServiceRule(Model):
    """A rule of the service kept as data: budgets, ladder, limits (design §4)."""

    key = fields.CharField(40, primary_key=True)
    value: Any = fields.JSONField()

    class Meta:
        table = "service_rule"


class CompetentBody(Model):
    """Where a caller whose matter is out of scope is sent (A2, A6, B13)."""

    code = fields.CharField(30, primary_key=True)
    title = fields.CharField(120)
    title_en = fields.CharField(120)
    guidance = fields.CharField(300)
    position = fields.SmallIntField(default=0)

    class Meta:
        table = "competent_body"
