"""A hotline centre, its working days and the rule books it has adopted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils import timezone

from lianxin.rules import policy

from .. import dates, snapshot
from ..proof import Proven

if TYPE_CHECKING:
    from lianxin.rules.policy import Pack
    from lianxin.rules.worktime import Calendar

CODE = RegexValidator(r"\A[A-Za-z0-9][A-Za-z0-9_-]*\Z", "编码只能用字母、数字、“-”和“_”，并以字母或数字开头。")


class Centre(Proven):
    """A hotline centre (受理中心): the tenant. Everything in the directory belongs to exactly one."""

    code = models.CharField("编码", max_length=32, unique=True, validators=[CODE])
    name = models.CharField("名称", max_length=100)
    body = models.CharField(
        "主管机构", max_length=100, blank=True, help_text="印发文件的机构，如“某县人民政府办公室”。"
    )
    slogan = models.CharField("口号", max_length=100, blank=True)
    upstream = models.CharField("上级平台", max_length=100, blank=True, help_text="派单来的上级热线，如“市级热线”。")
    area_code = models.CharField(
        "电话区号",
        max_length=4,
        blank=True,
        validators=[RegexValidator(r"\A0\d{2,3}\Z", "区号以 0 开头，三位或四位，如 0539。")],
        help_text="没有区号的座机号按此区号登记，同一诉求人不会记成两人。",
    )

    class Meta:
        verbose_name = verbose_name_plural = "热线中心"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def calendar(self, at: datetime) -> Calendar:
        """The working calendar: public holidays corrected by the centre's own days, with the office hours of the pack
        in force at `at`; never stale."""
        return snapshot.of(self.pk).calendar_at(at)


class Revision(models.Model):
    """The stamp of a centre's directory; it changes with every change of it, and no stamp ever comes twice.

    Triggers of the database set it (migration 0003), so that bulk writes, other processes and hand-made SQL count too.
    """

    centre = models.OneToOneField(Centre, models.CASCADE, primary_key=True, related_name="revision")
    stamp = models.BigIntegerField(editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "资料版本"

    def __str__(self) -> str:
        return f"{self.centre_id}:{self.stamp}"


class DemoLoading(models.Model):
    """How far the demo of a centre has been loaded: for the sign-in page, which all centres share."""

    centre = models.OneToOneField(Centre, models.CASCADE, primary_key=True, related_name="demo")
    #: the “now” of the plan; loading that was cut off goes on with it
    planned_for = models.DateTimeField()
    part = models.CharField(max_length=40, blank=True)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    done = models.BooleanField(default=False)
    #: how many times as many orders as its file says the history has; null: none has been asked for
    history_scale = models.FloatField(null=True)
    history_done = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = "演示数据的载入"

    def __str__(self) -> str:
        return f"{self.part} {self.step}/{self.steps}"


class Holiday(Proven):
    """A day on which this centre works, or rests, other than the national calendar says."""

    centre = models.ForeignKey(Centre, models.CASCADE, verbose_name="中心", related_name="holidays")
    day = models.DateField("日期", validators=[dates.in_use])
    is_workday = models.BooleanField("当天上班", default=False, help_text="调休上班的周末勾选；放假的工作日不勾选。")
    name = models.CharField("说明", max_length=50, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "节假日与调休"
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "day"],
                name="holiday_one_word_a_day",
                violation_error_message="这一天已经设置过，请直接修改原有的一条。",
            ),
            dates.constraint("day", "holiday_day_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {'上班' if self.is_workday else '休息'}"


class AdoptedPack(Proven):
    """A policy pack as it was when a centre adopted it: the texts of its file and of those that it stands on.

    One for each id and version, of all centres: two packs of one name and version would be two truths.  It is never
    changed (migration 0015 sees to that), and what goes by it asks no file.
    """

    centre = models.ForeignKey(Centre, models.CASCADE, verbose_name="最先采用的中心", related_name="+")
    pack_id = models.CharField("规则包", max_length=40)
    version = models.CharField("版本", max_length=20)
    texts = models.JSONField("原文")
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "已采用的规则包"
        constraints = [models.UniqueConstraint(fields=["pack_id", "version"], name="adopted_pack_once")]

    def __str__(self) -> str:
        return f"{self.pack_id}@{self.version}"

    @classmethod
    def keep(cls, centre: Centre, pack: Pack) -> AdoptedPack:
        """The kept copy of `pack`, made now where there is none.

        ValidationError where another text was adopted under the same version: a version never becomes another.
        """
        facts = {"centre": centre, "texts": pack.texts, "digest": pack.digest}
        kept, _ = cls.objects.get_or_create(pack_id=pack.id, version=pack.version, defaults=facts)
        if kept.digest != pack.digest:
            raise ValidationError({"pack_id": cls.changed_under(pack.id, pack.version)})
        return kept

    @staticmethod
    def changed_under(pack_id: str, version: str) -> str:
        """What is to be said of a draft that differs from what was adopted under its version."""
        return f"规则包“{pack_id}”的版本 {version} 已被采用，而内容与采用时不同：请提高 version 后再采用。"


class PolicyVersion(Proven):
    """From which day (00:00 Shanghai) a centre works under which adopted pack.

    Made by `directory.adoption`, which says beforehand what it touches.
    """

    centre = models.ForeignKey(Centre, models.CASCADE, verbose_name="中心", related_name="policies")
    pack_id = models.CharField("规则包", max_length=40)
    # Left open, it becomes that of the file.
    version = models.CharField("版本", max_length=20, blank=True)
    effective_from = models.DateField("生效日期", validators=[dates.in_use])
    #: nobody where it came with the centre or from the command line
    adopted_by = models.ForeignKey(
        "directory.Staff", models.PROTECT, verbose_name="采用人", null=True, blank=True, related_name="+"
    )
    adopted_at = models.DateTimeField("采用时间", default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "规则版本"
        ordering = ["-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "effective_from"],
                name="policy_one_in_force_a_day",
                violation_error_message="同一天只能有一个规则版本生效。",
            ),
            dates.constraint("effective_from", "policy_effective_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.pack_id}@{self.version}（{self.effective_from:%Y-%m-%d} 起）"

    @property
    def pack(self) -> str:
        """“id@version”, as orders keep it."""
        return f"{self.pack_id}@{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save.  A pack that nobody has adopted yet is read from its file, once, and kept whole.

        Raises PolicyError where there is no such file or it is faulty, ValidationError where its text is not the one
        that was adopted under its version.
        """
        with transaction.atomic():  # no seal may come between the two
            if not self._is_kept():
                pack = policy.draft(self.pack_id, self.version or None)
                self.version = pack.version
                AdoptedPack.keep(self.centre, pack)
            super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse what `save` would."""
        if self._is_kept():
            return
        try:
            pack = policy.draft(self.pack_id, self.version or None)
        except policy.PolicyError as error:
            first = error.problems[0]
            sentence = f"规则包“{self.pack_id}”不能使用。规则 {first.rule} 应为{first.expected}。"
            raise ValidationError({"pack_id": sentence}) from error
        kept = AdoptedPack.objects.filter(pack_id=pack.id, version=pack.version).first()
        if kept and kept.digest != pack.digest:
            raise ValidationError({"pack_id": AdoptedPack.changed_under(pack.id, pack.version)})
        self.version = pack.version

    def _is_kept(self) -> bool:
        return AdoptedPack.objects.filter(pack_id=self.pack_id, version=self.version).exists()

    @classmethod
    def in_force(cls, centre: Centre, at: datetime) -> Pack:
        """The pack that `centre` works under at the instant `at`.

        Raises PolicyVersion.DoesNotExist where none had been adopted by then.
        """
        try:
            return snapshot.of(centre.pk).pack(at)
        except LookupError as error:
            raise cls.DoesNotExist(f"{centre}在 {at:%Y-%m-%d} 尚无生效的规则版本。") from error
