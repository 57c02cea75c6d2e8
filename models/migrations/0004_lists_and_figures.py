from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

async def index_beginnings(_apps: Any, editor: Any) -> None:
    """PostgreSQL finds what begins with a lineage by an index of its own kind."""
    if editor.client.capabilities.dialect == "postgres":
        for table in ("agency", "place"):
            await editor.client.execute_script(
                f'CREATE INDEX "{table}_lineage_beginning" ON "{table}" (lineage varchar_pattern_ops)'
            )


async def drop_beginnings(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "postgres":
        for table in ("agency", "place"):
            await editor.client.execute_script(f'DROP INDEX "{table}_lineage_beginning"')


class Migration(migrations.Migration):
    dependencies = [('models', '0003_webhook_rest')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Case',
            index=Index(fields=['main_agency_id', 'registered_at', 'id']),
        ),
        ops.AddIndex(
            model_name='Case',
            index=Index(fields=['agency_id', 'registered_at', 'id']),
        ),
        ops.AddIndex(
            model_name='CaseEvent',
            index=Index(fields=['kind', 'at']),
        ),
        ops.AddIndex(
            model_name='Round',
            index=Index(fields=['answered_at']),
        ),
        ops.AddIndex(
            model_name='Survey',
            index=Index(fields=['asked_at']),
        ),
        ops.RunPython(index_beginnings, drop_beginnings),
    ]
