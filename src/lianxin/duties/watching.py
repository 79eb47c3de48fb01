"""Watches (``[[watch]]``): what an order has come to is proposed as a proceeding; a person decides.

A job goes through the events that were written since it looked last (`ledger.feed`).  What was proposed once is not
proposed again while it is open, nor afterwards unless what the condition looks at has changed.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import feed, unjudged
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.deed import World
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.ledger.others import Others
from lianxin.orders.models import Order
from lianxin.orders.recount import order_facts
from lianxin.proceedings.abouts import MOST
from lianxin.proceedings.models import About
from lianxin.rules.context import FIELDS, complete
from lianxin.rules.pack import Pack
from lianxin.rules.policy import PolicyError
from lianxin.rules.policy_rounds import WatchRule

from .everywhere import each_centre

_log = logging.getLogger(__name__)
READER = "watches"


class Found(NamedTuple):
    """A rule that holds of an order, and what its condition looked at."""

    rule: WatchRule
    order: Order
    facts: Mapping[str, Any]

    @property
    def in_words(self) -> str:
        """What was found: 办理轮次 4，改派次数 0."""
        told = (f"{FIELDS['order'][name].title} {value}" for name, value in self.facts.items())
        return "，".join(told) or self.rule.title


def run(at: datetime) -> int:
    """Propose what is to be proposed by `at` in every centre.  Returns how many proceedings were opened."""
    return each_centre(lambda centre: _centre(centre, at))


def _centre(centre: int, at: datetime) -> int:
    directory = snapshot.of(centre)
    with suppress(LookupError, PolicyError):
        # Watches are the centre's, whatever pack an order goes by: the rule book in force now.
        if (pack := directory.pack(at)).watches:
            return feed.read(f"{READER}:{centre}", at, lambda since, _: _look(directory, pack, since, at))
    return 0


def _look(directory: Snapshot, pack: Pack, since: datetime, at: datetime) -> int:
    heard: dict[int, set[str]] = {}
    names = sorted({event for rule in pack.watches for event in rule.start_on})
    entries = Entry.objects.filter(written_at__gte=since, order__centre=directory.centre_id)
    for order, events in entries.filter(derived__events__has_any_keys=names).values_list("order", "derived__events"):
        heard.setdefault(order, set()).update(events)
    # What was brought in from another book is history: it is read, not followed.
    orders = Order.objects.filter(pk__in=heard, marked_clock=False).order_by("pk")
    found = [thing for order in orders for thing in _holding(directory, pack, order, heard[order.pk], at)]
    return sum(_propose(directory, thing, at) for thing in found)


def _holding(directory: Snapshot, pack: Pack, order: Order, events: set[str], at: datetime) -> Iterator[Found]:
    """The rules that hold of an order after these events."""
    facts = order_facts(order, World(directory, pack, Others()), at)
    for rule in pack.watches:
        failed = partial(unjudged.note, rule, directory.centre_id, f"{pack.id}@{pack.version}", order.number, at)
        for event in sorted(events & {*rule.start_on}):
            if rule.when.holds(complete(order=facts, event={"name": event}), failed):
                reads = sorted(name for part, name in rule.when.reads if part == "order")
                yield Found(rule, order, {name: facts[name] for name in reads})
                break


def _propose(directory: Snapshot, found: Found, at: datetime) -> bool:
    orders = list(_together(found.order))
    open_ones = About.objects.filter(to_order__in=orders, role="subject", proceeding__kind=found.rule.proposes)
    if open_ones.filter(proceeding__ended_at=None).exists():
        return False
    subject = found.order.matter_id or found.order.pk
    seen = hashlib.sha256(json.dumps(found.facts, default=str, sort_keys=True).encode()).hexdigest()[:16]
    key = f"watch:{found.rule.id}:{subject}:{seen}"
    if Entry.objects.filter(key=key).exists():
        return False
    payload = {
        "rule": found.rule.id,
        "title": f"{found.rule.title}：{found.order.number}",
        "found": found.in_words,
        "orders": orders,
        "numbers": list(Order.objects.filter(pk__in=orders).order_by("pk").values_list("number", flat=True)),
    }
    actor = Actor.system(directory.centre_id)
    try:
        record(Act(f"{found.rule.proposes}.proposed", actor, at, payload, key=key))
    except Refused as refused:
        _log.warning("%s could not be proposed by %s: %s", found.order.number, found.rule.id, refused)
        return False
    return True


def _together(order: Order) -> Sequence[int]:
    """The orders of its matter, or it alone."""
    if order.matter_id is None:
        return [order.pk]
    return list(Order.objects.filter(matter=order.matter_id).order_by("pk").values_list("pk", flat=True)[:MOST])
