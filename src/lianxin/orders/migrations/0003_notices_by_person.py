"""Notices are one a person and entry (the holders of all shares are told, not only the new owner), and know when a
worker took them up."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("notice", "claimed_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "notice",
            "id",
            models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
        ),
        migrations.AlterField("notice", "kind", models.CharField(max_length=32)),
        migrations.AlterField(
            "notice",
            "order",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="orders.order",
                verbose_name="工单",
            ),
        ),
        migrations.AlterField(
            "notice",
            "staff",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="notices", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            "notice",
            models.Index(condition=models.Q(("state", "sending")), fields=["claimed_at"], name="notice_sending"),
        ),
        migrations.AddConstraint(
            "notice", models.UniqueConstraint(fields=("entry", "staff"), name="one_notice_a_person")
        ),
    ]
