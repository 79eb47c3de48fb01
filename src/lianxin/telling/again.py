"""What people do about what was not delivered: send it again, and try a channel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from lianxin.directory.models import Channel
from lianxin.ledger import journal
from lianxin.ledger.models import Delivery

from . import outgoing, wording
from .outcomes import Outcome

RESENT = "notices.resent"
TRIED = "channel.tried"


def resend(centre: int, deliveries: Iterable[int], staff: int, at: datetime, *, unknown: bool) -> int:
    """Put these deliveries of a centre, which the caller may see, back into the queue; those that may have arrived
    only if `unknown`.  Returns how many; a line in the journal names them."""
    states = ["failed", "unknown"] if unknown else ["failed"]
    with transaction.atomic():
        found = Delivery.objects.filter(pk__in=list(deliveries), channel__centre=centre, state__in=states)
        rows = list(found.select_for_update(of=("self",)).order_by("pk").values_list("pk", "state"))
        ids = [pk for pk, _ in rows]
        Delivery.objects.filter(pk__in=ids).update(state="queued", next_at=at, attempts=0, why="")
        if ids:
            doubtful = [pk for pk, state in rows if state == "unknown"]
            payload = {"deliveries": ids, "unknown": doubtful}
            journal.write(centre, RESENT, at=at, staff=staff, payload=payload)
    return len(ids)


def attempt(channel: Channel, staff: int, at: datetime) -> Outcome:
    """Send a test message by a channel.  How it came out is in the journal, without its address."""
    outcome = outgoing.deliver(channel, wording.TRIAL, 1, at)
    payload = {"channel": channel.pk, "state": outcome.state}
    journal.write(channel.centre_id, TRIED, at=at, staff=staff, payload=payload)
    return outcome
