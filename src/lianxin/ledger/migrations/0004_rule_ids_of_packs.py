"""A rule outside the founding documents is named after its pack: PACK:name.suffix."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_guards")]

    operations = [
        migrations.AlterField("clock", "rule", models.CharField("规则", max_length=64)),
    ]
