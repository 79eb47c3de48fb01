"""Whom an order complains of; how often a share was urged and sent back."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_matter_periods"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="recused",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), null=True, size=None, verbose_name="被投诉人员"
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="recused_units",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), null=True, size=None, verbose_name="被投诉单位"
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="recused_for",
            field=models.JSONField(default=dict, verbose_name="登记的被投诉对象"),
        ),
        migrations.AddField(
            model_name="order",
            name="pressed",
            field=models.JSONField(default=dict, verbose_name="本中心催办、退回次数"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(condition=models.Q(("recused__isnull", False)), fields=["centre"], name="order_recused"),
        ),
    ]
