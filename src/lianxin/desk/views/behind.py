"""The list of orders behind a number: a page of it, and each line."""

from __future__ import annotations

from typing import Any

from lianxin.orders.models import Order

from ..dossier import Dossier
from ..seats import Seat

#: Orders a page.
PAGE = 50


def listed(seat: Seat, order: Order) -> dict[str, Any]:
    """A line of the list."""
    dossier = Dossier(seat, order)
    about = {"number": order.number, "category": dossier.category, "at": order.registered_at}
    return {"title": order.appeal.title, "url": dossier.order_url, "state": dossier.state_title, **about}
