"""To whom the orders of a proceeding are shown, and only as long as it is carried on.

A kind says which of its units watches over its orders (`watched_by`).  Whatever step it takes, each order that it is
about is opened to that unit by an act on the order (`order.shown`), and taken back (`order.hidden`) as soon as no
proceeding that is open needs it: it has ended, however, or was drawn again.  What somebody has opened himself stays
until somebody takes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lianxin.ledger.deed import require
from lianxin.ledger.models import Entry
from lianxin.ledger.others import Others
from lianxin.ledger.verbs import Follow
from lianxin.orders.docket import Docket as OrderDocket
from lianxin.orders.models import Order, Sight
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.docket import Docket
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.models import About, Proceeding

#: Why an order is shown to whoever watches over it: of the pack's `[sight]`.
WATCHES = "supervises"
#: The orders that a proceeding needs, of those that it is about, as its ledger has them.
Needs = Callable[[Others, Proceeding], Collection[int]]


@dataclass(frozen=True, slots=True)
class Watch:
    """How a kind is called where it shows an order, the column of its unit, and which of its orders it needs; without
    that all."""

    said: str
    column: str
    needs: Needs | None = None


_WATCHES: dict[str, Watch] = {}


def watched_by(
    kind: str, said: str, column: str = "unit", needs: Needs | None = None
) -> Callable[[Deed[Any]], Iterator[Follow]]:
    """`Kind.follows` of a kind whose orders are shown to the unit in its column `column`, under the words `said`."""
    _WATCHES[kind] = Watch(said, f"{column}_id", needs)
    return _followed


def require_reason(deed: Deed[Any], field: str, whom: str) -> None:
    """Refuse where the rule book in force knows no reason for which an order is shown to whoever watches over it."""
    sentence = f"现行规则包没有“督查督办”（{WATCHES}）这一开放查看的事由，不能向{whom}开放工单"
    require(_has_reason(deed), field, sentence)


def _has_reason(deed: Deed[Any]) -> bool:
    pack = deed.directory.pack_now
    return pack is not None and pack.sight.reason(WATCHES) is not None


def _followed(deed: Deed[Any]) -> Iterator[Follow]:
    """What is shown from this step on, and what no longer."""
    root, payload, is_open = deed.proceeding, deed.payload, deed.docket.is_open
    if is_open and not getattr(payload, "orders", ()) and getattr(payload, "unit", None) is None:
        return
    watch = _WATCHES[root.kind]
    unit: int | None = getattr(root, watch.column)
    legible = _legible(deed, orders_of(deed))
    mine, sights = _needed(deed, watch, legible), _sights(deed, legible)
    there = {sight.order_id for sight in sights if sight.to_unit_id == unit}
    if unit not in (None, deed.directory.root.id) and _has_reason(deed):
        said = {"reason": WATCHES, "units": [unit], "ground": f"{watch.said} {root.number}"}
        yield from (Follow("order.shown", pk, said) for pk in legible if pk in mine - there)
    # Where it goes on only its own unit may see less by this step.
    over = [sight for sight in sights if sight.to_unit_id != unit or sight.order_id not in mine]
    over = [sight for sight in over if sight.to_unit_id == unit or not is_open]
    note = f"{watch.said} {root.number} {'已重新抽取' if is_open else '已结束'}，没有其他督查督办需要查看"
    for sight in _spare(deed, over):
        yield Follow("order.hidden", sight.order_id, {"sight": sight.pk, "note": note})


def _legible(deed: Deed[Any], ids: Collection[int]) -> list[int]:
    """Those of these orders that still have their words, in the order of their ids: what was erased takes none any
    more, not even why it is shown.

    They are locked first: of two inspections that end at one moment, or one that ends while another begins, the second
    sees what the first has left."""
    others = deed.outside().others
    locked = Order.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    erased = dict(locked.values_list("pk", "erased_at"))
    for pk, docket in _in_hand(others, ids):
        erased[pk] = docket.order.erased_at
        others.lean(deed.proceeding.pk, pk)
    return sorted(pk for pk, at in erased.items() if at is None)


def _in_hand(others: Others, ids: Iterable[int]) -> list[tuple[int, OrderDocket]]:
    return [(pk, docket) for pk in ids if isinstance(docket := others.dockets.get(pk), OrderDocket)]


def _needed(deed: Deed[Any], watch: Watch, ids: Collection[int]) -> set[int]:
    """Which of its orders the proceeding of this deed needs from now on."""
    if not deed.docket.is_open:
        return set()
    # Its ledger has this very step not yet: what it needs of them stands in the payload.
    return {*ids} if watch.needs is None else {*deed.payload.orders}


def _sights(deed: Deed[Any], ids: Collection[int]) -> list[Sight]:
    """By which whole units see these orders as who watches over them, as they stand in this batch."""
    here = _in_hand(deed.outside().others, ids)
    rest = {*ids} - {pk for pk, _ in here}
    found = [*Sight.objects.filter(order__in=rest, reason=WATCHES, until=None)]
    found += [sight for _, docket in here for sight in docket.sights() if sight.reason == WATCHES]
    mine = (sight for sight in found if sight.to_unit_id is not None and not sight.to_role)
    return sorted(mine, key=lambda sight: (sight.order_id, sight.pk))


def _spare(deed: Deed[Any], sights: Collection[Sight]) -> list[Sight]:
    """Those of them that followed from a proceeding, and that none which is open needs any more."""
    found = _by_themselves(deed.outside().others, sights) if sights else []
    needed = {*_elsewhere(deed, {sight.order_id for sight in found})} if found else set()
    return [sight for sight in found if (sight.order_id, sight.to_unit_id) not in needed]


def _by_themselves(others: Others, sights: Iterable[Sight]) -> list[Sight]:
    """Those that no person has opened."""
    made = {(sight.order_id, sight.made_entry): sight for sight in sights}
    stored = Entry.objects.filter(order__in={order for order, _ in made}, action="order.shown", post_role="system")
    here = (entry for order, _ in made for entry in others.entries.get(order, ()) if entry.post_role == "system")
    system = {*stored.values_list("order", "number"), *((entry.order_id, entry.number) for entry in here)}
    return [sight for key, sight in made.items() if key in system]


def _elsewhere(deed: Deed[Any], orders: Collection[int]) -> Iterator[tuple[int, int | None]]:
    """Each of these orders with a unit to which another open proceeding shows it, as they stand in this batch."""
    others, own = deed.outside().others, deed.proceeding.pk
    here = {pk: docket for pk, docket in others.dockets.items() if isinstance(docket, Docket)}
    for pk, docket in here.items():
        if docket.root.kind in _WATCHES and pk not in (own, *others.spoilt) and {*docket.orders()} & {*orders}:
            others.lean(own, pk)
            if docket.is_open:
                yield from _pairs(others, docket.root, docket.orders())
    about = About.objects.filter(role="subject", until=None, to_order__in=orders, proceeding__kind__in=_WATCHES)
    running = about.filter(proceeding__ended_at=None).exclude(proceeding__in=[own, *here])
    spoken: dict[int, list[int]] = {}
    for pk, order in running.values_list("proceeding", "to_order"):
        spoken.setdefault(pk, []).append(order)
    for pk, root in Proceeding.objects.in_bulk(spoken).items():
        yield from _pairs(others, root, spoken[pk])


def _pairs(others: Others, root: Proceeding, ids: Iterable[int]) -> Iterator[tuple[int, int | None]]:
    watch = _WATCHES[root.kind]
    needs = watch.needs(others, root) if watch.needs is not None else ids
    yield from ((pk, getattr(root, watch.column)) for pk in ids if pk in needs)
