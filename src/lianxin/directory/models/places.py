"""Where an area lies, as circles that an office can enter, and which areas a rapid team serves (C28)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from lianxin.rules.datums import DATUMS

from ..proof import Proven, ProvenQuerySet
from .centres import Centre
from .people import Post
from .units import Area
from .upwards import upwards


class AreaCircle(Proven):
    """A circle of an area (区域范围); several together are what the area covers.

    Longitude and latitude in degrees as the map of that datum has them, the radius in metres.
    """

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="area_circles", editable=False)
    area = models.ForeignKey(Area, models.PROTECT, verbose_name="区域", related_name="circles")
    datum = models.CharField(
        "坐标系",
        max_length=6,
        choices=list(DATUMS.items()),
        help_text="经纬度从哪种地图上取的，就选哪一种；选错会偏出几百米。",
    )
    longitude = models.FloatField(
        "圆心经度",
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text="度，东经为正，如 117.120000。",
    )
    latitude = models.FloatField(
        "圆心纬度", validators=[MinValueValidator(-90), MaxValueValidator(90)], help_text="度，北纬为正，如 36.651200。"
    )
    radius = models.PositiveIntegerField(
        "半径（米）",
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text="一个圆盖不住的区域，分几个圆登记。",
    )

    objects: ClassVar[Any] = ProvenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "区域范围"
        ordering = ["area__position", "area_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="area_circle_on_earth",
                violation_error_message="经度应在 -180 至 180 之间，纬度应在 -90 至 90 之间。",
            ),
            models.CheckConstraint(
                condition=Q(radius__range=(1, 100_000)),
                name="area_circle_of_some_size",
                violation_error_message="半径应在 1 米至 100 公里之间。",
            ),
            models.CheckConstraint(condition=Q(datum__in=list(DATUMS)), name="area_circle_known_datum"),
        ]

    def __str__(self) -> str:
        return f"{self.area} 半径 {self.radius} 米"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; it is of the centre of its area."""
        self.centre_id = self.area.centre_id
        super().save(*args, **kwargs)


class TeamArea(Proven):
    """An area, with those below it, that the team of a post serves (队伍责任区)."""

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="team_areas", editable=False)
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        verbose_name="队伍岗位",
        related_name="team_areas",
        help_text="快速反应队伍的岗位；谁值班由该岗位的班表定。",
    )
    area = models.ForeignKey(
        Area, models.PROTECT, verbose_name="责任区", related_name="team_areas", help_text="含其下级区域。"
    )

    objects: ClassVar[Any] = ProvenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "队伍责任区"
        ordering = ["post_id", "area__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "area"],
                name="team_area_once",
                violation_error_message="该队伍已有这一责任区。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.area}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; it is of the centre of its post."""
        self.centre_id = self.post.centre_id
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Post and area are of one centre; the area is in use."""
        if self.post_id and self.area_id and self.area.centre_id != self.post.centre_id:
            raise ValidationError({"area": "区域必须属于同一中心。"})
        if self.area_id and not all(step.active for step in upwards(self.area)):
            raise ValidationError({"area": f"区域“{self.area}”已停用，请选择在用的。"})
