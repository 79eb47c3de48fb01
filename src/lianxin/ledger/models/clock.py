from __future__ import annotations

from django.db import models

from .parts import FormerPart, RootPart, of_one_root, of_proceeding
from .task import Task

#: The steps of a share that have a limit of their own and are counted: kinds of clocks, and of duties (D35, C44).
FIRST_STEPS = ["sign", "contact", "study", "own_arrive"]
#: The kind of the duty to tell a result on its day (C41).
SAME_DAY = "same_day"

#: Why a clock is due when it is: recorded with the act that set it, never inferred.
CAUSE_TITLES = {
    "rule": "规则",
    "upstream": "上级时限",
    "extension": "延期",
    "correction": "更正",
    "calendar": "放假安排变化",
    "given": "办理时指定",
}


class Clock(RootPart):
    """One running deadline of exactly one root, share or task (时限)."""

    share = models.ForeignKey("orders.Share", models.PROTECT, null=True, related_name="clocks", db_index=False)
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="clocks")
    rule = models.CharField("规则", max_length=64)
    kind = models.CharField("时限", max_length=24)
    start = models.DateTimeField("起点")
    due = models.DateTimeField("到期")
    #: when the ledger took the act that set this due time (an instant of `recorded_at`)
    known_from = models.DateTimeField("到期时间记账于")
    warn_at = models.DateTimeField("预警", null=True)
    cause = models.CharField("时限依据", max_length=12, choices=list(CAUSE_TITLES.items()), default="rule")
    #: when the cause moved it; null while it is due as it began
    caused_at = models.DateTimeField(null=True)
    #: since when its rule counts, where that is not the start: a stricter rule that became known later
    counted_from = models.DateTimeField(null=True)
    #: working days granted by extensions, in all
    extended = models.PositiveSmallIntegerField("已延长工作日", default=0)
    #: what started it: an event of the pack, heard by the act of this entry
    event = models.CharField(max_length=24, blank=True)
    made_entry = models.PositiveIntegerField(default=0)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField("逾期", null=True)
    ended_at = models.DateTimeField("停表", null=True)
    ended_recorded_at = models.DateTimeField(null=True)
    #: met, or cancelled (its reason fell away: returned, withdrawn …)
    end = models.CharField(max_length=12, blank=True)
    #: When the sweep must look next; null: never again.  Null too while a marked clock drives the order.
    next_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "时限"
        constraints = [
            of_one_root("clock"),
            models.CheckConstraint(
                condition=models.Q(share__isnull=True) | models.Q(task__isnull=True),
                name="a_clock_of_exactly_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(next_at__isnull=True),
                name="a_stopped_clock_is_not_swept",
            ),
        ]
        indexes = [
            # the sweep: only what is due now
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="clock_next"),
            # the ledger loads an order's running clocks
            models.Index(fields=["order"], condition=models.Q(ended_at__isnull=True), name="clock_running"),
            of_proceeding("clock_proceeding"),
            models.Index(fields=["share"], condition=models.Q(share__isnull=False), name="clock_share"),
            # figures: first steps that fell due in a period, and those that were met in it
            models.Index(fields=["due"], condition=models.Q(kind__in=FIRST_STEPS), name="clock_first_due"),
            models.Index(
                fields=["ended_at"], condition=models.Q(kind__in=FIRST_STEPS, end="met"), name="clock_first_met"
            ),
            # figures: results reported in a period that must be told on their day
            models.Index(fields=["start"], condition=models.Q(kind=SAME_DAY), name="clock_same_day"),
        ]

    @property
    def running(self) -> bool:
        return self.ended_at is None


class FormerDue(FormerPart, RootPart):
    """When a clock was due before it was moved, and whether it was breached by then."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="former")
    due = models.DateTimeField("到期")
    breached_at = models.DateTimeField("逾期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "原时限"
        constraints = [
            of_one_root("former_due"),
            models.CheckConstraint(
                condition=models.Q(known_to__gt=models.F("known_from")), name="a_former_due_time_was_known_for_a_while"
            ),
        ]
        indexes = [
            # figures of a past cut-off: what has been moved since
            models.Index(fields=["known_to"], name="former_due_known_to"),
            of_proceeding("former_due_proceeding"),
        ]
