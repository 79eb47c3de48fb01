"""Watches (``[[watch]]``): what an order has come to is proposed as a proceeding, and a person decides; or, where the
rule names one, a step is taken.

A job goes through the events that were written since it looked last (`ledger.feed`), one after the other, and asks of
each order what it was then: so it comes to the same however late it looks.  What was proposed once is not proposed
again while it is open, nor afterwards unless what the condition looks at has changed; a step is taken once an event.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import feed, unjudged
from lianxin.ledger.deed import World
from lianxin.ledger.models import Entry
from lianxin.ledger.others import Others
from lianxin.ledger.replay import replay, step
from lianxin.orders.models import Order
from lianxin.orders.recount import heard_as, order_facts
from lianxin.rules.context import complete
from lianxin.rules.pack import Pack
from lianxin.rules.policy import PolicyError

from .everywhere import each_centre
from .taking import Found, take

_log = logging.getLogger(__name__)
READER = "watches"


def run(at: datetime) -> int:
    """Do what rules ask for by `at` in every centre.  Returns how many entries were made in proceedings."""
    return each_centre(lambda centre: _centre(centre, at))


def _centre(centre: int, at: datetime) -> int:
    directory = snapshot.of(centre)
    with suppress(LookupError, PolicyError):
        # Watches are the centre's, whatever pack an order goes by: the rule book in force now.
        if (pack := directory.pack(at)).watches:
            return feed.read(f"{READER}:{centre}", at, lambda since, _: _look(directory, pack, since, at))
    return 0


def _look(directory: Snapshot, pack: Pack, since: datetime, at: datetime) -> int:
    heard: dict[int, list[Entry]] = {}
    names = sorted({event for rule in pack.watches for event in rule.start_on})
    entries = Entry.objects.filter(written_at__gte=since, order__centre=directory.centre_id)
    for entry in entries.filter(derived__events__has_any_keys=names).order_by("number"):
        heard.setdefault(entry.order_id or 0, []).append(entry)
    # What was brought in from another book is history: it is read, not followed.
    orders = Order.objects.filter(pk__in=heard, marked_clock=False)
    found = [thing for order in orders for thing in _of(directory, pack, order, heard[order.pk], at)]
    found.sort(key=lambda thing: (thing.entry.recorded_at, thing.entry.pk))
    return sum(take(directory, thing, at) for thing in found)


def _of(directory: Snapshot, pack: Pack, order: Order, heard: list[Entry], at: datetime) -> list[Found]:
    """What held of one order.  One whose ledger does not come to the order any more (`verify` tells of it) keeps no
    other from being watched: it is looked at as it stands."""
    try:
        return list(_holding(directory, pack, _as_then(order, heard), order, at))
    except Exception:
        _log.exception("%s cannot be read back: watches look at it as it stands", order.number)
        return list(_holding(directory, pack, ((entry, order) for entry in heard), order, at))


def _holding(
    directory: Snapshot, pack: Pack, heard: Iterable[tuple[Entry, Order]], order: Order, at: datetime
) -> Iterator[Found]:
    """The rules that held of an order after each of these entries, in the order of the pack."""
    for entry, then in heard:
        facts = order_facts(then, World(directory, pack, Others()), entry.at)
        happened = set(entry.derived["events"])
        for rule in pack.watches:
            failed = partial(unjudged.note, rule, directory.centre_id, f"{pack.id}@{pack.version}", order.number, at)
            for event in sorted(happened & {*rule.start_on}):
                if rule.when.holds(complete(order=facts, event=heard_as(event, entry)), failed):
                    reads = sorted(name for part, name in rule.when.reads if part == "order")
                    yield Found(rule, order, entry, {name: facts[name] for name in reads}, pack)
                    break


def _as_then(order: Order, heard: Sequence[Entry]) -> Iterator[tuple[Entry, Order]]:
    """Each of these entries, with the order as it left it: as its ledger says where it has gone on since."""
    if order.erased_at is not None or (len(heard) == 1 and heard[0].number == order.head_number):
        yield from ((entry, order) for entry in heard)
        return
    ledger = Entry.objects.filter(order=order, number__lte=heard[-1].number).select_related("enclosure")
    entries = list(ledger.order_by("number"))
    bodies = {entry.pk: entry.enclosure.body for entry in entries if hasattr(entry, "enclosure")}
    docket, wanted = replay(order.centre_id, entries[:1], bodies), {entry.number for entry in heard}
    for entry in entries:
        if entry.number > 1:
            step(docket, order.centre_id, entry, bodies.get(entry.pk, {}))
        if entry.number in wanted:
            yield entry, copy.copy(docket.root)
