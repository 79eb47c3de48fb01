"""Who of a unit is in charge of what, and who works for the hotline alone; both renew the stamp."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from lianxin.directory.signed_anew import signed_anew

_stamp = import_module("lianxin.directory.migrations.0003_book_stamp")
_centre = import_module("lianxin.directory.migrations.0002_one_centre")
_staff = import_module("lianxin.directory.migrations.0013_stamp_of_all_columns")

BEFORE = f"{_staff.BEFORE}, mac"
#: As 0002: what a line points to is of its centre.
REFERENCES = [
    ("directory_charge", "unit_id", "directory_unit"),
    ("directory_charge", "category_id", "directory_category"),
    ("directory_charge", "area_id", "directory_area"),
    ("directory_charge", "deputy_id", "directory_post"),
    ("directory_charge", "head_id", "directory_post"),
]


def key(target: str, title: str, related: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related,
        to=f"directory.{target}",
        verbose_name=title,
        **more,
    )


CHARGE = migrations.CreateModel(
    "Charge",
    [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("mac", models.BinaryField(max_length=32, null=True)),
        ("centre", key("centre", "中心", "charges")),
        ("unit", key("unit", "单位", "charges", help_text="这是哪个单位的内部分工。")),
        (
            "category",
            key(
                "category",
                "事项分类",
                "charges",
                blank=True,
                null=True,
                help_text="含其下级分类；不选即其余各类。",
            ),
        ),
        (
            "area",
            key("area", "区域", "charges", blank=True, null=True, help_text="含其下级区域；不选即其余各处。"),
        ),
        ("deputy", key("post", "分管领导岗位", "charges", help_text="本单位的班子成员。")),
        (
            "head",
            key(
                "post",
                "片区书记或部门负责人岗位",
                "charges_as_head",
                help_text="本单位或其下级单位的岗位。",
            ),
        ),
    ],
    options={
        "verbose_name": "分工",
        "verbose_name_plural": "分工",
        "ordering": ["unit__position", "unit_id", "id"],
        "constraints": [
            models.UniqueConstraint(
                fields=("unit", "category", "area"),
                name="charge_once_a_field_and_area",
                nulls_distinct=False,
                violation_error_message="该单位的这一分类、区域已有分工，请直接修改原有的一条。",
            ),
            models.CheckConstraint(
                condition=~Q(deputy=F("head")),
                name="charge_deputy_and_head_differ",
                violation_error_message="分管领导和片区书记（部门负责人）不能是同一岗位。",
            ),
        ],
    },
)


class Migration(migrations.Migration):
    dependencies = [("directory", "0017_units_by_pack")]
    operations = [
        *signed_anew(
            "directory",
            "staff",
            migrations.AddField(
                "staff",
                "full_time",
                models.BooleanField(
                    default=False,
                    help_text="专职从事热线工作，不兼其他工作的，勾选此项；计入单位的专职人数。",
                    verbose_name="专职",
                ),
            ),
        ),
        migrations.RunSQL(_staff.function(f"{BEFORE}, full_time"), _staff.function(BEFORE)),
        # The target of the composite foreign keys.
        migrations.AddConstraint("post", models.UniqueConstraint(fields=["centre", "id"], name="post_of_one_centre")),
        CHARGE,
        *(_centre.constraint(*reference) for reference in REFERENCES),
        *_stamp.triggers("charge", "directory_stamp_rows"),
    ]
