"""An area may be taken out of use; what lies in it keeps it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0013_stamp_of_all_columns")]
    operations = [
        migrations.AddField(
            "area",
            "active",
            models.BooleanField(
                default=True,
                help_text="停用后不再供选择，其下级区域也不再供选择；原有工单仍显示。",
                verbose_name="启用",
            ),
        ),
    ]
