"""Open proceedings follow the posts too: nobody who has left, or is away, answers for one (A13, A31)."""

from __future__ import annotations

from datetime import datetime

from lianxin.directory.snapshot import Snapshot
from lianxin.orders.succession import left_with, owner_gone

from .models import Proceeding

ACTION = "proceeding.handed_over"


@left_with(ACTION)
def left_behind(directory: Snapshot, at: datetime) -> list[int]:
    """The open proceedings of a centre whose owner is gone or away while somebody else can answer now."""
    open_ones = Proceeding.objects.filter(Proceeding.OPEN, centre=directory.centre_id)
    columns = ("owner_person", "owner_post", "owner_unit", "vacant", "node")
    found: set[int] = set()
    for line in open_ones.order_by().values(*columns).distinct():
        if owner_gone(directory, line, at):
            found.update(open_ones.filter(**line).values_list("pk", flat=True))
    return sorted(found)
