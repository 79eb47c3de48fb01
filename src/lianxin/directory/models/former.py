"""What units and categories were before they were changed, so that a past cut-off is read with the directory of then.

The rows are written by triggers of the database (migration 0010), whoever changes the directory and however.  They
hold ids and no foreign keys: what they tell of may be gone.
"""

from __future__ import annotations

from django.db import models

from ..proof import Proven


class Former(Proven):
    """A row as it stood until `known_to`."""

    centre_id = models.BigIntegerField()
    row_id = models.BigIntegerField()
    parent_id = models.BigIntegerField(null=True)
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField()
    active = models.BooleanField()
    known_to = models.DateTimeField()

    class Meta:
        abstract = True


class FormerUnit(Former):
    """A unit before a change of its name, group, place or state."""

    short_name = models.CharField(max_length=40)
    type = models.CharField(max_length=16)
    ranking_group = models.CharField(max_length=16)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "单位沿革"
        indexes = [models.Index(fields=["centre_id", "known_to"], name="former_unit_known")]


class FormerCategory(Former):
    """A category before a change of its name or of the one above it."""

    class Meta:
        verbose_name = verbose_name_plural = "分类沿革"
        indexes = [models.Index(fields=["centre_id", "known_to"], name="former_category_known")]
