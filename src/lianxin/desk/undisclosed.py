"""Test items of a period that still count as orders: what a leader decides before the period's figures go out (C56)."""

from __future__ import annotations

from lianxin.figures.scope import Scope
from lianxin.proceedings.models import About

from .folio import Folio
from .seats import Seat

#: The kind, and the state in which only the leader's decision is outstanding.
KIND, AWAITS = "test_item", "named"


def undisclosed(seat: Seat, scope: Scope) -> list[Folio]:
    """Those whose order was registered in the period, the oldest first; none for whoever may not know of them."""
    mine = About.objects.filter(
        role="subject", to_order__registered_at__gte=scope.start, to_order__registered_at__lt=scope.end
    )
    found = seat.proceedings.filter(kind=KIND, state=AWAITS, pk__in=mine.values("proceeding"))
    return [Folio(seat, proceeding) for proceeding in found.select_related("wording").order_by("pk")]
