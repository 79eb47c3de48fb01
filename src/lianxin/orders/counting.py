"""What happened to an order so far, counted on its own row, so that a condition of the pack costs no statement.

Each act that changes a count writes what it is then into its entry (`derived.counts`); a replay sets the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lianxin.ledger.verbs import Follow
from lianxin.rules.lifecycle import ShareState

from .deed import Deed
from .models import Order

#: What one act of these verbs adds.
ONE = {
    "share.sent_back": "send_backs",
    "share.reassigned": "moves",
    "order.recalled": "moves",
}

#: The acts that give a grade: a call-back of a layer, and a principal's own where the pack counts it in one.
GRADING = ("callback.recorded", "callback.led")
#: The acts by which an order joins a matter.
JOINING = ("order.linked", "order.merged")


def of(deed: Deed[Any], verb: Any) -> dict[str, Any]:
    """What the counts are after the act, of those that it changes."""
    order, found = deed.order, dict[str, Any]()
    if name := ONE.get(verb.action):
        found[name] = getattr(order, name) + 1
    if verb.action == "return.decided" and deed.the_share().state == ShareState.RETURNED:
        found |= {"returns": order.returns + 1, "moves": order.moves + 1}
    if verb.action == "extension.decided" and deed.payload.approved:
        found["extensions"] = order.extensions + 1
    if verb.action == "share.contacted" and deed.payload.reached:
        found["contacts"] = order.contacts + 1
    if verb.action in GRADING and deed.payload.layer and deed.payload.result_grade:
        found["grades"] = {**order.grades, deed.payload.layer: deed.payload.result_grade}
    if verb.action in JOINING:
        found["matter_orders"] = len(members(deed))
    return found


def members(deed: Deed[Any]) -> set[int]:
    """The ids of the orders of the matter that an order joins with this act, itself and those that it brings along
    among them."""
    payload, order = deed.payload, deed.order
    known = deed.others.of_matter(order, payload.matter) | deed.others.of_matter(order, payload.was_of)
    return known | {order.pk, payload.other}


def told(deed: Deed[Any], verb: Any) -> Iterator[Follow]:
    """The other orders of the matter are told of one that joins it: what the pack lays on them for it, and how many
    they are now.  What goes along with such an act (the system's) is told with it."""
    if verb.action in JOINING and deed.actor.role != "system":
        mine: dict[str, Any] = {
            "event": "matter_joined",
            "number": deed.order.number,
            "orders": deed.order.matter_orders,
        }
        mine |= {"matter": deed.order.matter_id}
        for pk in sorted(members(deed) - {deed.order.pk}):
            yield Follow("matter.told", pk, mine)


def apply(order: Order, counts: Mapping[str, Any]) -> None:
    """Set them on the order's row."""
    for name, value in counts.items():
        setattr(order, name, value)
