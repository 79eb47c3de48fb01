"""In how many handling periods the matter of an order was raised."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_explained"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="matter_periods",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="同一事项跨几个处理时段"),
        ),
    ]
