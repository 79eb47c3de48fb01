"""The other orders that an act looks at: those of its own batch as they stand in it, the rest from the database."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from lianxin.ledger.acts import Payload
from lianxin.ledger.numbers import upstream
from lianxin.ledger.others import Others

from .docket import Docket
from .models import Order, Share


class Neighbours:
    """The orders beside the one in hand."""

    def __init__(self, batch: Others) -> None:
        self.batch = batch
        self._registered: dict[tuple[int, str], int] = {}

    def _dockets(self) -> list[Docket]:
        return [docket for docket in self.batch.dockets.values() if isinstance(docket, Docket)]

    def find(self, asker: Order, *, pk: int | None = None, number: str = "") -> Order | None:
        """The order of the asker's centre with this id (or ref) or number, locked until the end of the transaction."""
        pk = self.batch.refs.get(pk, pk) if pk is not None else None
        for docket in self._dockets():
            order = docket.order
            named = order.pk == pk if pk is not None else order.number == number
            if named and order.centre_id == asker.centre_id and order.pk not in self.batch.spoilt:
                self.batch.lean(asker.pk, order.pk)
                return order
        wanted = {"pk": pk} if pk is not None else {"number": number}
        return Order.objects.select_for_update(no_key=True).filter(centre=asker.centre_id, **wanted).first()

    def of_matter(self, asker: Order, matter: int | None) -> set[int]:
        """The ids of the orders of that matter in the asker's centre, as they stand in this batch; not those whose
        words were erased."""
        if matter is None:
            return set()
        stored = Order.objects.filter(matter=matter, centre=asker.centre_id, erased_at=None)
        found = set(stored.values_list("pk", flat=True)) - {docket.order.pk for docket in self._dockets()}
        here = (docket.order for docket in self._dockets())
        kept = (order for order in here if order.centre_id == asker.centre_id and order.erased_at is None)
        return found | {order.pk for order in kept if order.matter_id == matter}

    def shares_of(self, pk: int) -> list[Share]:
        """The shares of another order, as they stand in this batch."""
        docket = self.batch.dockets.get(pk)
        if isinstance(docket, Docket):
            return docket.shares()
        return list(Share.objects.filter(order=pk).order_by("pk"))

    def note(self, order: Order) -> None:
        """`order` was registered in this batch."""
        if order.upstream_number:
            self._registered[order.centre_id, order.upstream_number] = order.pk

    def upstream_taken(self, centre: int, number: str) -> bool:
        """Whether an order with this upstream number is registered already, before or in this batch."""
        here = self._registered.get((centre, number))
        return (here is not None and here not in self.batch.spoilt) or (centre, number) in self._stored

    @cached_property
    def _stored(self) -> set[tuple[int, str | None]]:
        """The upstream numbers of the batch that the book knows: one statement however many."""
        given = {upstream(str(number)) for act in self.batch.acts if (number := _field(act.payload, "upstream_number"))}
        found = Order.objects.filter(upstream_number__in=given)
        return set(found.values_list("centre_id", "upstream_number"))


def _field(payload: Any, name: str) -> Any:
    return getattr(payload, name, None) if isinstance(payload, Payload) else payload.get(name)
