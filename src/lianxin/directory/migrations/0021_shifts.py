"""Rosters and their shifts: one person has one shift at a time, one post one roster in force; both renew the stamp."""

import datetime
from importlib import import_module

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import lianxin.directory.dates
import lianxin.directory.models.shifts

_stamp = import_module("lianxin.directory.migrations.0003_book_stamp")
_centre = import_module("lianxin.directory.migrations.0002_one_centre")
#: As 0002: what a line points to is of its centre.
REFERENCES = [
    ("directory_roster", "post_id", "directory_post"),
    ("directory_shift", "roster_id", "directory_roster"),
    ("directory_shift", "staff_id", "directory_staff"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0020_channels"),
    ]

    operations = [
        # For constraints over a person and a span of time; a trusted extension, so the owner of the database may.
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Roster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mac", models.BinaryField(max_length=32, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("agents", "坐席"),
                            ("dispatchers", "派单"),
                            ("leads", "值班长"),
                            ("rapid", "快速反应队伍"),
                        ],
                        max_length=12,
                        verbose_name="种类",
                    ),
                ),
                ("start", models.DateTimeField(validators=[lianxin.directory.dates.in_use], verbose_name="开始时间")),
                (
                    "until",
                    models.DateTimeField(
                        help_text="到此时为止，不含此时。",
                        validators=[lianxin.directory.dates.in_use],
                        verbose_name="结束时间",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草稿"), ("in_force", "生效"), ("ended", "已停用")],
                        default="draft",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to="directory.centre",
                        verbose_name="中心",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        help_text="这张班表排的是哪个岗位的班。",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to="directory.post",
                        verbose_name="岗位",
                    ),
                ),
            ],
            options={
                "verbose_name": "班表",
                "verbose_name_plural": "班表",
                "ordering": ["-start", "id"],
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mac", models.BinaryField(max_length=32, null=True)),
                ("team", models.CharField(blank=True, max_length=20, verbose_name="班组")),
                ("start", models.DateTimeField(validators=[lianxin.directory.dates.in_use], verbose_name="上班时间")),
                ("until", models.DateTimeField(validators=[lianxin.directory.dates.in_use], verbose_name="下班时间")),
                (
                    "withdrawn",
                    models.BooleanField(
                        default=False, help_text="不再由本人值这一班；由此空出的时间须另排人员。", verbose_name="撤下"
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to="directory.centre",
                        verbose_name="中心",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to="directory.roster",
                        verbose_name="班表",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "班次",
                "verbose_name_plural": "班次",
                "ordering": ["start", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("start"))),
                name="roster_ends_after_start",
                violation_error_message="结束时间必须晚于开始时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("start", None),
                    (
                        "start__range",
                        (
                            datetime.datetime(1999, 12, 30, 16, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2100, 1, 1, 16, 0, tzinfo=datetime.UTC),
                        ),
                    ),
                    _connector="OR",
                ),
                name="roster_start_in_use",
                violation_error_message="日期应在 2000-01-01 至 2099-12-31 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None),
                    (
                        "until__range",
                        (
                            datetime.datetime(1999, 12, 30, 16, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2100, 1, 1, 16, 0, tzinfo=datetime.UTC),
                        ),
                    ),
                    _connector="OR",
                ),
                name="roster_until_in_use",
                violation_error_message="日期应在 2000-01-01 至 2099-12-31 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state", "in_force")),
                expressions=[("post", "="), (lianxin.directory.models.shifts.Span("start", "until"), "&&")],
                name="roster_one_in_force",
                violation_error_message="该岗位在这段时间已有生效的班表，请先停用原班表或者改时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.UniqueConstraint(fields=("centre", "id"), name="roster_of_one_centre"),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("start"))),
                name="shift_ends_after_start",
                violation_error_message="下班时间必须晚于上班时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("start", None),
                    (
                        "start__range",
                        (
                            datetime.datetime(1999, 12, 30, 16, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2100, 1, 1, 16, 0, tzinfo=datetime.UTC),
                        ),
                    ),
                    _connector="OR",
                ),
                name="shift_start_in_use",
                violation_error_message="日期应在 2000-01-01 至 2099-12-31 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None),
                    (
                        "until__range",
                        (
                            datetime.datetime(1999, 12, 30, 16, 0, tzinfo=datetime.UTC),
                            datetime.datetime(2100, 1, 1, 16, 0, tzinfo=datetime.UTC),
                        ),
                    ),
                    _connector="OR",
                ),
                name="shift_until_in_use",
                violation_error_message="日期应在 2000-01-01 至 2099-12-31 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("withdrawn", False)),
                expressions=[("staff", "="), (lianxin.directory.models.shifts.Span("start", "until"), "&&")],
                name="shift_one_at_a_time",
                violation_error_message="此人在这段时间已有班次，一人不能同时值两班。",
            ),
        ),
        *(_centre.constraint(*reference) for reference in REFERENCES),
        *_stamp.triggers("roster", "directory_stamp_rows"),
        *_stamp.triggers("shift", "directory_stamp_rows"),
    ]
