"""Open proceedings follow the posts too: nobody who has left, or is away, answers for one (A13, A31)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from lianxin.directory.snapshot import Snapshot
from lianxin.orders.models import Order
from lianxin.orders.succession import left_with

from .book import answering_for
from .models import About, Proceeding
from .reach import shared

ACTION = "proceeding.handed_over"
_OWNER = ("node", "owner_unit", "owner_post", "owner_person")


@left_with(ACTION)
def left_behind(directory: Snapshot, at: datetime) -> list[int]:
    """The open proceedings of a centre for which another than their owner answers now."""
    open_ones = Proceeding.objects.filter(Proceeding.OPEN, centre=directory.centre_id)
    found: set[int] = set()
    for line in open_ones.order_by().values("kind", "state", "unit", "level", "vacant", *_OWNER).distinct():
        now = answering_for(directory, line, at)
        if now is not None and now != ([line[name] for name in _OWNER], line["vacant"]):
            found.update(open_ones.filter(**line).values_list("pk", flat=True))
    return sorted(found - _barred(directory, found, at))


def _barred(directory: Snapshot, found: Collection[int], at: datetime) -> set[int]:
    """Those of them whose owner is the right one all the same: an order that they are about complains of whoever would
    answer else (C64)."""
    about = About.objects.filter(proceeding__in=found, role="subject", to_order__recused__isnull=False)
    about = about.exclude(proceeding__kind__in=shared())
    people: dict[int, set[int]] = defaultdict(set)
    of_matter = Order.objects.filter(matter__in=found, recused__isnull=False)
    named = (*about.values_list("proceeding", "to_order__recused"), *of_matter.values_list("matter", "recused"))
    for pk, recused in named:
        people[pk].update(recused or ())
    rows = Proceeding.objects.filter(pk__in=people).values("pk", "kind", "state", "unit", "level", "vacant", *_OWNER)
    mine = ((row, answering_for(directory, row, at, people[row["pk"]])) for row in rows)
    return {row["pk"] for row, now in mine if now in (None, ([row[name] for name in _OWNER], row["vacant"]))}
