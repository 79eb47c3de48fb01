"""Whether the demo has a history before its weeks, and how large it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0022_team_areas"),
    ]

    operations = [
        migrations.AddField(
            model_name="demoloading",
            name="history_scale",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="demoloading",
            name="history_done",
            field=models.BooleanField(default=False),
        ),
    ]
