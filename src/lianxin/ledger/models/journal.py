from __future__ import annotations

from django.db import models

#: Somebody looked: at an order through a sight, for a caller, at this very list; or took a file away.
LOOKED = models.Q(action__in=["sight.opened", "callers.searched", "looks.read"]) | models.Q(action__endswith="exported")


class Journal(models.Model):
    """Acts that concern no single order: packs, rosters, units, publications, exports, sign-ins."""

    centre = models.ForeignKey("directory.Centre", models.PROTECT, null=True)
    number = models.PositiveBigIntegerField()
    action = models.CharField("动作", max_length=48)
    at = models.DateTimeField()
    staff = models.ForeignKey("directory.Staff", models.PROTECT, null=True, related_name="+")
    payload = models.JSONField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = "日志"
        constraints = [
            models.UniqueConstraint(fields=["centre", "number"], name="journal_number_once", nulls_distinct=False)
        ]
        # The few lines that stay of interest, among hundreds of thousands of sign-ins (`unjudged`).
        indexes = [
            models.Index(
                fields=["centre"], name="journal_unjudged", condition=models.Q(action="policy.condition_failed")
            ),
            # who looked
            models.Index(fields=["centre", "at"], name="journal_looks", condition=LOOKED),
        ]
