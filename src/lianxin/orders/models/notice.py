from __future__ import annotations

from django.db import models

from .entry import Entry
from .parts import Part


class Notice(Part):
    """A message to be delivered (通知): written with the entry, emptied by one job (outbox).

    `unknown`: its sending was cut off; it is never resent by itself, since exactly once does not exist.
    """

    STATES = [
        ("queued", "待发送"),
        ("sending", "发送中"),
        ("sent", "已送达"),
        ("failed", "未送达"),
        ("unknown", "不明"),
    ]

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="notices")
    staff = models.ForeignKey("directory.Staff", models.PROTECT, null=True, related_name="notices")
    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=STATES, default="queued")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="queued"), name="notice_outbox"),
            models.Index(fields=["staff", "-made_at"], condition=models.Q(read_at__isnull=True), name="notice_unread"),
        ]
