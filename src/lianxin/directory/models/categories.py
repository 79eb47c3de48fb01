"""The tree of what requests are about."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from ..proof import Proven
from .centres import Centre
from .former import FormerCategory
from .sounds import matching

LEVELS = 3


class Category(Proven):
    """A category (诉求类别) on level 1, 2 or 3 of a centre's tree."""

    former = FormerCategory

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="categories")
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级类别", related_name="children", null=True, blank=True
    )
    name = models.CharField("名称", max_length=60)
    match_keys = matching()
    level = models.PositiveSmallIntegerField("级别", editable=False)
    code = models.CharField("编码", max_length=32, blank=True)
    position = models.PositiveIntegerField("排序", default=0)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "诉求类别"
        ordering = ["level", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "parent", "name"],
                nulls_distinct=False,
                name="category_name_unique_under_parent",
                violation_error_message="同一上级类别下已有同名类别。",
            ),
            models.UniqueConstraint(
                fields=["centre", "code"],
                condition=~Q(code=""),
                name="category_code_unique_in_centre",
                violation_error_message="类别编码重复。",
            ),
            models.UniqueConstraint(fields=["centre", "id"], name="category_of_one_centre"),
            models.CheckConstraint(
                condition=Q(parent=None, level=1) | Q(parent__isnull=False, level__range=(2, LEVELS)),
                name="category_three_levels",
                violation_error_message="类别最多三级。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Save with the level that the parent gives: nobody enters a level by hand."""
        self.level = self.parent.level + 1 if self.parent else 1
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """A parent is of the same centre, on level 1 or 2, and stays it: only a leaf may move to another level."""
        if self.parent and self.parent.centre_id != self.centre_id:
            raise ValidationError({"parent": "上级类别必须属于同一中心。"})
        level = self.parent.level + 1 if self.parent else 1
        if level > LEVELS:
            raise ValidationError({"parent": f"类别最多{LEVELS}级，请选择一级或二级类别作为上级。"})
        if self.pk and self.level != level and self.children.exists():
            raise ValidationError({"parent": "该类别还有下级类别，不能移到另一级。"})
        self.level = level

    def path(self) -> tuple[str, ...]:
        """The names from the first level down to this one; use `snapshot.of(centre).categories` for many."""
        return (*(self.parent.path() if self.parent else ()), self.name)
