"""What figures need to count a past cut-off the same way for ever: when the first dispatch was recorded; and the
stamp of what is recorded for the time before."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0003_book_stamp"), ("orders", "0013_booked_callbacks")]

    operations = [
        migrations.AddField("order", "dispatched_recorded_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            "UPDATE orders_order o SET dispatched_recorded_at = s.first FROM (SELECT order_id,"
            " min(dispatched_recorded_at) AS first FROM orders_share WHERE depth = 0 GROUP BY order_id) s"
            " WHERE s.order_id = o.id AND o.dispatched_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddField("share", "released", models.BooleanField(default=False)),
        migrations.CreateModel(
            "Backdated",
            [
                (
                    "centre",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="directory.centre",
                    ),
                ),
                ("stamp", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL("CREATE SEQUENCE orders_backdated_stamp", "DROP SEQUENCE orders_backdated_stamp"),
    ]
