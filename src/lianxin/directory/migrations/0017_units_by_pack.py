"""Types and groups of units are codes of the pack in force: the database keeps whatever they are."""

from django.db import migrations, models

from lianxin.directory.signed_anew import signed_anew


class Migration(migrations.Migration):
    dependencies = [("directory", "0016_who_adopted")]
    operations = [
        migrations.RemoveConstraint("unit", "unit_root_is_the_centre"),
        migrations.RemoveConstraint("unit", "unit_towns_ranked_apart"),
        *signed_anew(
            "directory",
            "unit",
            migrations.AlterField("unit", "type", models.CharField(max_length=16, verbose_name="类型")),
            migrations.AlterField(
                "unit",
                "ranking_group",
                models.CharField(blank=True, default="", max_length=16, verbose_name="排名组"),
            ),
        ),
    ]
