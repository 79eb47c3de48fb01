"""What happened to an order so far, counted on its own row, so that a condition of the pack costs no statement.

Each act that changes a count writes what it is then into its entry (`derived.counts`); a replay sets the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lianxin.ledger.verbs import Follow
from lianxin.rules.lifecycle import ShareState

from . import periods
from .deed import Deed
from .models import Order

#: What one act of these verbs adds.
ONE = {
    "share.sent_back": "send_backs",
    "share.reassigned": "moves",
    "order.recalled": "moves",
}

#: The acts that press a share, or by which it is pressed no more.
PRESSING = ("order.urged", "share.sent_back", "share.replied", "share.passed", "share.unit_audited", *ONE)
#: Of these the ones that wait for an audit.
REPLIED = "replied"

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
    if verb.action in PRESSING and (pressed := _pressed(deed, verb)) != order.pressed:
        found["pressed"] = pressed
    if verb.action in GRADING and deed.payload.layer and deed.payload.result_grade:
        found["grades"] = {**order.grades, deed.payload.layer: deed.payload.result_grade}
    if verb.action in JOINING:
        found["matter_orders"] = len(members(deed))
    if periods.asked(deed.pack) and (verb.action in JOINING or _again(deed)):
        all_of_it = members(deed) if verb.action in JOINING else deed.others.of_matter(order, order.matter_id)
        found["matter_periods"] = periods.counted(deed, all_of_it)
    return found


def _pressed(deed: Deed[Any], verb: Any) -> dict[str, Any]:
    """How often the centre has pressed each leading share that runs, after the act.  What waits for an audit is not
    pressed by an urge; sent back, it goes on from what it had."""
    known: dict[str, int] = {**deed.order.pressed.get(REPLIED, {}), **deed.order.pressed}
    known.pop(REPLIED, None)
    found: dict[str, Any] = {}
    for share in deed.docket.shares(running=True, depth=0):
        waits, times = share.state == ShareState.REPLIED, known.get(str(share.id), 0)
        if share.role == "assist":
            continue
        if verb.action == "order.urged":
            times += deed.payload.by == "centre" and not waits
        elif verb.action == "share.sent_back" and share is deed.share:
            times += 1
        if times:
            (found.setdefault(REPLIED, {}) if waits else found)[str(share.id)] = times
    return found


def pressed(order: Order | Any) -> int:
    """How often the centre has urged or sent back the share that was pressed most, of those that have not replied."""
    return max((times for share, times in order.pressed.items() if share != REPLIED), default=0)


def _again(deed: Deed[Any]) -> bool:
    """Whether an act hands the order out in a round after the first: a re-handling."""
    return deed.order.round > 1 and any(share.depth == 0 and share.role != "assist" for share in deed.begun)


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
        if periods.asked(deed.pack):
            mine |= {"periods": deed.order.matter_periods, "raised_at": deed.order.registered_at}
        for pk in sorted(members(deed) - {deed.order.pk}):
            yield Follow("matter.told", pk, mine)
    elif deed.order.matter_id is not None and periods.asked(deed.pack) and _again(deed):
        order = deed.order
        again = {"event": "", "number": order.number, "orders": order.matter_orders, "periods": order.matter_periods}
        for pk in sorted(deed.others.of_matter(order, order.matter_id) - {order.pk}):
            yield Follow("matter.told", pk, again)


def apply(order: Order, counts: Mapping[str, Any]) -> None:
    """Set them on the order's row."""
    for name, value in counts.items():
        setattr(order, name, value)
