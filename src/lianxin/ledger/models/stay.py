from __future__ import annotations

from django.db import models

from .parts import RootPart, of_one_root, of_proceeding


class Stay(RootPart):
    """Who answered for the root from when until when (环节停留): B05 dwell per node, B06 no gaps.

    Invariant: the stays of a root touch: each begins at the instant the one before ended, and all but
    the last are ended.
    """

    node = models.CharField("环节", max_length=16)
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    post = models.ForeignKey("directory.Post", models.PROTECT, related_name="+")
    person = models.ForeignKey("directory.Staff", models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    # When the ledger took the acts by which it began and ended (instants of `recorded_at`): what was open at an instant
    # is asked as known at a cut-off.
    entered_recorded_at = models.DateTimeField()
    left_recorded_at = models.DateTimeField(null=True)
    #: it began when the root, which had ended, was opened again
    again = models.BooleanField(default=False)
    #: the root ended with it
    last = models.BooleanField(default=False)

    class Meta:
        constraints = [
            of_one_root("stay"),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(left_at__isnull=True), name="one_current_stay"
            ),
            models.UniqueConstraint(
                fields=["proceeding"], condition=models.Q(left_at__isnull=True), name="one_current_stay_of_proceeding"
            ),
        ]
        indexes = [
            of_proceeding("stay_proceeding"),
            models.Index(fields=["node", "entered_at"], name="stay_node_entered"),
            # dwell: the stays that ended in a period
            models.Index(fields=["left_at"], condition=models.Q(left_at__isnull=False), name="stay_left"),
            # figures: what was opened again in a period, and what was left after a cut-off
            models.Index(fields=["entered_at"], condition=models.Q(again=True), name="stay_again"),
            models.Index(
                fields=["left_recorded_at"],
                condition=models.Q(left_recorded_at__isnull=False),
                name="stay_left_recorded",
            ),
        ]
