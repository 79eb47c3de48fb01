"""By which channels units and people are told of what happens, outside the desk (通知渠道)."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar

from cryptography.exceptions import InvalidTag
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from .. import addresses, ciphers
from ..proof import Proven, ProvenQuerySet
from .centres import Centre
from .people import Staff
from .units import Unit

#: So many times a day may gather at most.
MOST_TIMES = 6


class Channel(Proven):
    """A mailbox or a group's robot of one unit or one person.

    Address and secret are sealed (`ciphers`): whoever has a robot's address can write to its group.  `hint` is what
    pages show of it.  `digest_at`: at which times of the day what came is gathered into one message; empty: each goes
    at once.  From `quiet_from` to `quiet_to`, over midnight too, and on days off if `workdays_only`, only what the rule
    book calls urgent goes out; the rest waits for the end of it.
    """

    KINDS = [("email", "邮箱"), ("wecom", "企业微信群机器人"), ("dingtalk", "钉钉群机器人"), ("feishu", "飞书群机器人")]

    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="中心", related_name="channels")
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        verbose_name="单位",
        related_name="channels",
        null=True,
        blank=True,
        help_text="单位的群或邮箱选单位，个人的选人员，二者选一。",
    )
    staff = models.ForeignKey(
        Staff, models.PROTECT, verbose_name="人员", related_name="channels", null=True, blank=True
    )
    kind = models.CharField("种类", max_length=8, choices=KINDS)
    name = models.CharField("名称", max_length=40, help_text="如“大店镇热线工作群”，收不到通知时据此查找。")
    address = models.TextField(editable=False)
    secret = models.TextField(blank=True, editable=False)
    hint = models.CharField("地址", max_length=80, editable=False)
    digest_at = models.CharField(
        "汇总时刻",
        max_length=60,
        blank=True,
        help_text=f"如“08:30、14:00”，最多 {MOST_TIMES} 个，届时合为一条发出；不填即随到随发。",
    )
    quiet_from = models.TimeField("免打扰自", null=True, blank=True, help_text="可以跨夜，如 20:00 至 07:30。")
    quiet_to = models.TimeField("免打扰至", null=True, blank=True)
    workdays_only = models.BooleanField("休息日免打扰", default=False, help_text="休息日、节假日的留到下一工作日发出。")
    active = models.BooleanField("启用", default=True)

    objects: ClassVar[Any] = ProvenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通知渠道"
        ordering = ["unit__position", "unit_id", "staff__sort_key", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit=None, staff__isnull=False) | Q(unit__isnull=False, staff=None),
                name="a_channel_is_somebodys",
                violation_error_message="请选择单位或者人员，二者选一。",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_to=None)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False) & ~Q(quiet_from=F("quiet_to")),
                name="quiet_hours_have_two_ends",
                violation_error_message="免打扰时段的起止要同时填写，且不能相同。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.get_kind_display()} {self.name}"

    @property
    def owner(self) -> Unit | Staff | None:
        """Whose it is."""
        return self.unit if self.unit_id else self.staff

    @property
    def digest_times(self) -> tuple[time, ...]:
        """At which times of the day it gathers; none: at once."""
        return times_in(self.digest_at)

    def seal(self, address: str | None, secret: str | None) -> None:
        """Keep address and secret; None leaves what is there."""
        if address is not None:
            self.address, self.hint = ciphers.encrypt(address), addresses.hint(self.kind, address)
        if secret is not None:
            self.secret = ciphers.encrypt(secret) if secret else ""

    def opened(self) -> tuple[str, str]:
        """Address and secret in plain; ValueError where their key is gone or they were tampered with."""
        try:
            return ciphers.decrypt(self.address), ciphers.decrypt(self.secret)
        except (KeyError, ValueError, InvalidTag):
            raise ValueError("地址不能解读") from None

    def clean(self) -> None:
        """Owner and centre agree; quiet hours have two ends, and no gathering lies in them."""
        problems: dict[str, str] = {}
        if (self.unit_id is None) == (self.staff_id is None):
            problems["unit"] = "请选择单位或者人员，二者选一。"
        for name, title in (("unit", "单位"), ("staff", "人员")):
            found = getattr(self, name)
            if found is not None and found.centre_id != self.centre_id:
                problems[name] = f"{title}必须属于同一中心。"
        problems |= self._hours()
        if problems:
            raise ValidationError(problems)

    def _hours(self) -> dict[str, str]:
        try:
            times = self.digest_times
        except ValueError:
            return {"digest_at": f"请写成“08:30、14:00”，最多 {MOST_TIMES} 个。"}
        self.digest_at = "、".join(f"{at:%H:%M}" for at in times)
        if (self.quiet_from is None) != (self.quiet_to is None):
            return {"quiet_from" if self.quiet_from is None else "quiet_to": "免打扰时段的起止要同时填写。"}
        if self.quiet_from is not None and self.quiet_from == self.quiet_to:
            return {"quiet_to": "免打扰时段的起止不能相同。"}
        inside = [f"{at:%H:%M}" for at in times if self.is_quiet(at)]
        return {"digest_at": f"{'、'.join(inside)}在免打扰时段内，请改在时段以外。"} if inside else {}

    def is_quiet(self, at: time) -> bool:
        """Whether this time of the day lies in the quiet hours, their beginning included."""
        if self.quiet_from is None or self.quiet_to is None:
            return False
        if self.quiet_from < self.quiet_to:
            return self.quiet_from <= at < self.quiet_to
        return at >= self.quiet_from or at < self.quiet_to


def times_in(text: str) -> tuple[time, ...]:
    """`08:30、14:00` in order, each once; ValueError for anything else."""
    words = text.replace("、", " ").replace("，", " ").replace(",", " ").replace("：", ":").split()
    found = sorted({time.fromisoformat(word if len(word) == 5 else f"0{word}") for word in words})
    if len(found) > MOST_TIMES or any(at.second or at.microsecond or at.tzinfo for at in found):
        raise ValueError(text)
    return tuple(found)
