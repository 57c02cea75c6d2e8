"""The tables, and by hand what Tortoise does not create: a partial index, a trigger."""

from __future__ import annotations

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps


async def add_trigger(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    if editor.DIALECT == "sqlite":
        await editor.client.execute_query(
            """CREATE TRIGGER sample_item_kept BEFORE DELETE ON sample_item WHEN OLD.title = 'kept'
               BEGIN SELECT RAISE(ABORT, 'kept; always'); END"""
        )


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Shop",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True)),
                ("code", fields.CharField(unique=True, max_length=10)),
                ("name", fields.CharField(db_index=True, max_length=50)),
                ("nickname", fields.CharField(null=True, max_length=50)),
            ],
            options={
                "table": "sample_shop",
                "app": "sample",
                "unique_together": (("name", "code"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Item",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True)),
                (
                    "shop",
                    fields.ForeignKeyField(
                        "sample.Shop",
                        source_field="shop_id",
                        to_field="id",
                        related_name="items",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("title", fields.CharField(max_length=50)),
                ("open", fields.BooleanField(default=True)),
                ("sold_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "sample_item",
                "app": "sample",
                "unique_together": (("shop", "title"),),
                "indexes": [Index(fields=["shop_id", "sold_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunSQL("CREATE UNIQUE INDEX sample_item_one_open ON sample_item (shop_id) WHERE open"),
        ops.RunPython(add_trigger),
    ]
