from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Attestation(models.Model):
    """A transaction of ours that wrote to a ledger says so (凭证), under a key that the database does not hold.

    `heads` are [kind, key, number, digest in hex] of what it wrote: `o` an order, `p` a proceeding (key: its id,
    number: its last entry), `j` a centre's journal (0: the installation's).  `mac` is keyed over all other columns but
    `seal` and `roots`, which serve the look-up.  Those of one writer are numbered without a gap, so that a deleted one
    shows.  Rows may go once a day's seal covers them (`seals.prune`).
    """

    writer = models.BigIntegerField("写入者")
    number = models.PositiveBigIntegerField("序号")
    written_at = models.DateTimeField("写入时间")
    heads = models.JSONField()
    mac = models.BinaryField(max_length=32)
    #: ids of the roots among the heads
    roots = ArrayField(models.BigIntegerField(), default=list)
    #: the number of the seal that covers it
    seal = models.PositiveBigIntegerField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "写入凭证"
        constraints = [models.UniqueConstraint(fields=["writer", "number"], name="one_attestation_a_number")]
        indexes = [
            # the next seal: what is under none
            models.Index(fields=["id"], condition=models.Q(seal__isnull=True), name="attestation_unsealed"),
            # what a day's seal lets go
            models.Index(fields=["seal"], condition=models.Q(seal__isnull=False), name="attestation_sealed"),
        ]
