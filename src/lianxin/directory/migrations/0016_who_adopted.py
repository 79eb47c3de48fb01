"""Who adopted a version of the rules, and when."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from lianxin.directory.signed_anew import signed_anew


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("directory", "0015_packs_for_ever"),
    ]

    operations = [
        *signed_anew(
            "directory",
            "policyversion",
            migrations.AlterField("policyversion", "pack_id", models.CharField(max_length=40, verbose_name="规则包")),
            migrations.AlterField(
                "policyversion", "version", models.CharField(blank=True, max_length=20, verbose_name="版本")
            ),
            migrations.AddField(
                "policyversion",
                "adopted_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="采用人",
                ),
            ),
            migrations.AddField(
                "policyversion",
                "adopted_at",
                models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="采用时间"),
            ),
        ),
    ]
