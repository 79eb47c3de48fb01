from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from .parts import Part


class Entry(Part):
    """One line of an order's ledger.  A database trigger refuses update and delete.

    `id` is `part_id(order, number)`; `payload` holds no caller's name, number or text (those stand in the
    enclosure, which may be erased; `enclosure_digest` is salted).  `derived` is what the act found outside
    the order (owner, due times, numbers), so that a replay needs neither today's calendar nor today's staff.
    `digest` = SHA-256 over this line and the digest of the line before.
    """

    number = models.PositiveIntegerField("序号")
    action = models.CharField("动作", max_length=32)
    at = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("入账时间")
    staff = models.ForeignKey("directory.Staff", models.PROTECT, null=True, related_name="+")
    post = models.ForeignKey("directory.Post", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, related_name="+")
    post_role = models.CharField(max_length=16)
    clock = models.CharField("时钟", max_length=12, default="wall")
    payload = models.JSONField()
    derived = models.JSONField()
    enclosure_digest = models.BinaryField(max_length=32, null=True)
    digest = models.BinaryField(max_length=32)
    # The database's own time of the writing statement: the daily seal goes by it.
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "账目"
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="entry_number_once")]
        indexes = [models.Index(fields=["written_at"], name="entry_written")]


class Enclosure(models.Model):
    """The private part of an entry: texts, the caller (sealed)."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="enclosure")
    salt = models.BinaryField(max_length=16)
    body = models.JSONField()
    erased_at = models.DateTimeField(null=True)


class Receipt(models.Model):
    """What came of a request, by its idempotency key: the same request sent twice is done once."""

    key = models.CharField(max_length=96, primary_key=True)
    request_digest = models.BinaryField(max_length=32)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="receipt_at")]
