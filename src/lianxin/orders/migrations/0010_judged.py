"""What a granted petition has found of an order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_contacts")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="judged",
            field=models.CharField(blank=True, default="", max_length=16, verbose_name="认定"),
        ),
    ]
