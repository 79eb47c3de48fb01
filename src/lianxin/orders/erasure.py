"""Erasing the words and the caller of an order whose time is over.  That it happened stays in the ledger.

The entries keep their salted digests, which nobody can turn back into words; the figures, clocks and states stay.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from lianxin.directory import book
from lianxin.directory.models import Centre
from lianxin.rules.worktime import SHANGHAI

from .acts import Act, Actor, Payload
from .attachments import place_of
from .case import Case
from .ledger import record
from .models import Attachment, Caller, Enclosure, Order
from .verbs import Verb, verb

#: Stands where words stood; long enough for every verb's payload, so that a replay can read it.
GONE = "（原文已删除）"
NIGHTLY = 20_000


class Erasing(Payload):
    """Nothing but that it happens."""


@verb
class Erase(Verb[Erasing]):
    """Blanks the current text and the caller."""

    action = "order.erased"
    payload = Erasing

    def effect(self, case: Case[Erasing]) -> None:
        appeal = case.docket.appeal()
        appeal.title = appeal.text = appeal.address = ""
        appeal.requests = []
        case.order.erased_at = case.recorded_at
        empty = {"name": "", "phone": "", "name_hash": None, "phone_hash": None, "last4_hash": None}
        case.docket.patch(Caller, case.order.pk, **empty)


def hollow(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with every word taken out: texts are `GONE`, the caller is nobody.  What is hollow stays as it is."""
    return {name: None if name == "caller" else _blank(value) for name, value in body.items()}


def _blank(value: Any) -> Any:
    if isinstance(value, list):
        return [_blank(item) for item in value]
    return GONE if isinstance(value, str) else value


def erase_expired(at: datetime) -> int:
    """Erase what the pack in force no longer keeps at `at`, oldest first; how many orders that were.

    At most NIGHTLY orders a centre: the rest waits for the next night.
    """
    done = 0
    for centre in Centre.objects.filter(policies__effective_from__lte=at.astimezone(SHANGHAI).date()).distinct():
        before = book.of(centre.pk).pack(at).retention.orders.before(at)
        if before is not None:
            ended = Order.objects.filter(centre=centre, closed_at__lt=before, erased_at=None).order_by("closed_at")
            for order in ended[:NIGHTLY]:
                erase(order, at)
                done += 1
    return done


def erase(order: Order, at: datetime) -> None:
    """Erase the words, the files and the caller of an ended order, for good.  Raises `Refused` while it is open."""
    with transaction.atomic():
        record(Act("order.erased", Actor.system(order.centre_id), at, {}, order=order.pk))
        enclosures = list(Enclosure.objects.filter(entry__order=order, erased_at=None))
        for enclosure in enclosures:
            enclosure.body, enclosure.erased_at = hollow(enclosure.body), at
        Enclosure.objects.bulk_update(enclosures, ["body", "erased_at"])
        files = set(Attachment.objects.filter(order=order).values_list("path", flat=True))
        Attachment.objects.filter(order=order).update(name="")
        elsewhere = set(Attachment.objects.filter(path__in=files).exclude(order=order).values_list("path", flat=True))
        # Only once it is certain: a file cannot be rolled back.
        transaction.on_commit(lambda: _delete(files - elsewhere))


def _delete(paths: set[str]) -> None:
    for path in paths:
        place_of(path).unlink(missing_ok=True)
