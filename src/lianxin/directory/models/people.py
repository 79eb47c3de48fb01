"""Staff, the posts they hold as A or B, and when they are absent; who answers for a post is told by `snapshot`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from lianxin.rules.policy import PolicyError

from .. import dates, named, snapshot
from ..proof import Proven, ProvenQuerySet
from ..roles import CENTRE_ROLES, Role
from .centres import Centre
from .sounds import matching, sorting
from .units import Unit


class StaffManager(UserManager["Staff"]):
    """Django's, whose bulk changes are proven too."""

    use_in_migrations = False

    def get_queryset(self) -> ProvenQuerySet:
        return ProvenQuerySet(self.model, using=self._db)


class Staff(Proven, AbstractUser):
    """A person who signs in. Without a centre only the superuser of the installation."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=40)
    sort_key = sorting(person=True)
    match_keys = matching(person=True)
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="staff", null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位", related_name="staff", null=True, blank=True)
    phone = models.CharField("办公电话", max_length=32, blank=True)
    title = models.CharField("职务", max_length=40, blank=True)
    joined_on = models.DateField("到岗日期", null=True, blank=True, validators=[dates.of_a_person])
    full_time = models.BooleanField(
        "专职", default=False, help_text="专职从事热线工作，不兼其他工作的，勾选此项；计入单位的专职人数。"
    )
    must_change_password = models.BooleanField(
        "下次登录须改密码", default=False, help_text="由他人设置的密码，本人登录后须先改成自己的。"
    )

    REQUIRED_FIELDS = ["name"]

    objects: ClassVar[StaffManager] = StaffManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        ordering = ["sort_key", "username"]
        constraints = [
            # Targets of the composite foreign keys of migration 0002.
            models.UniqueConstraint(fields=["centre", "id"], name="staff_of_one_centre"),
            models.CheckConstraint(
                condition=Q(unit=None) | Q(centre__isnull=False),
                name="staff_unit_needs_centre",
                violation_error_message="选择了单位的人员必须属于一个中心。",
            ),
            dates.constraint("joined_on", "staff_joined_in_a_life", first=dates.FIRST_OF_PEOPLE),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """The person's name as colleagues write it."""
        return self.name

    def get_short_name(self) -> str:
        """The same: a Chinese name is not split."""
        return self.name

    def clean(self) -> None:
        """The unit is one of the person's centre."""
        super().clean()
        if self.unit and self.unit.centre_id != self.centre_id:
            raise ValidationError({"unit": "单位必须属于同一中心。"})


class Post(Proven):
    """A post (岗位) of a unit, held by A and, in A's absence, by B (A31)."""

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="posts")
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位", related_name="posts")
    role = models.CharField("角色", max_length=16, choices=Role)
    name = models.CharField("岗位名称", max_length=60, blank=True, help_text="不填时用角色名称。")
    holder_a = models.ForeignKey(
        Staff, models.PROTECT, verbose_name="A角", related_name="posts_as_a", null=True, blank=True
    )
    holder_b = models.ForeignKey(
        Staff, models.PROTECT, verbose_name="B角", related_name="posts_as_b", null=True, blank=True
    )

    objects: ClassVar[Any] = ProvenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        ordering = ["unit__position", "unit_id", "role", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "role", "name"],
                name="post_unique_in_unit",
                violation_error_message="该单位已有同一角色的同名岗位。",
            ),
            models.CheckConstraint(
                condition=Q(holder_a=None) | Q(holder_b=None) | ~Q(holder_a=F("holder_b")),
                name="post_a_and_b_differ",
                violation_error_message="A角和B角不能是同一人。",
            ),
            # The target of composite foreign keys of migration 0018.
            models.UniqueConstraint(fields=["centre", "id"], name="post_of_one_centre"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.name}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Save; a post without a name of its own is called by its role."""
        self.name = self.name or str(Role(self.role).label)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Unit and holders are of the post's centre; the centre's own roles stand in the centre or a sub-centre."""
        problems: dict[str, str] = {}
        if self.unit_id and self.unit.centre_id != self.centre_id:
            problems["unit"] = "单位必须属于同一中心。"
        elif self.unit_id and self.role in CENTRE_ROLES and not self._of_the_centre():
            problems["role"] = f"“{Role(self.role).label}”岗位只能设在热线中心或分中心。"
        for field, title in (("holder_a", "A角"), ("holder_b", "B角")):
            holder: Staff | None = getattr(self, field)
            if holder and holder.centre_id != self.centre_id:
                problems[field] = f"{title}必须是同一中心的人员。"
        problems |= self._single(problems)
        if problems:
            raise ValidationError(problems)
        if not self.name and self.role in Role.values:
            self.name = str(Role(self.role).label)

    def _of_the_centre(self) -> bool:
        """Whether its unit takes the centre's posts.  One that stands there stays when the rules forget the type."""
        takes = named.takes_centre_posts(self.unit)
        return type(self).objects.filter(pk=self.pk, unit=self.unit_id).exists() if takes is None else takes

    def _single(self, problems: dict[str, str]) -> dict[str, str]:
        """What is wrong with a post that has one holder only, where the centre's rules want A and B (A31)."""
        missing = "holder_b" if self.holder_b_id is None else "holder_a"
        if problems or (self.holder_a_id is None) == (self.holder_b_id is None) or not self._in_pairs():
            return {}
        side = "B角" if missing == "holder_b" else "A角"
        return {missing: f"岗位要同时有A角和B角，请指定{side}；暂时没有人选的，两项都不填。"}

    def _in_pairs(self) -> bool:
        try:
            return snapshot.of(self.centre_id).pack(timezone.now()).posts.in_pairs
        except (LookupError, PolicyError):
            return False  # without rules in force nobody demands it


class Absence(Proven):
    """A time in which a person is away, `start` included and `end` not; without `end` until further notice."""

    staff = models.ForeignKey(Staff, models.CASCADE, verbose_name="人员", related_name="absences")
    start = models.DateTimeField("开始时间", validators=[dates.in_use])
    end = models.DateTimeField(
        "结束时间", null=True, blank=True, help_text="不填表示直到另行通知。", validators=[dates.in_use]
    )
    reason = models.CharField("原因", max_length=60, blank=True)

    objects: ClassVar[Any] = ProvenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "离岗登记"
        ordering = ["-start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gt=F("start")),
                name="absence_ends_after_start",
                violation_error_message="结束时间必须晚于开始时间。",
            ),
            dates.constraint("start", "absence_start_in_use", instant=True),
            dates.constraint("end", "absence_end_in_use", instant=True),
        ]

    def __str__(self) -> str:
        return f"{self.staff} 离岗"
