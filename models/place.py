from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import PlaceLevel


class Place(Model):
    """One official division, province to village. `lineage` holds the codes from the top."""

    code = fields.CharField(16, primary_key=True)
    name = fields.CharField(120)
    folded = fields.CharField(120, db_index=True)
    level = fields.CharEnumField(PlaceLevel, max_length=16)
    kind = fields.CharField(10, default="")
    parent_id: str | None
    parent: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "models.Place", related_name="children", null=True, on_delete=fields.RESTRICT
    )
    province_id: str | None
    province: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "models.Place", related_name="province_places", null=True, on_delete=fields.RESTRICT
    )
    county_id: str | None
    county: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "models.Place", related_name="county_places", null=True, on_delete=fields.RESTRICT
    )
    lineage = fields.CharField(120)
    path = fields.CharField(400, default="")
    active = fields.BooleanField(default=True)

    class Meta:
        table = "place"
        indexes = (("parent_id",), ("lineage",), ("level", "code"))
