"""Erasing the words and the caller of an order whose time is over.  That it happened stays in the ledger.

The entries keep their salted digests, which nobody can turn back into words; the figures, clocks and states stay.
"""

from __future__ import annotations

from datetime import datetime

from lianxin.ledger import erasing
from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.verbs import verb

from .deed import Deed
from .models import Caller, Order
from .verbs import Verb

ACTION = "order.erased"


class Erasing(Payload):
    """Nothing but that it happens."""


@verb
class Erase(Verb[Erasing]):
    """Blanks the current text and the caller."""

    action = ACTION
    erases = True
    payload = Erasing

    def check(self, deed: Deed[Erasing]) -> None:
        require(deed.order.erased_at is None, "", "本工单的原文已经删除")

    def effect(self, deed: Deed[Erasing]) -> None:
        appeal = deed.docket.appeal()
        appeal.title = appeal.text = appeal.address = ""
        appeal.requests = []
        deed.order.erased_at = deed.recorded_at
        empty = {"name": "", "phone": "", "name_hash": None, "phone_hash": None, "last4_hash": None}
        deed.docket.patch(Caller, deed.order.pk, **empty, flagged=False)
        deed.order.caller_flags = []


def erase_expired(at: datetime) -> int:
    """Erase what the pack in force no longer keeps at `at` (`erasing.erase_expired`); how many orders that were."""
    return erasing.erase_expired(Order, "closed_at", ACTION, lambda pack: pack.retention.orders, at)


def erase(order: Order, at: datetime) -> None:
    """Erase the words, the files and the caller of an ended order, for good.  Raises `Refused` while it is open."""
    erasing.erase(order, ACTION, at)
