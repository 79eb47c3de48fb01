"""Why a petition was filed, as a code of the order's pack: figures count by it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_rule_ids_of_packs")]
    operations = [
        migrations.AddField(
            "task", "reason", models.CharField(blank=True, default="", max_length=16, verbose_name="理由")
        ),
        migrations.AddIndex(
            "task",
            models.Index(fields=["kind", "made_at"], condition=models.Q(("petition", True)), name="task_petitions"),
        ),
    ]
