"""The units of a centre, a tree below the centre itself, and its areas."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .. import named
from ..proof import Proven
from .centres import CODE, Centre
from .former import FormerUnit
from .sounds import matching, sorting
from .upwards import upwards


class Unit(Proven):
    """A unit (承办单位) or the centre itself, the root of its tree."""

    former = FormerUnit

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="units")
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级单位", related_name="children", null=True, blank=True
    )
    code = models.CharField("编码", max_length=32, validators=[CODE])
    name = models.CharField("名称", max_length=100)
    sort_key = sorting()
    match_keys = matching()
    short_name = models.CharField("简称", max_length=40, blank=True)
    #: What a unit is (D15: companies, hospitals, banks and insurers handle orders too), and the league table that it
    #: stands in (A37: towns and departments are never ranked together; empty: in none): codes of the pack (`named`).
    type = models.CharField("类型", max_length=16)
    ranking_group = models.CharField("排名组", max_length=16, blank=True, default="")
    position = models.PositiveIntegerField("排序", default=0, help_text="小的在前；排名并列时也按此顺序。")
    active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["position", "sort_key", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "code"], name="unit_code_unique_in_centre", violation_error_message="单位编码重复。"
            ),
            models.UniqueConstraint(
                fields=["centre", "parent", "name"],
                nulls_distinct=False,
                name="unit_name_unique_under_parent",
                violation_error_message="同一上级单位下已有同名单位。",
            ),
            models.UniqueConstraint(
                fields=["centre"],
                condition=Q(parent=None),
                name="unit_one_root_a_centre",
                violation_error_message="一个中心只能有一个最上级单位，请选择上级单位。",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="unit_not_below_itself"),
            # Targets of the composite foreign keys of migration 0002.
            models.UniqueConstraint(fields=["centre", "id"], name="unit_of_one_centre"),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name

    def clean(self) -> None:
        """Type and group are of the rules in force; a parent is of the same centre, not this unit or one below it."""
        if problems := named.problems(self):
            raise ValidationError(problems)
        if self.parent is None:
            return
        if self.parent.centre_id != self.centre_id:
            raise ValidationError({"parent": "上级单位必须属于同一中心。"})
        if self in upwards(self.parent):
            raise ValidationError({"parent": "上级单位不能是本单位或其下级单位。"})


class Area(Proven):
    """A place that an order can lie in: town, then village or community."""

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="areas")
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级区域", related_name="children", null=True, blank=True
    )
    name = models.CharField("名称", max_length=60)
    sort_key = sorting()
    match_keys = matching()
    position = models.PositiveIntegerField("排序", default=0)
    active = models.BooleanField(
        "启用", default=True, help_text="停用后不再供选择，其下级区域也不再供选择；原有工单仍显示。"
    )

    class Meta:
        verbose_name = verbose_name_plural = "区域"
        ordering = ["position", "sort_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "parent", "name"],
                nulls_distinct=False,
                name="area_name_unique_under_parent",
                violation_error_message="同一上级区域下已有同名区域。",
            ),
            models.UniqueConstraint(fields=["centre", "id"], name="area_of_one_centre"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="area_not_below_itself"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A parent is of the same centre, and not this area or one below it."""
        if self.parent is None:
            return
        if self.parent.centre_id != self.centre_id:
            raise ValidationError({"parent": "上级区域必须属于同一中心。"})
        if self in upwards(self.parent):
            raise ValidationError({"parent": "上级区域不能是本区域或其下级区域。"})
