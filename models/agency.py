from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import AgencyLevel
from models.place import Place


class Agency(Model):
    """One executive agency or unit of it (A2). `lineage`: the ids from the main agency down."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(40, unique=True)
    name = fields.CharField(200)
    name_en = fields.CharField(200, default="")
    folded = fields.CharField(200, db_index=True)
    kind = fields.CharField(30)
    level = fields.CharEnumField(AgencyLevel, max_length=12)
    parent_id: int | None
    parent: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="children", null=True, on_delete=fields.RESTRICT
    )
    main_id: int | None
    main: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="units", null=True, on_delete=fields.RESTRICT
    )
    place_id: str | None
    place: fields.ForeignKeyNullableRelation[Place] = fields.ForeignKeyField(
        "models.Place", related_name="agencies", null=True, on_delete=fields.RESTRICT
    )
    lineage = fields.CharField(200, default="")
    path = fields.CharField(600, default="")
    contact = fields.CharField(200, default="")
    generated = fields.BooleanField(default=False)
    active = fields.BooleanField(default=True)

    class Meta:
        table = "agency"
        indexes = (
            ("parent_id",),
            ("main_id",),
            ("lineage",),
        )
