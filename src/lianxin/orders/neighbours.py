"""The other orders that an act looks at: those of its own batch as they stand in it, the rest from the database.

So a batch and the same acts one by one see the same: an order that was registered, merged or closed a moment ago in
this batch is not yet in the tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from .acts import Act, Payload, Refused
from .docket import Docket
from .models import Order
from .numbers import upstream


class Neighbours:
    """The dockets of one batch.  `refs`: the caller's negative numbers of orders registered in it."""

    def __init__(self, acts: Sequence[Act], dockets: dict[int, Docket]) -> None:
        self.acts, self.dockets = acts, dockets
        self.refs: dict[int, int] = {}
        self.spoilt: dict[int, Refused] = {}
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
