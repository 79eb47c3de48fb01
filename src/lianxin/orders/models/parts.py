"""How the parts of an order are numbered.

Invariant: the n-th part of an order (a share, a clock, a task, a call-back …) has the id
`order_id * 2**16 + n`.  So ids need no round trip, parts of one order lie together in every index, and
a replay of the ledger arrives at the same ids (`lianxin verify` compares row by row).
"""

from __future__ import annotations

from django.db import models

PART_BITS = 16


def part_id(order_id: int, number: int) -> int:
    """Id of part `number` (1 … 65,535) of order `order_id`.  Raises ValueError beyond that."""
    if not 0 < number < 1 << PART_BITS:
        raise ValueError(f"an order has at most {(1 << PART_BITS) - 1} parts")
    return order_id << PART_BITS | number


class Part(models.Model):
    """A row that belongs to one order and is written by the ledger alone."""

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
