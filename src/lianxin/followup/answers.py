"""What a repeat's caller is told: the reply of the main order that passed, with the answers to his own requests."""

from __future__ import annotations

from lianxin.ledger.models import Entry, part_id
from lianxin.orders.models import Order, Share
from lianxin.orders.timeline import payload_of


def of_main(order: Order) -> str:
    """The main order's reply for this repeat, `""` while there is none that passed (or its words are erased)."""
    passed = Share.objects.filter(order=order.merged_into_id, depth=0, outcome="passed", reply_entry__isnull=False)
    share = passed.exclude(role="assist").select_related("order").order_by("-pk").first()
    if share is None or share.reply_entry is None:
        return ""
    entry = Entry.objects.select_related("enclosure").get(pk=part_id(share.order_id, share.reply_entry))
    payload = payload_of(entry)
    if payload is None:
        return ""
    said = [getattr(payload, name, "") for name in ("measures", "result", "text")]
    mine: list[int] = next((repeat["requests"] for repeat in share.order.repeats if repeat["order"] == order.pk), [])
    answers = getattr(payload, "answers", ())
    own = [f"{place}. {answers[n - 1]}" for place, n in enumerate(mine, 1) if n <= len(answers)]
    return "\n".join([*filter(None, said), *own])
