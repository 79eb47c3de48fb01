from __future__ import annotations

from django.db import models

from .parts import Part


class Task(Part):
    """Anything that one post must do by a time and that is not the handling itself (待办).

    A petition (申请) is a task that is decided: `outcome` says how.
    """

    share = models.ForeignKey("orders.Share", models.PROTECT, null=True, related_name="tasks")
    kind = models.CharField("事项", max_length=24)
    petition = models.BooleanField("申请", default=False)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", verbose_name="责任单位")
    post_role = models.CharField("责任岗位", max_length=16)
    made_at = models.DateTimeField("产生时间")
    due = models.DateTimeField("时限", null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    outcome = models.CharField("结果", max_length=24, blank=True)
    #: the entry in which it was made: its reasons stand there
    made_entry = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "待办"
        indexes = [
            # a post's queue, due first
            models.Index(
                fields=["unit", "post_role", "due"],
                condition=models.Q(done_at__isnull=True),
                name="task_queue",
            ),
            models.Index(fields=["order"], condition=models.Q(done_at__isnull=True), name="task_open"),
        ]
