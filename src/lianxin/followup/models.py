from __future__ import annotations

from django.db import models

from lianxin.ledger.models import OrderPart
from lianxin.orders.models import Share


class Callback(OrderPart):
    """One finished call-back (回访) of one layer about one unit's share: grades of process and of result.

    Rows are only ever added.  `process_satisfied` and `result_satisfied` say what the grade meant under the pack
    of that time, null where the caller gave none (`-`, never 0 %).
    """

    share = models.ForeignKey(Share, models.PROTECT, related_name="callbacks", null=True)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+", null=True)
    #: a code of the order's pack
    layer = models.CharField("层级", max_length=16)
    round = models.PositiveSmallIntegerField("轮次")
    finished_at = models.DateTimeField("回访时间")
    recorded_at = models.DateTimeField()
    reached = models.BooleanField("已接通")
    process_grade = models.CharField("服务过程评价", max_length=20, blank=True)
    result_grade = models.CharField("办理结果评价", max_length=20, blank=True)
    process_satisfied = models.BooleanField(null=True)
    result_satisfied = models.BooleanField(null=True)
    solved = models.BooleanField("是否解决", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "回访"
        indexes = [
            # figures: call-backs of a layer finished in a period
            models.Index(fields=["layer", "finished_at"], name="callback_layer_finished"),
            models.Index(fields=["order"], name="callback_order"),
            # queue 不满意待重办: whoever said lately that it is not solved, or that he is not satisfied
            models.Index(
                fields=["finished_at", "order"],
                condition=models.Q(solved=False) | models.Q(result_satisfied=False),
                name="callback_unhappy",
            ),
        ]
