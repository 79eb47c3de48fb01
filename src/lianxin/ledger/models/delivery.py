from __future__ import annotations

from django.db import models

from .entry import Entry
from .notice import Notice
from .parts import of_one_root, of_proceeding


class Delivery(models.Model):
    """That one entry is told by one channel (送达): of a unit's once, however many of its people get a notice.

    It holds no word of what is told; that is drawn up from the root when it goes out (`telling`).  `unknown`: it may
    have arrived; it is never resent by itself.  `dropped`: whoever was to get it may not see it any more, or the
    channel is no longer in use.
    """

    STATES = [*Notice.STATES, ("dropped", "不再发送")]

    order = models.ForeignKey("orders.Order", models.PROTECT, null=True, related_name="deliveries", verbose_name="工单")
    proceeding = models.ForeignKey(
        "proceedings.Proceeding",
        models.PROTECT,
        null=True,
        related_name="deliveries",
        verbose_name="专办事项",
        db_index=False,
    )
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="deliveries", db_index=False)
    channel = models.ForeignKey(
        "directory.Channel", models.PROTECT, related_name="deliveries", verbose_name="通知渠道", db_index=False
    )
    kind = models.CharField(max_length=64)
    urgent = models.BooleanField("立即发出", default=False)
    state = models.CharField("状态", max_length=8, choices=STATES, default="queued")
    made_at = models.DateTimeField()
    #: not to be sent before
    next_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    #: the message in which it was taken up last, with others, and when
    message = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    why = models.CharField("原因", max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "送达"
        constraints = [
            of_one_root("delivery"),
            models.UniqueConstraint(fields=["entry", "channel"], name="one_delivery_a_channel"),
        ]
        indexes = [
            of_proceeding("delivery_proceeding"),
            # what is to be sent
            models.Index(fields=["channel", "next_at"], condition=models.Q(state="queued"), name="delivery_queued"),
            # what was taken up and never finished
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="delivery_sending"),
            # how much a channel has sent lately
            models.Index(
                fields=["channel", "claimed_at"], condition=models.Q(claimed_at__isnull=False), name="delivery_claimed"
            ),
            # what was not delivered, newest first
            models.Index(
                fields=["channel", "-id"],
                condition=models.Q(state__in=["failed", "unknown"]),
                name="delivery_undelivered",
            ),
        ]
