"""The other orders that an act looks at: those of its own batch as they stand in it, the rest from the database.

So a batch and the same acts one by one see the same: an order that was registered, merged or closed a moment ago in
this batch is not yet in the tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Q

from .acts import Act, Payload, Refused
from .docket import Docket
from .models import Entry, Order, Share
from .numbers import upstream

#: A condition that could not be judged: (centre, pack, rule, its text).
Unjudged = tuple[int, str, str, str]


class Neighbours:
    """The dockets of one batch.  `refs`: the caller's negative numbers of orders registered in it."""

    def __init__(self, acts: Sequence[Act], dockets: dict[int, Docket]) -> None:
        self.acts, self.dockets = acts, dockets
        self.refs: dict[int, int] = {}
        self.spoilt: dict[int, Refused] = {}
        #: what this batch has written into each order's ledger so far
        self.entries: dict[int, list[Entry]] = {}
        #: what this batch has told of (`unjudged`)
        self.unjudged: set[Unjudged] = set()
        self._leaning: dict[int, set[int]] = defaultdict(set)
        self._registered: dict[tuple[int, str], int] = {}

    def find(self, asker: Order, *, pk: int | None = None, number: str = "") -> Order | None:
        """The order of the asker's centre with this id (or ref) or number, locked until the end of the transaction."""
        pk = self.refs.get(pk, pk) if pk is not None else None
        for docket in self.dockets.values():
            order = docket.order
            named = order.pk == pk if pk is not None else order.number == number
            if named and order.centre_id == asker.centre_id and order.pk not in self.spoilt:
                self._leaning[order.pk].add(asker.pk)
                return order
        wanted = {"pk": pk} if pk is not None else {"number": number}
        return Order.objects.select_for_update(no_key=True).filter(centre=asker.centre_id, **wanted).first()

    def tie(self, one: int, other: int) -> None:
        """The two orders were changed by one act: without the one the other is not written either."""
        self._leaning[one].add(other)
        self._leaning[other].add(one)

    def entry(self, pk: int, number: int) -> Entry | None:
        """A line of an order's ledger, of this batch or from the tables."""
        here = next((entry for entry in self.entries.get(pk, ()) if entry.number == number), None)
        return here or Entry.objects.filter(order=pk, number=number).first()

    def of_matter(self, asker: Order, first: int) -> set[int]:
        """The ids of the orders of the asker's centre whose matter `first` stands for, itself among them, as they
        stand in this batch; not those whose words were erased."""
        stored = Order.objects.filter(Q(matter=first) | Q(pk=first), centre=asker.centre_id, erased_at=None)
        found = set(stored.values_list("pk", flat=True)) - self.dockets.keys()
        here = (docket.order for docket in self.dockets.values())
        kept = (order for order in here if order.centre_id == asker.centre_id and order.erased_at is None)
        return found | {order.pk for order in kept if first in (order.pk, order.matter_id)}

    def shares_of(self, pk: int) -> list[Share]:
        """The shares of another order, as they stand in this batch."""
        if pk in self.dockets:
            return self.dockets[pk].shares()
        return list(Share.objects.filter(order=pk).order_by("pk"))

    def spoil(self, pk: int, refused: Refused) -> None:
        """Nothing of order `pk` is written in this batch, nor of the orders that relied on what it was here."""
        if pk not in self.spoilt:
            self.spoilt[pk] = refused
            for leaning in self._leaning.pop(pk, ()):
                self.spoil(leaning, refused)

    def note(self, order: Order) -> None:
        """`order` was registered in this batch."""
        if order.upstream_number:
            self._registered[order.centre_id, order.upstream_number] = order.pk

    def upstream_taken(self, centre: int, number: str) -> bool:
        """Whether an order with this upstream number is registered already, before or in this batch."""
        here = self._registered.get((centre, number))
        return (here is not None and here not in self.spoilt) or (centre, number) in self._stored

    @cached_property
    def _stored(self) -> set[tuple[int, str | None]]:
        """The upstream numbers of the batch that the book knows: one statement however many."""
        given = {upstream(str(number)) for act in self.acts if (number := _field(act.payload, "upstream_number"))}
        found = Order.objects.filter(upstream_number__in=given)
        return set(found.values_list("centre_id", "upstream_number"))


def _field(payload: Any, name: str) -> Any:
    return getattr(payload, name, None) if isinstance(payload, Payload) else payload.get(name)
