"""That an entry is told by a channel, and how that came out."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0020_channels"),
        ("ledger", "0008_stays_as_known"),
        ("orders", "0011_explained"),
        ("proceedings", "0003_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=64)),
                ("urgent", models.BooleanField(default=False, verbose_name="立即发出")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "待发送"),
                            ("sending", "发送中"),
                            ("sent", "已送达"),
                            ("failed", "未送达"),
                            ("unknown", "不明"),
                            ("dropped", "不再发送"),
                        ],
                        default="queued",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                ("message", models.UUIDField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, max_length=80, verbose_name="原因")),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="directory.channel",
                        verbose_name="通知渠道",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="ledger.entry",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="orders.order",
                        verbose_name="工单",
                    ),
                ),
                (
                    "proceeding",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="proceedings.proceeding",
                        verbose_name="专办事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "送达",
                "verbose_name_plural": "送达",
                "indexes": [
                    models.Index(
                        condition=models.Q(("proceeding__isnull", False)),
                        fields=["proceeding"],
                        name="delivery_proceeding",
                    ),
                    models.Index(
                        condition=models.Q(("state", "queued")), fields=["channel", "next_at"], name="delivery_queued"
                    ),
                    models.Index(
                        condition=models.Q(("state", "sending")), fields=["claimed_at"], name="delivery_sending"
                    ),
                    models.Index(
                        condition=models.Q(("claimed_at__isnull", False)),
                        fields=["channel", "claimed_at"],
                        name="delivery_claimed",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["failed", "unknown"])),
                        fields=["channel", "-id"],
                        name="delivery_undelivered",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                            models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                            _connector="OR",
                        ),
                        name="delivery_of_one_root",
                    ),
                    models.UniqueConstraint(fields=("entry", "channel"), name="one_delivery_a_channel"),
                ],
            },
        ),
    ]
