"""Who of a unit's leaders is in charge of which field, and who carries it out there (分管班子成员负责制, D16)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from lianxin.rules.chain import LINKS

from ..proof import Proven, ProvenQuerySet
from ..roles import Role
from .categories import Category
from .centres import Centre
from .people import Post
from .units import Area, Unit
from .upwards import upwards


class Charge(Proven):
    """A line of a unit's division of work (分工): of this field, in this area, that deputy and that head.

    Without a category it is for all other fields, without an area for everywhere else (`Snapshot.charge`).
    """

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="charges")
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name="单位", related_name="charges", help_text="这是哪个单位的内部分工。"
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        verbose_name="事项分类",
        related_name="charges",
        null=True,
        blank=True,
        help_text="含其下级分类；不选即其余各类。",
    )
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        verbose_name="区域",
        related_name="charges",
        null=True,
        blank=True,
        help_text="含其下级区域；不选即其余各处。",
    )
    deputy = models.ForeignKey(
        Post, models.PROTECT, verbose_name="分管领导岗位", related_name="charges", help_text="本单位的班子成员。"
    )
    head = models.ForeignKey(
        Post,
        models.PROTECT,
        verbose_name="片区书记或部门负责人岗位",
        related_name="charges_as_head",
        help_text="本单位或其下级单位的岗位。",
    )

    objects: ClassVar[Any] = ProvenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "分工"
        ordering = ["unit__position", "unit_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "category", "area"],
                nulls_distinct=False,
                name="charge_once_a_field_and_area",
                violation_error_message="该单位的这一分类、区域已有分工，请直接修改原有的一条。",
            ),
            models.CheckConstraint(
                condition=~Q(deputy=F("head")),
                name="charge_deputy_and_head_differ",
                violation_error_message="分管领导和片区书记（部门负责人）不能是同一岗位。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.category or '其余各类'} {self.area or '其余各处'}"

    def clean(self) -> None:
        """All is of one centre; the field and the area are in use; the posts are the unit's, and two."""
        problems: dict[str, str] = {}
        for name, title in (("unit", "单位"), ("category", "事项分类"), ("area", "区域")):
            found = getattr(self, name) if getattr(self, f"{name}_id") else None
            if found and found.centre_id != self.centre_id:
                problems[name] = f"{title}必须属于同一中心。"
            elif found and name != "unit" and not _in_use(found):
                problems[name] = f"{title}“{found}”已停用，请选择在用的。"
        if self.unit_id and "unit" not in problems:
            problems |= self._posts()
        if problems:
            raise ValidationError(problems)

    def _posts(self) -> dict[str, str]:
        found: dict[str, str] = {}
        deputy, head = (self.deputy if self.deputy_id else None), (self.head if self.head_id else None)
        if deputy and deputy.unit_id != self.unit_id:
            found["deputy"] = "分管领导必须是该单位自己的岗位。"
        elif deputy and deputy.role not in LINKS["deputy"].roles:
            found["deputy"] = f"分管领导必须是班子成员的岗位：{_titles('deputy')}。"
        if head and head.pk == self.deputy_id:
            found["head"] = "片区书记或部门负责人不能与分管领导是同一岗位。"
        elif head and not _lies_in(head.unit, self.unit_id):
            found["head"] = "片区书记或部门负责人必须是该单位或其下级单位的岗位。"
        elif head and head.role not in LINKS["head"].roles:
            found["head"] = f"请选择“{_titles('head')}”的岗位。"
        return found


def _titles(link: str) -> str:
    return "、".join(str(Role(role).label) for role in LINKS[link].roles)


def _in_use(found: Category | Area) -> bool:
    """Below what is out of use nothing is in use."""
    return all(step.active for step in upwards(found))


def _lies_in(unit: Unit, above: int) -> bool:
    return any(step.pk == above for step in upwards(unit))
