"""Contacts with callers in a period are found without reading every entry."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0006_rounds"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(condition=models.Q(("action", "share.contacted")), fields=["at"], name="entry_contacts"),
        ),
    ]
