"""Due times as of a moment: what a clock was due at before it was moved, and since when it is due as it is.

Of clocks that were moved before this migration the former due times are in the ledger alone.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_figures_indexes")]

    operations = [
        migrations.AddField("clock", "known_from", models.DateTimeField("到期时间记账于", null=True)),
        migrations.RunSQL(
            "UPDATE orders_clock c SET known_from = coalesce("
            "(SELECT max(e.recorded_at) FROM orders_entry e WHERE e.order_id = c.order_id AND e.at = c.caused_at),"
            "(SELECT e.recorded_at FROM orders_entry e WHERE e.order_id = c.order_id AND e.number = c.made_entry),"
            "c.start)",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("clock", "known_from", models.DateTimeField("到期时间记账于")),
        migrations.CreateModel(
            name="FormerDue",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("due", models.DateTimeField(verbose_name="到期")),
                ("breached_at", models.DateTimeField(null=True, verbose_name="逾期")),
                ("known_from", models.DateTimeField(verbose_name="记账于")),
                ("known_to", models.DateTimeField(verbose_name="改定于")),
                (
                    "clock",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="former", to="orders.clock"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="orders.order",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "原时限",
                "verbose_name_plural": "原时限",
                "indexes": [models.Index(fields=["known_to"], name="former_due_known_to")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("known_to__gt", models.F("known_from"))),
                        name="a_former_due_time_was_known_for_a_while",
                    )
                ],
            },
        ),
    ]
