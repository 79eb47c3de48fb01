"""Since when the ledger knows that an order was a test item."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_matter_periods"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="disclosed_recorded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="order",
            name="simulated",
            field=models.BooleanField(default=False, verbose_name="模拟事项"),
        ),
    ]
