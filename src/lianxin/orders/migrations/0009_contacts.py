"""How often the caller of an order was reached."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_labels"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="contacts",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="联系诉求人次数"),
        ),
    ]
