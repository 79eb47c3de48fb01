"""The orders that a proceeding is about, as they stand in its batch: who has them, and how they ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q

from lianxin.orders.docket import Docket
from lianxin.orders.models import Order, Share
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.proceedings.deed import Deed

#: By which an order begins a further round, and by which a layer calls back.
AGAIN, CALLED = ("order.rehandled", "order.reopened"), "callback.recorded"


def standing(deed: Deed[Any], ids: Collection[int]) -> dict[int, Order]:
    """These orders by id, those in hand as they are in hand."""
    here = _in_hand(deed)
    found = Order.objects.filter(pk__in=[pk for pk in ids if pk not in here]).in_bulk()
    for pk in ids:
        if pk in here:
            found[pk] = here[pk].order
            deed.outside().others.lean(deed.proceeding.pk, pk)
    return {pk: found[pk] for pk in ids if pk in found}


def running(deed: Deed[Any], ids: Collection[int]) -> list[Share]:
    """The running shares of these orders and of all orders of their matters, the oldest first: whoever repeats a
    request, or is merged into another, has no unit of his own."""
    here, own = _in_hand(deed), standing(deed, ids)
    matters = {order.matter_id for order in own.values()} - {None}
    mains = {order.merged_into_id for order in own.values()} - {None}
    of_them = Q(order__in={*ids, *mains}) | Q(order__matter__in=matters)
    stored = Share.objects.filter(of_them, state__in=RUNNING_STATES).exclude(order__in=list(here))
    dockets = (d for pk, d in here.items() if pk in {*ids, *mains} or d.order.matter_id in matters)
    found = [*stored, *(share for docket in dockets for share in docket.shares(running=True))]
    return sorted(found, key=lambda share: (share.dispatched_at, share.pk))


def leading(shares: Iterable[Share]) -> int | None:
    """The unit of the oldest of these shares that leads, of what the centre has given out itself."""
    return next((share.unit_id for share in shares if share.depth == 0 and share.role != "assist"), None)


def moved_to(deed: Deed[Any], shares: Collection[Share]) -> dict[str, int]:
    """`unit`, where the unit that the proceeding is about has none of these shares any more: whichever leads now."""
    unit, there = leading(shares), {share.unit_id for share in shares}
    return {} if unit is None or deed.proceeding.unit_id in there else {"unit": unit}


def _in_hand(deed: Deed[Any]) -> dict[int, Docket]:
    others = deed.outside().others
    return {pk: d for pk, d in others.dockets.items() if isinstance(d, Docket) and pk not in others.spoilt}
