from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0004_lists_and_figures')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Notification',
            name='webhook_id',
            field=fields.BigIntField(null=True),
        ),
    ]
