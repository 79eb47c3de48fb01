from __future__ import annotations

from django.db import models


class Seal(models.Model):
    """A day's seal: Merkle root over the heads of all orders written that day, chained to the seal before."""

    day = models.DateField("日期", unique=True)
    until = models.DateTimeField("截至")
    entries = models.PositiveBigIntegerField("账目数")
    root = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "封签"
        ordering = ["until"]


class SealLeaf(models.Model):
    """An order's last entry at the seal: lets `verify` name the order whose tail is missing."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="leaves")
    order_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "order_id"], name="one_leaf_an_order")]
