"""In which roles a digest speaks of orders."""

from django.db import migrations, models

from lianxin.proceedings.models import ROLES


class Migration(migrations.Migration):
    dependencies = [
        ("proceedings", "0002_absent"),
    ]

    operations = [
        migrations.AlterField(
            model_name="about",
            name="role",
            field=models.CharField(choices=list(ROLES.items()), max_length=12, verbose_name="角色"),
        ),
    ]
