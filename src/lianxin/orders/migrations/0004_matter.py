"""A matter is a proceeding of its own, not the first of its orders."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_duties"),
        ("proceedings", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="matter",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="proceedings.proceeding",
                verbose_name="同一事项",
            ),
        ),
    ]
