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
    """A row that belongs to one root and is written by the door alone.  A subclass says to which kind of root."""

    id = models.BigIntegerField(primary_key=True)

    class Meta:
        abstract = True

    @property
    def root_id(self) -> int:
        """The id of the root whose ledger it stands in."""
        return self.pk >> PART_BITS


class OrderPart(Part):
    """A part that only orders have."""

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="%(class)ss", verbose_name="工单")

    class Meta:
        abstract = True


class RootPart(Part):
    """A part that any root may have: exactly one of the two says whose (`of_one_root`)."""

    order = models.ForeignKey("orders.Order", models.PROTECT, null=True, related_name="%(class)ss", verbose_name="工单")
    # Few rows have one: an index of those alone stands in `of_proceeding`.
    proceeding = models.ForeignKey(
        "proceedings.Proceeding",
        models.PROTECT,
        null=True,
        related_name="%(class)ss",
        verbose_name="专办事项",
        db_index=False,
    )

    class Meta:
        abstract = True


def of_one_root(name: str) -> models.CheckConstraint:
    """A part stands in the ledger of exactly one root."""
    one = models.Q(order__isnull=False, proceeding__isnull=True) | models.Q(
        order__isnull=True, proceeding__isnull=False
    )
    return models.CheckConstraint(condition=one, name=f"{name}_of_one_root")


def of_proceeding(name: str, *more: str, condition: models.Q | None = None) -> models.Index:
    """The index by which the parts of a proceeding are found: the twin of an order's."""
    there = models.Q(proceeding__isnull=False)
    return models.Index(
        fields=["proceeding", *more], condition=there if condition is None else there & condition, name=name
    )


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
