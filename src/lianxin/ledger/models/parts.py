"""How the parts of a root are numbered.

Invariant: the n-th part of a root (a share, a clock, a task, a call-back …) has the id `root id * 2**16 + n`.  So ids
need no round trip, parts of one root lie together in every index, and a replay of the ledger arrives at the same ids
(`lianxin verify` compares row by row).
"""

from __future__ import annotations

from django.db import models

PART_BITS = 16


def part_id(root: int, number: int) -> int:
    """Id of part `number` (1 … 65,535) of the root with the id `root`.  Raises ValueError beyond that."""
    if not 0 < number < 1 << PART_BITS:
        raise ValueError(f"a root has at most {(1 << PART_BITS) - 1} parts")
    return root << PART_BITS | number


class Part(models.Model):
    """A row that belongs to one root and is written by the door alone."""

    id = models.BigIntegerField(primary_key=True)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="%(class)ss", verbose_name="工单")

    class Meta:
        abstract = True


class FormerPart(Part):
    """What was known of a part before it was changed: as-of truth, for figures of an earlier cut-off.

    Known in the interval of `recorded_at` from `known_from` to `known_to`.  A part that never changes has none.
    """

    known_from = models.DateTimeField("记账于")
    known_to = models.DateTimeField("改定于")

    class Meta:
        abstract = True


class Beside(models.Model):
    """A row beside that of a root, one a root, under its id: columns that few statements ask for."""

    class Meta:
        abstract = True
