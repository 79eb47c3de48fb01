"""Layers of call-backs are codes of the order's pack."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("followup", "0002_links")]
    operations = [
        migrations.AlterField("callback", "layer", models.CharField(max_length=16, verbose_name="层级")),
    ]
