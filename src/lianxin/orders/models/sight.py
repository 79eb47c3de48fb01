from __future__ import annotations

from django.db import models

from lianxin.ledger.models import OrderPart

#: How much of an order is shown, the least first.
WHAT_TITLES = {"progress": "进度", "text": "内容", "files": "内容和附件"}
_TO_UNIT = models.Q(to_unit__isnull=False, to_person__isnull=True)
_TO_PERSON = models.Q(to_unit__isnull=True, to_role="", to_person__isnull=False)


class Sight(OrderPart):
    """An order is shown to a unit, to a post of one (its role there), or to a person who is neither the centre's nor
    of a handling unit of it, from `since` until `until`; running while that is not set.

    What is asked for is `what`; of a confidential order nobody sees more than the progress (`orders.sights`).
    """

    #: a code of the pack in force when it was given
    reason = models.CharField("事由", max_length=16)
    what = models.CharField("可查看", max_length=8, choices=list(WHAT_TITLES.items()))
    caller = models.BooleanField("开放诉求人", default=False)
    to_unit = models.ForeignKey(
        "directory.Unit", models.PROTECT, null=True, related_name="+", verbose_name="查看单位", db_index=False
    )
    #: of its posts only those of this role; all of them, if empty
    to_role = models.CharField("查看岗位", max_length=16, blank=True)
    to_person = models.ForeignKey(
        "directory.Staff", models.PROTECT, null=True, related_name="+", verbose_name="查看人员", db_index=False
    )
    since = models.DateTimeField("起")
    until = models.DateTimeField("止", null=True)
    made_entry = models.PositiveIntegerField("所在账目")

    class Meta:
        verbose_name = verbose_name_plural = "查看授权"
        constraints = [
            models.CheckConstraint(condition=_TO_UNIT | _TO_PERSON, name="a_sight_is_somebodys"),
            models.CheckConstraint(condition=models.Q(what__in=list(WHAT_TITLES)), name="known_sight"),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="a_sight_ends_after_it_began",
            ),
        ]
        indexes = [
            # what is shown to a unit, newest order first (`reach.shown_first`)
            models.Index(
                fields=["to_unit", "order"],
                condition=models.Q(until__isnull=True, to_unit__isnull=False),
                name="sight_unit_running",
            ),
            # what is shown to a person
            models.Index(
                fields=["to_person", "order"],
                condition=models.Q(until__isnull=True, to_person__isnull=False),
                name="sight_person_running",
            ),
        ]
