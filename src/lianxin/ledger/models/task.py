from __future__ import annotations

from django.db import models

from .parts import RootPart, of_one_root, of_proceeding


class Task(RootPart):
    """Anything that one post must do by a time and that is not the handling itself (待办).

    A petition (申请) is a task that is decided: `outcome` says how.
    """

    share = models.ForeignKey("orders.Share", models.PROTECT, null=True, related_name="tasks")
    kind = models.CharField("事项", max_length=24)
    petition = models.BooleanField("申请", default=False)
    #: why a petition was filed: a code of the order's pack
    reason = models.CharField("理由", max_length=16, blank=True, default="")
    #: the duty rule of the pack that laid it; empty where a verb did by itself
    rule = models.CharField("规则", max_length=64, blank=True)
    #: of a petition: how many have agreed before
    level = models.PositiveSmallIntegerField("审签层级", default=0)
    #: of a duty that comes round: the period for which it is owed (`rules.periods`)
    period = models.CharField("周期", max_length=10, blank=True, default="")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", verbose_name="责任单位")
    post_role = models.CharField("责任岗位", max_length=16)
    #: who holds that post, or was handed it personally; null where nobody does
    holder = models.ForeignKey("directory.Staff", models.PROTECT, null=True, related_name="+", verbose_name="责任人")
    #: the post that the rule names, where it is vacant and another has it
    vacant = models.CharField("空缺岗位", max_length=16, blank=True)
    #: the entry that came past it although it should have waited (an import, a platform)
    passed_by = models.PositiveIntegerField("被越过的账目", null=True)
    made_at = models.DateTimeField("产生时间")
    #: laid for later: from then on it is somebody's; until then it stands in no list.  Null: it is there
    comes_at = models.DateTimeField("交办时间", null=True)
    due = models.DateTimeField("时限", null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    outcome = models.CharField("结果", max_length=24, blank=True)
    #: the entry in which it was made: its reasons stand there
    made_entry = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "待办"
        constraints = [of_one_root("task")]
        indexes = [
            of_proceeding("task_proceeding"),
            # a post's queue, due first
            models.Index(
                fields=["unit", "post_role", "due"],
                condition=models.Q(done_at__isnull=True),
                name="task_queue",
            ),
            models.Index(fields=["order"], condition=models.Q(done_at__isnull=True), name="task_open"),
            # who owes what in a period
            models.Index(fields=["period", "rule", "unit"], condition=~models.Q(period=""), name="task_periods"),
            # the sweep: what comes now
            models.Index(
                fields=["comes_at"],
                condition=models.Q(comes_at__isnull=False, done_at__isnull=True),
                name="task_comes",
            ),
            # figures: petitions filed in a period
            models.Index(fields=["kind", "made_at"], condition=models.Q(petition=True), name="task_petitions"),
        ]
