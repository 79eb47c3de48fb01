"""Units that did not come to a meeting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("proceedings", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="about",
            name="role",
            field=models.CharField(
                choices=[
                    ("subject", "涉及"),
                    ("member", "参加"),
                    ("called", "通知"),
                    ("absent", "缺席"),
                    ("evidence", "依据"),
                    ("quoted", "引用"),
                ],
                max_length=12,
                verbose_name="角色",
            ),
        ),
    ]
