"""Erasing the words and the caller of an order whose time is over.  That it happened stays in the ledger.

The entries keep their salted digests, which nobody can turn back into words; the figures, clocks and states stay.
"""

from __future__ import annotations

import logging
from datetime import datetime

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.ledger import erasing
from lianxin.ledger.acts import Payload, Refused
from lianxin.ledger.deed import require
from lianxin.ledger.verbs import verb
from lianxin.rules.policy import PolicyError
from lianxin.rules.worktime import SHANGHAI

from .deed import Deed
from .models import Caller, Order
from .verbs import Verb

AT_ONCE = 2_000
_log = logging.getLogger(__name__)


class Erasing(Payload):
    """Nothing but that it happens."""


@verb
class Erase(Verb[Erasing]):
    """Blanks the current text and the caller."""

    action = "order.erased"
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
        deed.docket.patch(Caller, deed.order.pk, **empty)


def erase_expired(at: datetime) -> int:
    """Erase what the pack in force no longer keeps at `at`, oldest first; how many orders that were.

    At most AT_ONCE orders a centre: the rest waits for the next time.  An order that is refused, and a centre whose
    pack cannot be read, do not keep the others waiting.
    """
    done = 0
    for centre in Centre.objects.filter(policies__effective_from__lte=at.astimezone(SHANGHAI).date()).distinct():
        try:
            before = snapshot.of(centre.pk).pack(at).retention.orders.before(at)
        except (PolicyError, LookupError):
            _log.exception("nothing was erased in centre %s", centre.code)
            continue
        if before is not None:
            ended = Order.objects.filter(centre=centre, closed_at__lt=before, erased_at=None).order_by("closed_at")
            done += sum(_erased(order, at) for order in ended[:AT_ONCE])
    return done


def _erased(order: Order, at: datetime) -> bool:
    try:
        erase(order, at)
    except Refused as refused:
        _log.warning("order %s was not erased: %s", order.number, refused)
        return False
    return True


def erase(order: Order, at: datetime) -> None:
    """Erase the words, the files and the caller of an ended order, for good.  Raises `Refused` while it is open."""
    erasing.erase(order, "order.erased", at)
