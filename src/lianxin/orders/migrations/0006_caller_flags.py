"""What a caller is marked with stands on his orders."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_sights"),
    ]

    operations = [
        migrations.AddField(
            model_name="caller",
            name="flagged",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="order",
            name="caller_flags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=16),
                default=list,
                size=None,
                verbose_name="诉求人标记",
            ),
        ),
        migrations.AddIndex(
            model_name="caller",
            index=models.Index(condition=models.Q(("flagged", True)), fields=["phone_hash"], name="caller_flagged"),
        ),
    ]
