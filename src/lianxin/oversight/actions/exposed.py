"""A medium has published what an order is about (媒体曝光): the order is told, and rules of the pack hear it.

Source: B20 (对落实不力问题适时进行曝光).  The media case brings it about, nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator

from lianxin.ledger.acts import Payload
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb


class Exposing(Payload):
    """By which media case, and its number."""

    case: int
    number: str


@verb
class Expose(Verb[Exposing]):
    """Changes nothing of the order; its event concerns every running share, and whoever answers hears of it."""

    action = "order.exposed"
    payload = Exposing
    decides = False
    alters = False
    of_all_parts = True

    def effect(self, deed: Deed[Exposing]) -> None:
        return

    def concerns(self, deed: Deed[Exposing]) -> Iterator[int | None]:
        return deed.at_work() if deed.order.is_open else iter(())

    def tell(self, payload: Exposing) -> tuple[str, str]:
        return f"媒体曝光（媒体跟进 {payload.number}）", ""
