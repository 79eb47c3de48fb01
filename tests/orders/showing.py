"""What tests of sights and rights do again and again: show an order, look, be refused, adopt a pack."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast
from tests.rulebooks import Shelf, Tables

from lianxin.ledger.acts import Refused
from lianxin.orders.models import Order, Sight


def show(cast: Cast, order: Order, at: datetime, /, who: str = "supervisor", **said: Any) -> Sight:
    """The order is shown to the deputies' station, or as is said."""
    to = {} if "units" in said or "people" in said else {"units": [cast.units["npc"].pk]}
    cast.do(who, "order.shown", order.pk, at, **{"reason": "partner", **to, **said})
    return Sight.objects.filter(order=order).latest("pk")


def sees(cast: Cast, who: str, order: Order) -> bool:
    return Order.objects.visible_to(cast.staff[who]).filter(pk=order.pk).exists()


def refusal(cast: Cast, who: str, verb: str, order: Order, at: datetime, **said: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        cast.do(who, verb, order.pk, at, **said)
    return refused.value.problems


def adopt(books: Shelf, cast: Cast, *reasons: dict[str, Any], **posts: Any) -> None:
    """A pack with these reasons, and these rules of posts."""

    def change(book: Tables) -> None:
        book["sight"] = {"reasons": list(reasons)} if reasons else book["sight"]
        book["posts"] = {**book["posts"], **posts}

    books.adopt(cast, change)
