"""Each row of the directory carries a keyed digest of what we wrote (docs/proof.md)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_book_stamp"),
    ]

    operations = [
        migrations.AlterModelManagers(
            name="staff",
            managers=[],
        ),
        migrations.AddField(
            model_name="absence",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="area",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="category",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="centre",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="holiday",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="post",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="staff",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="unit",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
    ]
