"""Roles of shares as of a moment: what a share's role was before it was changed, and since when it is what it is.

Of shares whose role was changed before this migration the former role is in the ledger alone.
"""

import django.db.models.deletion
from django.db import migrations, models

ROLES = [("lead", "主办"), ("assist", "协办"), ("dual", "双派"), ("called", "吹哨")]


class Migration(migrations.Migration):
    dependencies = [("orders", "0016_former_due_times")]

    operations = [
        migrations.AddField("share", "role_known_from", models.DateTimeField("角色改定于", null=True)),
        migrations.CreateModel(
            name="FormerRole",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("role", models.CharField(choices=ROLES, max_length=8, verbose_name="角色")),
                ("known_from", models.DateTimeField(verbose_name="记账于")),
                ("known_to", models.DateTimeField(verbose_name="改定于")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="orders.order",
                        verbose_name="工单",
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="former_roles", to="orders.share"
                    ),
                ),
            ],
            options={
                "verbose_name": "原角色",
                "verbose_name_plural": "原角色",
                "indexes": [models.Index(fields=["known_to"], name="former_role_known_to")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("known_to__gt", models.F("known_from"))),
                        name="a_former_role_was_known_for_a_while",
                    )
                ],
            },
        ),
    ]
