"""Recusal (回避): whom an order complains of has nothing to do with it (C64).

Source: C64 (负责热点、难点及对执法人员投诉事项的督察督办).  A person who is complained of sees nothing of the order, by
whichever of his posts, takes no act on it, is told nothing and answers for none of it; the unit in which he serves does
not have it alone.  Who sees it: `reach`; who acts: `access`; who answers instead: `holders`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Refused
from lianxin.ledger.verbs import Follow
from lianxin.rules.serving import serves

serves("C64")

#: The act by which somebody is named.
RECUSED = "order.recused"
#: So many people, and so many units, may be complained of at once.
MOST_NAMED = 20
ALONE = "这件工单投诉{names}，不能只由被投诉人所在的单位承办：请确定其他单位主办（或双派的另一家），被投诉的单位只协办"
BELOW = "{name}是被投诉人所在的单位，不能向其下派"
#: In which fields verbs say which unit is to have an order.
_CHOICES = ("shares", "next_unit", "unit", "role")
NOT_HIM = "这件工单投诉的就是这名人员，不能由其承办，请选择其他人员"


def recused(order: Any) -> frozenset[int]:
    """The people of whom the order complains."""
    return frozenset(order.recused or ())


def carried(order: Any, to: int) -> Iterator[Follow]:
    """What one order complains of, another one does too: a repeat and its main order stand on one page."""
    if order.recused or order.recused_units:
        said = {"people": list(order.recused or ()), "units": order.recused_for.get("units", [])}
        served = {int(who): units for who, units in order.recused_for.get("people", {}).items()}
        yield Follow(RECUSED, to, {**said, "served": served, "reason": f"与 {order.number} 并为一单"})


def sections(directory: Snapshot, order: Any) -> frozenset[int]:
    """The units that must not have the order alone: those complained of, those in which the people complained of serve
    today, and what lies below them; never the centre, which has them all."""
    units = {*(order.recused_units or ()), *(unit for person in recused(order) for unit in serving(directory, person))}
    return frozenset(below for unit in units if unit in directory.units for below in directory.within(unit))


def serving(directory: Snapshot, person: int) -> frozenset[int]:
    """The units besides the centre in which somebody serves: his own, and those of his posts."""
    line = directory.staff.get(person)
    units = {line.unit if line else None, *(post.unit for post in directory.posts_of(person))}
    return frozenset(unit for unit in units if unit and directory.serves_as(unit) not in ("centre", ""))


def require_another(deed: Any) -> None:
    """Refuse an act that leaves the order to those complained of: to their unit alone, below it, or to one of them.

    What brings it elsewhere passes, and so does what is about the order as a whole; that it lies there because they
    were named later hinders only what the unit does with its share."""
    order, directory = deed.order, deed.directory
    if not order.recused and not order.recused_units:
        return
    if deed.share is not None and deed.share.is_running and deed.share.holder_id in recused(order):
        raise Refused({"to": NOT_HIM})
    own = sections(directory, order)
    for share in deed.begun:
        if share.depth and share.unit_id in own:
            raise Refused({"unit": BELOW.format(name=directory.units[share.unit_id].name)})
    if (deed.begun or deed.share is not None) and alone(deed.docket, own):
        raise Refused({_chosen(deed.payload): ALONE.format(names=named(directory, order))})


def _chosen(payload: Any) -> str:
    """The field in which an act says who is to have it; `""` where it chooses nobody."""
    return next((name for name in _CHOICES if getattr(payload, name, None)), "")


def alone(docket: Any, own: frozenset[int]) -> bool:
    """Whether only these units answer for the order now."""
    leads = [share for share in docket.shares(running=True, depth=0) if share.role != "assist"]
    return bool(leads) and all(share.unit_id in own for share in leads)


def named(directory: Snapshot, order: Any) -> str:
    """`城管三中队、张三`: of whom the order complains, to whoever may know."""
    units = [directory.units[unit].name for unit in order.recused_units or () if unit in directory.units]
    people = [directory.staff[person].name for person in order.recused or () if person in directory.staff]
    return "、".join([*units, *people])
