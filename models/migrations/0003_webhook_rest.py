from tortoise import migrations
from tortoise.migrations import operations as ops
from models.enums import WebhookStop
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0002_partners')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Webhook',
            name='previous_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Webhook',
            name='resting_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Webhook',
            name='stopped',
            field=fields.CharEnumField(null=True, description='GONE: gone\nFAILING: failing', enum_type=WebhookStop, max_length=12),
        ),
        ops.AlterField(
            model_name='WebhookDelivery',
            name='event',
            field=fields.ForeignKeyField('models.CaseEvent', source_field='event_id', null=True, db_constraint=True, to_field='id', related_name='deliveries', on_delete=OnDelete.CASCADE),
        ),
    ]
