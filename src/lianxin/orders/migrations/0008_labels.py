"""What an order is labelled with."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0007_campaign"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="labels",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=16), default=list, size=None, verbose_name="标识"
            ),
        ),
    ]
