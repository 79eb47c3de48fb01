"""Orders are found by the line that they came by, newest first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0013_recused_pressed"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["centre", "source", "id"], name="order_source"),
        ),
    ]
