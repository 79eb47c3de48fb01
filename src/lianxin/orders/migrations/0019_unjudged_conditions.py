"""The lines about conditions that could not be judged are found without reading the whole journal."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0018_fewer_indexes")]

    operations = [
        migrations.AddIndex(
            "journal",
            models.Index(
                fields=["centre"], name="journal_unjudged", condition=models.Q(action="policy.condition_failed")
            ),
        )
    ]
