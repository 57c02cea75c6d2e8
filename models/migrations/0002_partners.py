from tortoise import migrations
from tortoise.migrations import operations as ops
from models.enums import DeliveryState
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Change',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('event', fields.OneToOneField('models.CaseEvent', source_field='event_id', db_constraint=True, to_field='id', related_name='change', on_delete=OnDelete.CASCADE)),
                ('position', fields.BigIntField(null=True, unique=True)),
                ('created_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'change', 'app': 'models', 'pk_attr': 'id', 'table_description': 'An entry of a timeline on its way to those who follow changes.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ClientUsage',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('client', fields.ForeignKeyField('models.Client', source_field='client_id', db_constraint=True, to_field='id', related_name='usage', on_delete=OnDelete.CASCADE)),
                ('minute', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('requests', fields.IntField(default=0)),
                ('cost', fields.IntField(default=0)),
            ],
            options={'table': 'client_usage', 'app': 'models', 'unique_together': (('client', 'minute'),), 'pk_attr': 'id', 'table_description': 'What a client used of its budget in one minute, over all processes.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TrustedDocument',
            fields=[
                ('hash', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('text', fields.TextField(unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'trusted_document', 'app': 'models', 'pk_attr': 'hash', 'table_description': 'A GraphQL document that may be asked for by the SHA-256 of its text.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Webhook',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('client', fields.ForeignKeyField('models.Client', source_field='client_id', db_constraint=True, to_field='id', related_name='webhooks', on_delete=OnDelete.CASCADE)),
                ('url', fields.CharField(max_length=500)),
                ('topics', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('secret', fields.CharField(max_length=200)),
                ('previous_secret', fields.CharField(default='', max_length=200)),
                ('position', fields.BigIntField()),
                ('active', fields.BooleanField(default=True)),
                ('failing_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook', 'app': 'models', 'indexes': [Index(fields=['client_id'])], 'pk_attr': 'id', 'table_description': "An address of a partner's system that is told of changes (Standard Webhooks)."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('webhook', fields.ForeignKeyField('models.Webhook', source_field='webhook_id', db_constraint=True, to_field='id', related_name='deliveries', on_delete=OnDelete.CASCADE)),
                ('key', fields.CharField(unique=True, max_length=40)),
                ('topic', fields.CharField(max_length=30)),
                ('event', fields.ForeignKeyField('models.CaseEvent', source_field='event_id', db_constraint=True, to_field='id', related_name='deliveries', on_delete=OnDelete.CASCADE)),
                ('state', fields.CharEnumField(description='PENDING: pending\nDELIVERED: delivered\nDEAD: dead', enum_type=DeliveryState, max_length=12)),
                ('attempts', fields.SmallIntField(default=0)),
                ('status_code', fields.SmallIntField(null=True)),
                ('error', fields.CharField(default='', max_length=120)),
                ('created_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('attempted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('delivered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook_delivery', 'app': 'models', 'unique_together': (('webhook', 'topic', 'event'),), 'indexes': [Index(fields=['webhook_id', 'state', 'id'])], 'pk_attr': 'id', 'table_description': 'One message to a webhook; `key` is its `webhook-id`, the same at every attempt.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Client',
            name='cost_per_minute',
            field=fields.IntField(default=120000, db_default=120000),
        ),
        ops.AddField(
            model_name='Client',
            name='previous_hash',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
        ops.AddField(
            model_name='Client',
            name='previous_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Client',
            name='requests_per_minute',
            field=fields.IntField(default=600, db_default=600),
        ),
        ops.AddField(
            model_name='Client',
            name='version',
            field=fields.IntField(default=1, db_default=1),
        ),
    ]
