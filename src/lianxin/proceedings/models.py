"""What a proceeding is: its row, its words, its facts as known, and what it is about."""

from __future__ import annotations

from django.db import models

from lianxin.ledger.models import Beside, Part, Root, RootPart, of_one_root, of_proceeding

from .reach import InReach

#: What a kind's payloads may fill in of a proceeding by a field of the same name: what is filtered, counted, handed on.
COLUMNS = ("unit", "level", "channel", "category", "area", "period", "outcome", "amount", "score")


class ProceedingQuerySet(InReach["Proceeding"]):
    """The only starting point of a query over proceedings outside the ledger."""


class Proceeding(Root):
    """Anything the centre carries on that is no order and has an owner, a state, deadlines, members or a document.

    What it is besides says its kind (`kinds.Kind`).  Its columns are those by which lists filter and figures count.
    """

    letter, column, series = "p", "proceeding_id", "Z"
    OPEN = models.Q(ended_at__isnull=True)
    rings = ("proceeding.warned", "proceeding.breached")

    kind = models.CharField("种类", max_length=24)
    state = models.CharField("状态", max_length=24)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, related_name="+", verbose_name="对象单位")
    level = models.CharField("级别", max_length=24, blank=True)
    channel = models.CharField("渠道", max_length=24, blank=True)
    category = models.ForeignKey("directory.Category", models.PROTECT, null=True, related_name="+", verbose_name="分类")
    area = models.ForeignKey("directory.Area", models.PROTECT, null=True, related_name="+", verbose_name="区域")
    period = models.CharField("周期", max_length=16, blank=True)
    outcome = models.CharField("结果", max_length=24, blank=True)
    amount = models.DecimalField("金额", max_digits=14, decimal_places=2, null=True)
    score = models.DecimalField("分值", max_digits=8, decimal_places=2, null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_recorded_at = models.DateTimeField(null=True)
    facts_part = models.PositiveIntegerField(default=0)

    objects = ProceedingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "专办事项"
        constraints = [
            models.UniqueConstraint(fields=["centre", "number"], name="one_number_of_a_proceeding_for_life"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=False)
                | models.Q(owner_unit__isnull=False, owner_post__isnull=False, owner_person__isnull=False),
                name="an_open_proceeding_has_an_owner",
            ),
        ]
        indexes = [
            # the list of a kind, newest first; figures: what was opened in a period
            models.Index(fields=["centre", "kind", "registered_at"], name="proceeding_kind"),
            # the whole list, newest first
            models.Index(fields=["centre", "registered_at"], name="proceeding_registered"),
            # what a unit has to answer for
            models.Index(
                fields=["owner_unit", "due_at"], condition=models.Q(ended_at__isnull=True), name="proceeding_owned"
            ),
            models.Index(fields=["unit"], condition=models.Q(unit__isnull=False), name="proceeding_unit"),
            # what is late in the centre
            models.Index(fields=["centre", "due_at"], condition=models.Q(ended_at__isnull=True), name="proceeding_due"),
        ]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class Wording(Beside):
    """The words of a proceeding as they stand: its title, and what it is about.  Earlier ones are in the enclosures."""

    proceeding = models.OneToOneField(Proceeding, models.PROTECT, primary_key=True, related_name="wording")
    title = models.CharField("标题", max_length=120, blank=True)
    text = models.TextField("内容", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "专办事项文字"


class ProceedingPart(Part):
    """A part that only proceedings have."""

    proceeding = models.ForeignKey(Proceeding, models.PROTECT, related_name="%(class)ss", verbose_name="专办事项")

    class Meta:
        abstract = True


class ProceedingFacts(ProceedingPart):
    """What figures group and filter by, and how far it had come, as known from `known_from` until `known_to`."""

    state = models.CharField(max_length=24)
    ended = models.BooleanField(default=False)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, related_name="+")
    level = models.CharField(max_length=24, blank=True)
    channel = models.CharField(max_length=24, blank=True)
    category = models.ForeignKey("directory.Category", models.PROTECT, null=True, related_name="+")
    area = models.ForeignKey("directory.Area", models.PROTECT, null=True, related_name="+")
    period = models.CharField(max_length=16, blank=True)
    outcome = models.CharField(max_length=24, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "专办事项要素"
        constraints = [
            models.UniqueConstraint(
                fields=["proceeding"],
                condition=models.Q(known_to__isnull=True),
                name="one_current_row_of_proceeding_facts",
            )
        ]


#: What an `About` may point at.
TO = ("to_order", "to_proceeding", "to_unit", "to_person")
ROLES = {
    "subject": "涉及",
    "member": "参加",
    "called": "通知",
    "absent": "缺席",
    "evidence": "依据",
    "quoted": "引用",
    "unhappy": "回访不满意",
    "undone": "应办未办或办理不彻底",
    "repeated": "同一诉求重复投诉",
}


def _one_of(names: tuple[str, ...]) -> models.Q:
    """Exactly one of these columns is filled."""
    found = models.Q()
    for one in names:
        found |= models.Q(**{f"{name}__isnull": name != one for name in names})
    return found


class About(RootPart):
    """What a root is about, or whom it calls: exactly one order, proceeding, unit or person, in a role.

    It stands in the ledger of the root whose act made it, from `since` until `until`.
    """

    role = models.CharField("角色", max_length=12, choices=list(ROLES.items()))
    to_order = models.ForeignKey("orders.Order", models.PROTECT, null=True, related_name="spoken_of", db_index=False)
    to_proceeding = models.ForeignKey(Proceeding, models.PROTECT, null=True, related_name="spoken_of", db_index=False)
    to_unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    to_person = models.ForeignKey("directory.Staff", models.PROTECT, null=True, related_name="+", db_index=False)
    since = models.DateTimeField("起")
    until = models.DateTimeField("止", null=True)
    made_entry = models.PositiveIntegerField("所在账目")

    class Meta:
        verbose_name = verbose_name_plural = "有关对象"
        constraints = [
            of_one_root("about"),
            models.CheckConstraint(condition=_one_of(TO), name="about_exactly_one_thing"),
        ]
        indexes = [
            # what one root is about
            models.Index(fields=["order"], condition=models.Q(order__isnull=False), name="about_of_order"),
            of_proceeding("about_of_proceeding"),
            # the other way round: what speaks of this order, calls this unit, this person
            *(
                models.Index(fields=[name], condition=models.Q(**{f"{name}__isnull": False}), name=f"about_{name}")
                for name in TO
            ),
        ]
