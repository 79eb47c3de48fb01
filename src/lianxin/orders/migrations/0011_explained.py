"""On what an answer stands that only explains."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_judged"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="explained",
            field=models.CharField(blank=True, default="", max_length=16, verbose_name="解释依据"),
        ),
    ]
