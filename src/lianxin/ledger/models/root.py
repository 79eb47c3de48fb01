"""What has a ledger of its own."""

from __future__ import annotations

from typing import ClassVar

from django.apps import apps
from django.db import models


class Root(models.Model):
    """The row at the head of a ledger: an order is one.  Its parts hang on it, and only the door writes it.

    A subclass says what it is besides: its states, its facts, what must hold between its columns.
    """

    #: by what letter seals and attestations call its heads
    letter: ClassVar[str]
    #: the column by which its parts hang on it
    column: ClassVar[str]
    #: which of its rows are not ended
    OPEN: ClassVar[models.Q]
    #: how its numbers begin, before the day
    series: ClassVar[str] = ""
    #: the actions by which its clocks warn and breach
    rings: ClassVar[tuple[str, str]]

    id = models.BigIntegerField(primary_key=True)
    # Indexes of the subclasses begin with it.
    centre = models.ForeignKey("directory.Centre", models.PROTECT, verbose_name="中心", db_index=False)
    pack = models.CharField("受理时的规则包", max_length=64)
    #: the centre's own unit, which answers for what no handling unit holds
    home = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    number = models.CharField("编号", max_length=32)
    registered_at = models.DateTimeField("受理时间")
    registered_recorded_at = models.DateTimeField()
    #: words, files and caller are gone, their time being over
    erased_at = models.DateTimeField(null=True)

    # The responsible node (A13, A32, B06); never null while it is open, see the subclass's constraint.
    owner_unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, related_name="+")
    owner_post = models.ForeignKey("directory.Post", models.PROTECT, null=True, related_name="+")
    owner_person = models.ForeignKey("directory.Staff", models.PROTECT, null=True, related_name="+")
    node = models.CharField("环节", max_length=16)
    node_since = models.DateTimeField()
    #: the post that should answer at this node but is vacant: somebody else stands in
    vacant = models.CharField("空缺岗位", max_length=16, blank=True)
    due_at = models.DateTimeField("当前最早时限", null=True)

    # Set while importer or simulator drive it on a clock of their own: the sweep leaves it alone.
    marked_clock = models.BooleanField(default=False)
    # Ledger book-keeping.
    head_number = models.PositiveIntegerField(default=0)
    head_digest = models.BinaryField(max_length=32)
    head_recorded_at = models.DateTimeField()
    parts = models.PositiveIntegerField(default=0)
    stay_part = models.PositiveIntegerField(default=0)

    #: the verb by which a duty comes that was laid for later; none where nothing is
    comes = ""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number


def roots() -> tuple[type[Root], ...]:
    """The kinds of roots that there are, by their letters."""
    return tuple(sorted((m for m in apps.get_models() if issubclass(m, Root)), key=lambda model: model.letter))
