"""Posts of the chain of responsibility in a unit."""

from django.db import migrations, models

from lianxin.directory.signed_anew import signed_anew


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0018_charges_and_full_time"),
    ]

    operations = [
        *signed_anew(
            "directory",
            "post",
            migrations.AlterField(
                "post",
                "role",
                models.CharField(
                    choices=[
                        ("agent", "坐席"),
                        ("dispatcher", "派单员"),
                        ("clerk", "经办人"),
                        ("principal", "主要负责人"),
                        ("hotline_deputy", "分管热线负责人"),
                        ("line_deputy", "其他分管负责人"),
                        ("section_head", "片区书记、部门负责人"),
                        ("discipline", "纪委书记"),
                        ("callback", "回访员"),
                        ("supervisor", "督办员"),
                        ("analyst", "分析员"),
                        ("leader", "中心领导"),
                        ("admin", "系统管理员"),
                        ("auditor", "审核员"),
                        ("patrol", "巡查员"),
                        ("npc_deputy", "人大代表"),
                    ],
                    max_length=16,
                    verbose_name="角色",
                ),
            ),
        ),
    ]
