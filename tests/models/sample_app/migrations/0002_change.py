"""As Tortoise writes it: both tables are built anew on SQLite."""

from __future__ import annotations

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("sample", "0001_initial")]

    operations = [
        ops.AlterField(
            model_name="Item",
            name="title",
            field=fields.CharField(max_length=80),
        ),
        ops.AlterField(
            model_name="Shop",
            name="code",
            field=fields.CharField(unique=True, max_length=20),
        ),
        ops.AddField(
            model_name="Shop",
            name="city",
            field=fields.CharField(db_index=True, db_default="", max_length=50),
        ),
        ops.RemoveField(model_name="Shop", name="nickname"),
    ]
