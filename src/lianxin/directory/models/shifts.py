"""Who is on duty when (班表): a roster of a post over a span, and its shifts; in force only without a hole (C24)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q

from .. import dates
from ..proof import Proven, ProvenQuerySet
from .centres import Centre
from .people import Post, Staff


class Span(Func):
    """From the one column on, before the other."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Roster(Proven):
    """A post around the clock: from `start` to before `until` whoever has the shift answers for it, once in force."""

    class Kind(models.TextChoices):
        """Whose roster it is."""

        AGENTS = "agents", "坐席"
        DISPATCHERS = "dispatchers", "派单"
        LEADS = "leads", "值班长"
        RAPID = "rapid", "快速反应队伍"

    class State(models.TextChoices):
        """Only one in force says who is on duty."""

        DRAFT = "draft", "草稿"
        IN_FORCE = "in_force", "生效"
        ENDED = "ended", "已停用"

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="rosters")
    post = models.ForeignKey(
        Post, models.PROTECT, verbose_name="岗位", related_name="rosters", help_text="这张班表排的是哪个岗位的班。"
    )
    kind = models.CharField("种类", max_length=12, choices=Kind)
    start = models.DateTimeField("开始时间", validators=[dates.in_use])
    until = models.DateTimeField("结束时间", validators=[dates.in_use], help_text="到此时为止，不含此时。")
    state = models.CharField("状态", max_length=8, choices=State, default=State.DRAFT)

    objects: ClassVar[Any] = ProvenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "班表"
        ordering = ["-start", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("start")),
                name="roster_ends_after_start",
                violation_error_message="结束时间必须晚于开始时间。",
            ),
            dates.constraint("start", "roster_start_in_use", instant=True),
            dates.constraint("until", "roster_until_in_use", instant=True),
            ExclusionConstraint(
                name="roster_one_in_force",
                expressions=[("post", RangeOperators.EQUAL), (Span("start", "until"), RangeOperators.OVERLAPS)],
                condition=Q(state="in_force"),
                violation_error_message="该岗位在这段时间已有生效的班表，请先停用原班表或者改时间。",
            ),
            # The target of the composite foreign key of migration 0021.
            models.UniqueConstraint(fields=["centre", "id"], name="roster_of_one_centre"),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.get_kind_display()}班表"

    def clean(self) -> None:
        """The post is of the roster's centre, and it ends after it begins."""
        if self.post_id and self.post.centre_id != self.centre_id:
            raise ValidationError({"post": "岗位必须属于同一中心。"})
        if self.start and self.until and self.until <= self.start:
            raise ValidationError({"until": "结束时间必须晚于开始时间。"})


class Shift(Proven):
    """A person's time on duty, `start` included and `until` not; what was withdrawn counts for nothing."""

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="shifts", editable=False)
    roster = models.ForeignKey(Roster, models.PROTECT, verbose_name="班表", related_name="shifts")
    team = models.CharField("班组", max_length=20, blank=True)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="人员", related_name="shifts")
    start = models.DateTimeField("上班时间", validators=[dates.in_use])
    until = models.DateTimeField("下班时间", validators=[dates.in_use])
    withdrawn = models.BooleanField("撤下", default=False, help_text="不再由本人值这一班；由此空出的时间须另排人员。")

    objects: ClassVar[Any] = ProvenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "班次"
        ordering = ["start", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("start")),
                name="shift_ends_after_start",
                violation_error_message="下班时间必须晚于上班时间。",
            ),
            dates.constraint("start", "shift_start_in_use", instant=True),
            dates.constraint("until", "shift_until_in_use", instant=True),
            ExclusionConstraint(
                name="shift_one_at_a_time",
                expressions=[("staff", RangeOperators.EQUAL), (Span("start", "until"), RangeOperators.OVERLAPS)],
                condition=Q(withdrawn=False),
                violation_error_message="此人在这段时间已有班次，一人不能同时值两班。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff} {self.team}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; it is of the centre of its roster."""
        self.centre_id = self.roster.centre_id
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """The person is of the roster's centre, and the time within the roster's, its end after its beginning."""
        problems: dict[str, str] = {}
        roster = self.roster if self.roster_id else None
        if roster and self.staff_id and self.staff.centre_id != roster.centre_id:
            problems["staff"] = "人员必须属于同一中心。"
        if roster and self.start and self.start < roster.start:
            problems["start"] = "上班时间早于班表的开始时间。"
        if roster and self.until and self.until > roster.until:
            problems["until"] = "下班时间晚于班表的结束时间。"
        if self.start and self.until and self.until <= self.start:
            problems["until"] = "下班时间必须晚于上班时间。"
        if problems:
            raise ValidationError(problems)
