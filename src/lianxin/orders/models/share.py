from __future__ import annotations

from django.db import models

from lianxin.ledger.models import FormerPart, OrderPart
from lianxin.rules.lifecycle import RUNNING, SHARE_TITLES, ShareState

RUNNING_STATES = sorted(state.value for state in RUNNING)

ROLE_TITLES = {"lead": "主办", "assist": "协办", "dual": "双派", "called": "吹哨"}


class Share(OrderPart):
    """One unit's share of an order (承办件).  A return ends it and a new one is made."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name="上级承办件")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="shares", verbose_name="承办单位")
    role = models.CharField("角色", max_length=8, choices=list(ROLE_TITLES.items()))
    #: when the ledger took the act that gave it another role (an instant of `recorded_at`); null while it has its first
    role_known_from = models.DateTimeField("角色改定于", null=True)
    round = models.PositiveSmallIntegerField("轮次")
    depth = models.PositiveSmallIntegerField("层级", default=0)
    state = models.CharField("状态", max_length=16, choices=list(SHARE_TITLES.items()))
    basis = models.CharField("派单依据", max_length=16)
    basis_text = models.CharField("依据说明", max_length=200, blank=True)
    forced = models.BooleanField("强派", default=False)

    holder = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+", verbose_name="责任人")
    holder_post = models.ForeignKey("directory.Post", models.PROTECT, related_name="+", verbose_name="责任岗位")
    #: [person, for whom]: the holder stands in for somebody who is away, as long as it is this person (A31)
    stand_in = models.JSONField("代班", default=list)
    # The chain of responsibility as it stood at dispatch: [[role, post id, staff id], …].
    chain = models.JSONField("责任链", default=list)

    dispatched_at = models.DateTimeField("派单时间")
    dispatched_recorded_at = models.DateTimeField()
    signed_at = models.DateTimeField("签收时间", null=True)
    contacted_at = models.DateTimeField("首次联系时间", null=True)
    arrived_at = models.DateTimeField("到场时间", null=True)
    replied_at = models.DateTimeField("答复时间", null=True)
    #: when the reply that passed had reached the centre: timeliness is judged by it, not by one that was sent back
    passed_reply_at = models.DateTimeField("通过的答复报送时间", null=True)
    unit_audited_at = models.DateTimeField("单位审核时间", null=True)
    audited_at = models.DateTimeField("审核时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_recorded_at = models.DateTimeField(null=True)
    outcome = models.CharField("结局", max_length=16, blank=True)
    #: taken from the unit by the centre (recalled, given to another), or an assist that nobody needs any more
    released = models.BooleanField(default=False)
    reply_entry = models.PositiveIntegerField("答复所在账目", null=True)
    extensions = models.PositiveSmallIntegerField("延期次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "承办件"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=list(ShareState)), name="known_share_state"),
            models.CheckConstraint(
                condition=models.Q(state__in=RUNNING_STATES, ended_at__isnull=True, outcome="")
                | (~models.Q(state__in=RUNNING_STATES) & models.Q(ended_at__isnull=False) & ~models.Q(outcome="")),
                name="an_ended_share_has_its_outcome",
            ),
        ]
        indexes = [
            # figures: what a unit was given in a period
            models.Index(fields=["unit", "dispatched_at"], name="share_unit_dispatched"),
            # a unit's running work
            models.Index(
                fields=["unit", "state"],
                condition=models.Q(state__in=RUNNING_STATES),
                name="share_unit_running",
            ),
        ]

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def role_title(self) -> str:
        return "下派" if self.depth else ROLE_TITLES[self.role]


class FormerRole(FormerPart, OrderPart):
    """What role a share had before it was given another one."""

    share = models.ForeignKey(Share, models.PROTECT, related_name="former_roles")
    role = models.CharField("角色", max_length=8, choices=list(ROLE_TITLES.items()))

    class Meta:
        verbose_name = verbose_name_plural = "原角色"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(known_to__gt=models.F("known_from")), name="a_former_role_was_known_for_a_while"
            )
        ]
        indexes = [
            # figures of a past cut-off: what has been changed since
            models.Index(fields=["known_to"], name="former_role_known_to"),
        ]
