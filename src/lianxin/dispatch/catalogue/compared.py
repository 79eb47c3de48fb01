"""What a draft would have changed: the orders of the last months whose first dispatch it would have proposed elsewhere.

Each order is asked for twice, of the catalogue as it is and as it would be with the draft; only the categories that the
draft touches are looked through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lianxin.directory.snapshot import Snapshot
from lianxin.orders.models import Appeal, Order, Share
from lianxin.orders.reach import not_of

from ..models import CatalogueBatch
from .proposing import Asked, Line, Proposal, above, fitting, in_force

#: Orders are read so many at a time, and so many at most, the latest.
BATCH, MOST = 2_000, 20_000

Units = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """An order that the draft would have sent elsewhere: its number and title, to whom it went, to whom the catalogue
    sends it now (none: to nobody clearly), to whom it would with the draft; and whether it came back."""

    order: int
    number: str
    title: str
    went: Units
    now: Units
    then: Units
    returned: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Of `looked` orders these would have gone elsewhere; `older` were not looked at any more."""

    looked: int
    older: int
    moved: tuple[Moved, ...]

    @property
    def came_back(self) -> int:
        """How many of them did not stay where they went first."""
        return sum(one.returned for one in self.moved)


def compare(
    directory: Snapshot, batch: CatalogueBatch, at: datetime, since: datetime, who: Collection[int]
) -> Compared:
    """What a draft would have changed for the orders first dispatched from `since` to `at`; without those that complain
    of `who`, the people who look (C64)."""
    changed = {*batch.rows.values_list("category", flat=True)}
    changed |= {*batch.rows.filter(over__isnull=False).values_list("over__category", flat=True)}
    touched = {pk for pk in directory.categories if changed & {*above(directory.categories, pk)}}
    now, then = _catalogues(directory, batch, at)
    found = Order.objects.filter(
        not_of(directory.centre_id, who),
        centre=directory.centre_id,
        category__in=touched,
        dispatched_at__gte=since,
        dispatched_at__lt=at,
    )
    ids = list(found.order_by("-dispatched_at", "-pk").values_list("pk", flat=True)[:MOST])
    older = found.count() - len(ids) if len(ids) == MOST else 0
    moved = list[Moved]()
    for start in range(0, len(ids), BATCH):
        moved += _moved(directory, ids[start : start + BATCH], now, then)
    return Compared(len(ids), older, tuple(moved))


def _catalogues(
    directory: Snapshot, batch: CatalogueBatch, at: datetime
) -> tuple[dict[int, list[Line]], dict[int, list[Line]]]:
    """The rows by category as they are, and as they would be."""
    held = in_force(directory.centre_id, at).order_by("code", "pk")
    now, then = defaultdict[int, list[Line]](list), defaultdict[int, list[Line]](list)
    drafted = batch.rows.order_by("code", "pk")
    keys = {*drafted.values_list("code", "area")}
    for line in map(Line._make, held.values_list(*Line._fields)):
        now[line.category_id].append(line)
        if (line.code, line.area_id) not in keys:
            then[line.category_id].append(line)
    for line in map(Line._make, drafted.filter(removed=False).values_list(*Line._fields)):
        then[line.category_id].append(line)
    return now, then


def _moved(
    directory: Snapshot, ids: Sequence[int], now: dict[int, list[Line]], then: dict[int, list[Line]]
) -> Iterator[Moved]:
    texts = {
        pk: (title, text) for pk, title, text in Appeal.objects.filter(pk__in=ids).values_list("pk", "title", "text")
    }
    first = Share.objects.filter(order__in=ids, round=1, depth=0).exclude(role="assist").order_by("pk")
    went, back = defaultdict[int, list[int]](list), set[int]()
    for order, unit, outcome in first.values_list("order", "unit", "outcome"):
        went[order].append(unit)
        if outcome in ("returned", "withdrawn"):
            back.add(order)
    orders = Order.objects.filter(pk__in=ids).values_list("pk", "number", "category", "area")
    rows = {pk: (number, category, area) for pk, number, category, area in orders}
    for pk in ids:
        number, category, area = rows[pk]
        title, text = texts.get(pk, ("", ""))
        asked = Asked(pk, category, area, f"{title}\n{text}")
        before, after = _clear(fitting(directory, asked, now)), _clear(fitting(directory, asked, then))
        if before != after:
            yield Moved(pk, number, title, tuple(went[pk][:1]), before, after, pk in back)


def _clear(found: Sequence[Proposal]) -> Units:
    """The units that lead by what is proposed clearly."""
    best = next((each for each in found if each.clear), None)
    return tuple(unit for unit in (best.line.lead_id, best.line.dual_id) if unit) if best else ()
