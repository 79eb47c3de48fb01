"""A publication keeps the whole document, and each figure its title, so that it is shown as it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0001_initial")]

    operations = [
        migrations.RemoveField("publication", "html"),
        migrations.AddField(
            "publication", "document", models.JSONField(default=dict, verbose_name="全文"), preserve_default=False
        ),
        migrations.AddField(
            "publishedfigure", "title", models.CharField(default="", max_length=160), preserve_default=False
        ),
    ]
