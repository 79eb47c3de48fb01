"""Nobody decides on what he did not see: an act may name the last entry that its page showed.

What was on the screen is everything up to that entry.  Where the book has gone on since, the act is refused if
anything in it bears on the decision: a reply, a request, a fact, a grade of that share or of the whole order.  Clocks,
notices and views do not (`Verb.alters`), nor does what the same person entered meanwhile (unless the form hands in
again what it showed of it: `Verb.restates`), nor another unit's share.
Verbs that only put on record what happened outside are not bound by this (`Verb.decides`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.models import Entry

from .docket import Docket
from .models import Share

SENTENCE = "内容已更新：您打开后，本工单又有新的记录，请看过后再决定"


class Overtaken(Refused):
    """The order has changed since the page was drawn; `numbers` are the entries that the person has not seen."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__(SENTENCE)
        self.numbers = tuple(numbers)


def require_seen(act: Act, share: Share | None, docket: Docket, batch: Iterable[Entry]) -> None:
    """Raise `Overtaken` if the order holds what the actor has not seen and is bound to see.

    `batch` are the entries of this order that stand in the same batch and not in the tables yet.  Costs a statement
    only where the order has gone on.
    """
    order = docket.order
    if act.seen is None or act.seen >= order.head_number or not verbs.get(act.verb).decides:
        return
    stored = Entry.objects.filter(order=order.pk, number__gt=act.seen).order_by("number")
    fresh = [entry for entry in (*stored, *batch) if entry.number > act.seen]
    lines = _lines(docket)
    strange = [entry for entry in fresh if not known_to(entry, act.actor.staff, act.verb)]
    numbers = [entry.number for entry in strange if bears_on(entry, share, lines)]
    if numbers:
        raise Overtaken(numbers)


def known_to(entry: Entry, staff: int | None, verb: str) -> bool:
    """Whether whoever takes `verb` need not be shown this entry, because it is his own."""
    return entry.staff_id == staff and entry.action not in verbs.get(verb).restates


def bears_on(entry: Entry, share: Share | None, lines: Mapping[int, frozenset[int]]) -> bool:
    """Whether an entry changes what a form about `share` (None: about the whole order) shows."""
    if not verbs.get(entry.action).alters:
        return False
    about: Any = entry.payload.get("share")
    if share is None or about is None or about == share.id:
        return True
    # What was handed down belongs to what it was handed down from.
    return about in lines.get(share.id, ()) or share.id in lines.get(about, ())


def lines_of(shares: Iterable[Share]) -> dict[int, frozenset[int]]:
    """Each share's id with those above it."""
    parents = {share.id: share.parent_id for share in shares}
    found: dict[int, frozenset[int]] = {}
    for pk in parents:
        above: set[int] = set()
        at = parents[pk]
        while at is not None and at not in above:
            above.add(at)
            at = parents.get(at)
        found[pk] = frozenset(above)
    return found


def _lines(docket: Docket) -> dict[int, frozenset[int]]:
    return lines_of(docket.all_shares.values())
