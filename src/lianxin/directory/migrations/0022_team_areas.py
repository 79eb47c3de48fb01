"""Circles of areas, and the areas that rapid teams serve; both renew the stamp."""

from importlib import import_module

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

_stamp = import_module("lianxin.directory.migrations.0003_book_stamp")
_centre = import_module("lianxin.directory.migrations.0002_one_centre")
#: As 0002: what a line points to is of its centre.
REFERENCES = [
    ("directory_areacircle", "area_id", "directory_area"),
    ("directory_teamarea", "post_id", "directory_post"),
    ("directory_teamarea", "area_id", "directory_area"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0021_shifts"),
    ]

    operations = [
        migrations.CreateModel(
            name="AreaCircle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mac", models.BinaryField(max_length=32, null=True)),
                (
                    "datum",
                    models.CharField(
                        choices=[
                            ("wgs84", "WGS-84（卫星定位）"),
                            ("gcj02", "GCJ-02（高德、腾讯地图）"),
                            ("bd09", "BD-09（百度地图）"),
                        ],
                        help_text="经纬度从哪种地图上取的，就选哪一种；选错会偏出几百米。",
                        max_length=6,
                        verbose_name="坐标系",
                    ),
                ),
                (
                    "longitude",
                    models.FloatField(
                        help_text="度，东经为正，如 117.120000。",
                        validators=[
                            django.core.validators.MinValueValidator(-180),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="圆心经度",
                    ),
                ),
                (
                    "latitude",
                    models.FloatField(
                        help_text="度，北纬为正，如 36.651200。",
                        validators=[
                            django.core.validators.MinValueValidator(-90),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="圆心纬度",
                    ),
                ),
                (
                    "radius",
                    models.PositiveIntegerField(
                        help_text="一个圆盖不住的区域，分几个圆登记。",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100000),
                        ],
                        verbose_name="半径（米）",
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="circles",
                        to="directory.area",
                        verbose_name="区域",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="area_circles",
                        to="directory.centre",
                        verbose_name="中心",
                    ),
                ),
            ],
            options={
                "verbose_name": "区域范围",
                "verbose_name_plural": "区域范围",
                "ordering": ["area__position", "area_id", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                        name="area_circle_on_earth",
                        violation_error_message="经度应在 -180 至 180 之间，纬度应在 -90 至 90 之间。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("radius__range", (1, 100000))),
                        name="area_circle_of_some_size",
                        violation_error_message="半径应在 1 米至 100 公里之间。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("datum__in", ["wgs84", "gcj02", "bd09"])), name="area_circle_known_datum"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TeamArea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mac", models.BinaryField(max_length=32, null=True)),
                (
                    "area",
                    models.ForeignKey(
                        help_text="含其下级区域。",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="team_areas",
                        to="directory.area",
                        verbose_name="责任区",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="team_areas",
                        to="directory.centre",
                        verbose_name="中心",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        help_text="快速反应队伍的岗位；谁值班由该岗位的班表定。",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="team_areas",
                        to="directory.post",
                        verbose_name="队伍岗位",
                    ),
                ),
            ],
            options={
                "verbose_name": "队伍责任区",
                "verbose_name_plural": "队伍责任区",
                "ordering": ["post_id", "area__position", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("post", "area"), name="team_area_once", violation_error_message="该队伍已有这一责任区。"
                    )
                ],
            },
        ),
        *(_centre.constraint(*reference) for reference in REFERENCES),
        *_stamp.triggers("areacircle", "directory_stamp_rows"),
        *_stamp.triggers("teamarea", "directory_stamp_rows"),
    ]
