"""Open proceedings follow the posts too: nobody who has left, or is away, answers for one (A13, A31)."""

from __future__ import annotations

from datetime import datetime

from lianxin.directory.snapshot import Snapshot
from lianxin.orders.succession import left_with

from . import kinds
from .book import answering
from .models import Proceeding

ACTION = "proceeding.handed_over"
_OWNER = ("node", "owner_unit", "owner_post", "owner_person")


@left_with(ACTION)
def left_behind(directory: Snapshot, at: datetime) -> list[int]:
    """The open proceedings of a centre for which another than their owner answers now."""
    open_ones = Proceeding.objects.filter(Proceeding.OPEN, centre=directory.centre_id)
    found: set[int] = set()
    for line in open_ones.order_by().values("kind", "state", "unit", "level", "vacant", *_OWNER).distinct():
        state = kinds.find(line["kind"]).states[line["state"]]
        now = answering(directory, state, line["unit"], at, line["level"])
        if now is not None and now != ([line[name] for name in _OWNER], line["vacant"]):
            found.update(open_ones.filter(**line).values_list("pk", flat=True))
    return sorted(found)
