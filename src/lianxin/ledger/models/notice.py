from __future__ import annotations

from django.db import models

from .entry import Entry
from .parts import of_one_root, of_proceeding


class Notice(models.Model):
    """A message to one person about one entry (通知): written with the entry, emptied by one job (outbox).

    `unknown`: its sending was cut off; it is never resent by itself, since exactly once does not exist.
    """

    STATES = [
        ("queued", "待发送"),
        ("sending", "发送中"),
        ("sent", "已送达"),
        ("failed", "未送达"),
        ("unknown", "不明"),
    ]

    order = models.ForeignKey("orders.Order", models.PROTECT, null=True, related_name="notices", verbose_name="工单")
    proceeding = models.ForeignKey(
        "proceedings.Proceeding",
        models.PROTECT,
        null=True,
        related_name="notices",
        verbose_name="专办事项",
        db_index=False,
    )
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="notices", db_index=False)
    staff = models.ForeignKey("directory.Staff", models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=STATES, default="queued")
    made_at = models.DateTimeField()
    #: when a worker took it up: what stays `sending` for long was cut off
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        constraints = [
            of_one_root("notice"),
            models.UniqueConstraint(fields=["entry", "staff"], name="one_notice_a_person"),
        ]
        indexes = [
            of_proceeding("notice_proceeding"),
            # the outbox: what is to be sent
            models.Index(fields=["id"], condition=models.Q(state="queued"), name="notice_outbox"),
            # the outbox: what was taken up and never finished
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="notice_sending"),
            # a person's inbox
            models.Index(fields=["staff", "-made_at"], condition=models.Q(read_at__isnull=True), name="notice_unread"),
        ]
