"""The same app after a change that makes SQLite build both tables anew."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Shop(Model):
    id = fields.IntField(primary_key=True)
    code = fields.CharField(20, unique=True)
    name = fields.CharField(50, db_index=True)
    city = fields.CharField(50, db_default="", db_index=True)

    class Meta:
        table = "sample_shop"
        unique_together = (("name", "code"),)


class Item(Model):
    id = fields.IntField(primary_key=True)
    shop: fields.ForeignKeyRelation[Shop] = fields.ForeignKeyField(
        "sample.Shop", related_name="items", on_delete=fields.CASCADE
    )
    title = fields.CharField(80)
    open = fields.BooleanField(default=True)
    sold_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sample_item"
        unique_together = (("shop", "title"),)
        indexes = (("shop_id", "sold_at"),)
