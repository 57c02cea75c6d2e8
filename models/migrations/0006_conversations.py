from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.enums import Language, MessageChannel, MessageState, Resumption, Settlement
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

async def adopt_what_is_there(_apps: Any, editor: Any) -> None:
    """Until now there was one gateway, and a citizen's number was known from the cases alone."""
    await editor.client.execute_script(
        "UPDATE outbox_message SET gateway = 'kavenegar', provider_ref = CAST(provider_id AS VARCHAR(80))"
        " WHERE attempts > 0 OR provider_id IS NOT NULL"
    )
    await editor.client.execute_script(
        "INSERT INTO contact (mobile, language, voice, created_at)"
        " SELECT mobile, 'fa', FALSE, min(registered_at) FROM cases GROUP BY mobile"
    )
    await editor.client.execute_script(
        "INSERT INTO contact (mobile, language, voice, created_at)"
        " SELECT sender, 'fa', FALSE, min(received_at) FROM inbox_message"
        " WHERE sender LIKE '+989%' AND sender NOT IN (SELECT mobile FROM contact) GROUP BY sender"
    )


async def plan_chores_by_gateway(_apps: Any, editor: Any) -> None:
    """The worker's chores at a provider are planned anew at its start, for each gateway apart."""
    await editor.client.execute_script(
        "DELETE FROM job WHERE kind LIKE 'sms.%' AND kind <> 'sms.send'"
    )


async def nothing(_apps: Any, _editor: Any) -> None:
    """Going back, the columns and tables themselves go."""


class Migration(migrations.Migration):
    dependencies = [('models', '0005_notices_name_webhooks')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AnswerLabel',
            fields=[
                ('folded', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=60)),
                ('label', fields.CharField(max_length=60)),
                ('score', fields.SmallIntField()),
            ],
            options={'table': 'answer_label', 'app': 'models', 'pk_attr': 'folded', 'table_description': 'A whole message that stands for a score («عالی» is 5), kept as typed and folded.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Contact',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('mobile', fields.CharField(unique=True, max_length=16)),
                ('language', fields.CharEnumField(default=Language.PERSIAN, description='PERSIAN: fa\nAZERI: azb\nKURDISH: ckb\nARABIC: ar\nENGLISH: en', enum_type=Language, max_length=5)),
                ('voice', fields.BooleanField(default=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'contact', 'app': 'models', 'indexes': [Index(fields=['language'])], 'pk_attr': 'id', 'table_description': 'A telephone number of a citizen, and how its owner wants to be spoken to (A8).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CallBack',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('contact', fields.ForeignKeyField('models.Contact', source_field='contact_id', db_constraint=True, to_field='id', related_name='call_backs', on_delete=OnDelete.RESTRICT)),
                ('case', fields.ForeignKeyField('models.Case', source_field='case_id', null=True, db_constraint=True, to_field='id', related_name='call_backs', on_delete=OnDelete.RESTRICT)),
                ('text', fields.OneToOneField('models.InboxMessage', source_field='text_id', null=True, db_constraint=True, to_field='id', related_name='call_back', on_delete=OnDelete.RESTRICT)),
                ('reason', fields.CharField(default='', max_length=300)),
                ('asked_by', fields.ForeignKeyField('models.User', source_field='asked_by_id', db_constraint=True, to_field='id', related_name='call_backs_asked', on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('done_by', fields.ForeignKeyField('models.User', source_field='done_by_id', null=True, db_constraint=True, to_field='id', related_name='call_backs_done', on_delete=OnDelete.RESTRICT)),
                ('outcome', fields.CharField(default='', max_length=300)),
            ],
            options={'table': 'call_back', 'app': 'models', 'indexes': [Index(fields=['contact_id']), Index(fields=['case_id']), Index(fields=['asked_by_id']), Index(fields=['done_by_id']), Index(fields=['done_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A telephone call that an operator owes a citizen whose text needs a talk.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MessageStep',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('message', fields.ForeignKeyField('models.OutboxMessage', source_field='message_id', db_constraint=True, to_field='id', related_name='steps', on_delete=OnDelete.CASCADE)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('state', fields.CharEnumField(description='PENDING: pending\nSENDING: sending\nUNCERTAIN: uncertain\nACCEPTED: accepted\nSENT: sent\nDELIVERED: delivered\nUNDELIVERED: undelivered\nFAILED: failed\nBLOCKED: blocked\nCANCELLED: cancelled\nNEEDS_REVIEW: needs_review', enum_type=MessageState, max_length=12)),
                ('gateway', fields.CharField(default='', max_length=20)),
                ('code', fields.IntField(null=True)),
                ('note', fields.CharField(default='', max_length=300)),
                ('author_id', fields.BigIntField(null=True)),
            ],
            options={'table': 'message_step', 'app': 'models', 'indexes': [Index(fields=['message_id', 'id'])], 'pk_attr': 'id', 'table_description': "One entry of an SMS's history: what was learnt, when, from whom (sms-anchors §2, 8)."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OptIn',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('mobile', fields.CharField(max_length=16)),
                ('reason', fields.CharField(max_length=200)),
                ('by', fields.ForeignKeyField('models.User', source_field='by_id', null=True, db_constraint=True, to_field='id', related_name='opt_ins', on_delete=OnDelete.RESTRICT)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'opt_in', 'app': 'models', 'indexes': [Index(fields=['mobile']), Index(fields=['by_id'])], 'pk_attr': 'id', 'table_description': "An opt-out that was lifted: by the citizen's own text, or by a person on their word."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProviderAlarm',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('gateway', fields.CharField(max_length=20)),
                ('code', fields.CharField(max_length=40)),
                ('detail', fields.CharField(default='', max_length=200)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'provider_alarm', 'app': 'models', 'unique_together': (('gateway', 'code'),), 'pk_attr': 'id', 'table_description': 'Something at a provider that a person must put right; the row goes when it is right.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SendingLine',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('gateway', fields.CharField(max_length=20)),
                ('line', fields.CharField(max_length=20)),
                ('rate', fields.FloatField()),
                ('tokens', fields.FloatField()),
                ('refilled_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sending_line', 'app': 'models', 'unique_together': (('gateway', 'line'),), 'pk_attr': 'id', 'table_description': 'The token bucket of a line: `tokens` at `refilled_at`, filled with `rate` a second.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SmsHour',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('hour', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('gateway', fields.CharField(max_length=20)),
                ('line', fields.CharField(max_length=20)),
                ('queued', fields.IntField()),
                ('accepted', fields.IntField()),
                ('delivered', fields.IntField()),
                ('failed', fields.IntField()),
                ('needs_review', fields.IntField()),
                ('waiting', fields.IntField()),
                ('oldest', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('parts', fields.IntField()),
                ('cost', fields.BigIntField()),
            ],
            options={'table': 'sms_hour', 'app': 'models', 'unique_together': (('hour', 'gateway', 'line'),), 'pk_attr': 'id', 'table_description': 'Rollup: the SMS queued in one hour, by gateway and line, as they stand. Cost in Rial.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SmsSummary',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('counted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('summed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('surveys', fields.IntField()),
                ('replies', fields.IntField()),
                ('late', fields.IntField()),
                ('cases', fields.IntField()),
                ('case_cost', fields.BigIntField()),
                ('opt_outs', fields.IntField()),
                ('new_opt_outs', fields.IntField()),
            ],
            options={'table': 'sms_summary', 'app': 'models', 'pk_attr': 'id', 'table_description': 'One row: until when `SmsHour` is counted, and figures of 30 days, counted once an hour.'},
            bases=['Model'],
        ),
        ops.AlterField(
            model_name='IdentityView',
            name='case_id',
            field=fields.BigIntField(null=True, db_index=True),
        ),
        ops.AddField(
            model_name='IdentityView',
            name='contact_id',
            field=fields.BigIntField(null=True, db_index=True),
        ),
        ops.AddField(
            model_name='InboxMessage',
            name='settled_as',
            field=fields.CharEnumField(null=True, description='READ: read\nSCORED: scored\nATTACHED: attached\nCALLED_BACK: called_back', enum_type=Settlement, max_length=12),
        ),
        ops.AddField(
            model_name='InboxMessage',
            name='settled_by',
            field=fields.ForeignKeyField('models.User', source_field='settled_by_id', null=True, db_constraint=True, to_field='id', related_name='settled_texts', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddIndex(
            model_name='InboxMessage',
            index=Index(fields=['received_at']),
        ),
        ops.AddIndex(
            model_name='InboxMessage',
            index=Index(fields=['settled_by_id']),
        ),
        ops.AddIndex(
            model_name='Job',
            index=Index(fields=['kind', 'dead', 'run_at']),
        ),
        ops.RemoveIndex(
            model_name='Job',
            fields=['dead', 'run_at'],
        ),
        ops.AddField(
            model_name='MessageTemplate',
            name='author',
            field=fields.ForeignKeyField('models.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='templates', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='MessageTemplate',
            name='created_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='OutboxMessage',
            name='provider_ref',
            field=fields.CharField(null=True, db_index=True, max_length=80),
        ),
        ops.AddField(
            model_name='OutboxMessage',
            name='author',
            field=fields.ForeignKeyField('models.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='messages', on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='OutboxMessage',
            name='channel',
            field=fields.CharEnumField(default=MessageChannel.SMS, description='SMS: sms\nCALL: call', db_default='sms', enum_type=MessageChannel, max_length=4),
        ),
        ops.AddField(
            model_name='OutboxMessage',
            name='doubts',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='OutboxMessage',
            name='gateway',
            field=fields.CharField(default='', db_default='', max_length=20),
        ),
        ops.AddField(
            model_name='OutboxMessage',
            name='language',
            field=fields.CharEnumField(default=Language.PERSIAN, description='PERSIAN: fa\nAZERI: azb\nKURDISH: ckb\nARABIC: ar\nENGLISH: en', db_default='fa', enum_type=Language, max_length=5),
        ),
        ops.AddField(
            model_name='OutboxMessage',
            name='token',
            field=fields.CharField(default='', db_default='', max_length=20),
        ),
        ops.AddIndex(
            model_name='OutboxMessage',
            index=Index(fields=['created_at']),
        ),
        ops.AddIndex(
            model_name='OutboxMessage',
            index=Index(fields=['author_id']),
        ),
        ops.RunPython(adopt_what_is_there, nothing),
        ops.RunPython(plan_chores_by_gateway, nothing),
        ops.RemoveField(model_name='OutboxMessage', name='provider_id'),
        ops.DeleteModel(name='SendingHalt'),
        ops.CreateModel(
            name='SendingHalt',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('gateway', fields.CharField(max_length=20)),
                ('line', fields.CharField(max_length=20)),
                ('code', fields.IntField()),
                ('reason', fields.CharField(max_length=200)),
                ('resumes', fields.CharEnumField(description='OPERATOR: operator\nCREDIT: credit\nTIME: time', enum_type=Resumption, max_length=10)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sending_halt', 'app': 'models', 'unique_together': (('gateway', 'line'),), 'pk_attr': 'id', 'table_description': 'Why a gateway sends nothing from a line, or with line `*` at all.'},
            bases=['Model'],
        ),
    ]
