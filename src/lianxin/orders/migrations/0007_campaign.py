"""The running campaign of which an order is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_caller_flags"),
        ("proceedings", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="campaign",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="members",
                to="proceedings.proceeding",
                verbose_name="专项行动",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("campaign__isnull", False)), fields=["campaign"], name="order_campaign"
            ),
        ),
    ]
