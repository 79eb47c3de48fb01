"""Queues come out of their index in turn; indexes that others cover, which each act paid for, go."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0014_areas_in_use"),
        ("orders", "0017_former_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="order",
            name="order_queue",
        ),
        migrations.RemoveIndex(
            model_name="share",
            name="share_order",
        ),
        migrations.AlterField(
            model_name="clock",
            name="share",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clocks",
                to="orders.share",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="entry",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="orders.entry"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="centre",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="directory.centre", verbose_name="中心"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="matter",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="same_matter",
                to="orders.order",
                verbose_name="同一事项",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="orders.order",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state__in", ["dispatched", "merged", "registered", "suspended", "to_callback"])),
                fields=["owner_unit", "node", "due_at", "id"],
                name="order_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(
                    ("round__gt", 1), ("state__in", ["dispatched", "merged", "registered", "suspended", "to_callback"])
                ),
                fields=["centre"],
                name="order_again",
            ),
        ),
    ]
