"""What a session of a leader at the telephone (领导接听, C09) came to: calls, orders made, and how many of them have
ended by now, each with its orders; nobody types these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from lianxin.orders.models import Order
from lianxin.rules.lifecycle.states import OPEN

from .campaign import Number
from .folio import Folio

HELD = "leader_session.held"
TITLES = {"made": "形成工单", "ended": "其中已办结", "open": "尚未办结"}


@dataclass(frozen=True, slots=True)
class Session:
    """One that was held."""

    folio: Folio
    calls: int
    #: each of its orders, and whether it is open now
    orders: dict[int, bool]

    def ids(self, of: str) -> list[int]:
        """The orders of one number.  Raises KeyError for what is none."""
        wanted = {"made": (True, False), "ended": (False,), "open": (True,)}[of]
        return [pk for pk, is_open in self.orders.items() if is_open in wanted]

    @property
    def numbers(self) -> list[Number]:
        url = f"{self.folio.url}orders/?"
        return [Number(title, len(self.ids(of)), url + urlencode({"of": of})) for of, title in TITLES.items()]


def draw(folio: Folio) -> Session | None:
    """The block; None before it was held."""
    entry = next((entry for entry in folio.entries if entry.action == HELD), None)
    if entry is None:
        return None
    states = Order.objects.filter(pk__in=entry.payload["orders"]).order_by("pk").values_list("pk", "state")
    return Session(folio, entry.payload["calls"], {pk: state in OPEN for pk, state in states})


def behind(folio: Folio, of: str, unit: str) -> tuple[str, Iterable[int]]:
    """What a number is called, and its orders.  Raises KeyError for none."""
    session = draw(folio)
    if session is None or unit:
        raise KeyError(of)
    return TITLES[of], session.ids(of)
