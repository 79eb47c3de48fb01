from __future__ import annotations

from django.db import models


class Seal(models.Model):
    """A seal (封签): Merkle root over the heads of all that was written since the seal before, chained to that seal.

    One is made in every minute in which something was written.  The first after midnight closes the day before: its
    digest is that day's published root, and covers all seals before it.
    """

    number = models.PositiveBigIntegerField("序号", primary_key=True)
    #: the day whose root this seal is
    closes = models.DateField("封存日期", null=True, unique=True)
    made_at = models.DateTimeField("封签时间")
    entries = models.PositiveBigIntegerField("账目数")
    heads = models.PositiveBigIntegerField("账头数")
    root = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    #: keyed over the digest: a seal that we did not make shows
    mac = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = "封签"
        ordering = ["number"]

    def __str__(self) -> str:
        return f"第 {self.number} 号封签"


class SealLeaf(models.Model):
    """What a seal covers: the head of one ledger.  `kind` and `key` say whose.

    `o` order id, last entry; `j` centre, last line of its journal; `d` centre, stamp of its directory; `n` centre, day
    (20261128) whose numbers are counted; `w` writer, its last attestation.
    """

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="leaves")
    kind = models.CharField(max_length=1)
    key = models.BigIntegerField()
    number = models.PositiveBigIntegerField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "kind", "key", "number"], name="one_leaf_a_head")]
        # whether a ledger's head is under a seal
        indexes = [models.Index(fields=["kind", "key", "number"], name="seal_leaf_head")]


class Allotment(models.Model):
    """The order numbers of a centre's day at a seal: `allotted` in all, those `unused` (an act that was refused burns
    one) as [[first, last], …].  A number that is neither unused nor an order's later on is missing."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="allotments")
    centre = models.ForeignKey("directory.Centre", models.PROTECT, related_name="+")
    day = models.DateField()
    allotted = models.PositiveBigIntegerField()
    orders = models.PositiveBigIntegerField()
    unused = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "centre", "day"], name="one_allotment_a_day")]


class SealedDirectory(models.Model):
    """A centre's directory at a seal: which rows it had, by table.  A row leaves the list only by a line of the
    journal; `digest` covers the rows' keyed digests."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="directories")
    centre = models.ForeignKey("directory.Centre", models.PROTECT, related_name="+")
    stamp = models.BigIntegerField()
    rows = models.JSONField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "centre"], name="one_directory_a_seal")]
