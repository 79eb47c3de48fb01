"""By which channels units and people are told; whose a channel is is of its centre."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_stamp = import_module("lianxin.directory.migrations.0003_book_stamp")
_centre = import_module("lianxin.directory.migrations.0002_one_centre")
#: As 0002: what a line points to is of its centre.
REFERENCES = [
    ("directory_channel", "unit_id", "directory_unit"),
    ("directory_channel", "staff_id", "directory_staff"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0019_chain_posts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mac", models.BinaryField(max_length=32, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "邮箱"),
                            ("wecom", "企业微信群机器人"),
                            ("dingtalk", "钉钉群机器人"),
                            ("feishu", "飞书群机器人"),
                        ],
                        max_length=8,
                        verbose_name="种类",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="如“大店镇热线工作群”，收不到通知时据此查找。", max_length=40, verbose_name="名称"
                    ),
                ),
                ("address", models.TextField(editable=False)),
                ("secret", models.TextField(blank=True, editable=False)),
                ("hint", models.CharField(editable=False, max_length=80, verbose_name="地址")),
                (
                    "digest_at",
                    models.CharField(
                        blank=True,
                        help_text="如“08:30、14:00”，最多 6 个，届时合为一条发出；不填即随到随发。",
                        max_length=60,
                        verbose_name="汇总时刻",
                    ),
                ),
                (
                    "quiet_from",
                    models.TimeField(
                        blank=True, help_text="可以跨夜，如 20:00 至 07:30。", null=True, verbose_name="免打扰自"
                    ),
                ),
                ("quiet_to", models.TimeField(blank=True, null=True, verbose_name="免打扰至")),
                (
                    "workdays_only",
                    models.BooleanField(
                        default=False, help_text="休息日、节假日的留到下一工作日发出。", verbose_name="休息日免打扰"
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channels",
                        to="directory.centre",
                        verbose_name="中心",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channels",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人员",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        help_text="单位的群或邮箱选单位，个人的选人员，二者选一。",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channels",
                        to="directory.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "通知渠道",
                "verbose_name_plural": "通知渠道",
                "ordering": ["unit__position", "unit_id", "staff__sort_key", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("staff__isnull", False), ("unit", None)),
                            models.Q(("staff", None), ("unit__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_channel_is_somebodys",
                        violation_error_message="请选择单位或者人员，二者选一。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from", None), ("quiet_to", None)),
                            models.Q(
                                ("quiet_from__isnull", False),
                                ("quiet_to__isnull", False),
                                models.Q(("quiet_from", models.F("quiet_to")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="quiet_hours_have_two_ends",
                        violation_error_message="免打扰时段的起止要同时填写，且不能相同。",
                    ),
                ],
            },
        ),
        *(_centre.constraint(*reference) for reference in REFERENCES),
        *_stamp.triggers("channel", "directory_stamp_rows"),
    ]
