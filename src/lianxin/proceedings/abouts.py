"""What payloads of proceedings say of orders, units and people: the fields, and how the ledger fills them in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, StaffId, UnitId, widget
from lianxin.orders.docket import Docket as OrderDocket
from lianxin.orders.models import Order
from lianxin.orders.reach import SEES_CENTRE
from lianxin.orders.recusal import recused

from .deed import Deed

#: At most so many at once: more is a campaign, whose orders say so themselves.
MOST = 200
Title = Annotated[str, Private, Field(title="标题", min_length=2, max_length=120)]
#: What it is about, in words.
Text = Annotated[str, Private, Field(title="内容", min_length=5, max_length=4000, json_schema_extra=widget("textarea"))]
Due = Annotated[Instant, Field(title="时限")]
Units = Annotated[tuple[UnitId, ...], Field(max_length=MOST, json_schema_extra=widget("units"))]
People = Annotated[tuple[StaffId, ...], Field(max_length=MOST, json_schema_extra=widget("people"))]
_BETWEEN = re.compile(r"[\s,，、;；]+")


def _apart(value: Any) -> Any:
    """Numbers as they are pasted: several in one field, out of a sheet or a sentence."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return value
    return [number for each in value for number in _BETWEEN.split(each) if number]


#: The numbers of orders; the ledger keeps their ids in `orders`.
Numbers = Annotated[
    tuple[str, ...], Field(max_length=MOST, json_schema_extra=widget("numbers")), BeforeValidator(_apart)
]
#: Roles of what payload fields name.
ROLE = {
    **dict.fromkeys(("orders", "about", "inspected"), "subject"),
    "units": "called",
    "people": "member",
    "absent": "absent",
}
#: What a field of this name names; its role is its name, but for those above.
_COLUMN = {
    **dict.fromkeys(("orders", "unhappy", "undone", "repeated"), "to_order_id"),
    "units": "to_unit_id",
    "people": "to_person_id",
    "absent": "to_unit_id",
    "inspected": "to_unit_id",
    "about": "to_proceeding_id",
}


class OfOrders(Payload):
    """About orders, by their numbers."""

    numbers: Numbers = Field((), title="涉及工单")
    #: filled in by the ledger
    orders: tuple[int, ...] = Field((), json_schema_extra=widget("none"))


def resolved(deed: Deed[Any]) -> dict[str, Any]:
    """What the ledger fills in: the ids of the orders that are named.  Raises `Refused` for one that is not there, or
    that the actor may not see."""
    payload = deed.payload
    if not isinstance(payload, OfOrders):
        return {}
    numbers = tuple(dict.fromkeys(number.strip() for number in payload.numbers if number.strip()))
    known = _known(deed, numbers)
    missing = [number for number in numbers if number not in known]
    require(not missing, "numbers", f"没有这个工单号：{'、'.join(missing[:5])}")
    return {"numbers": numbers, "orders": tuple(known[number] for number in numbers)}


def _known(deed: Deed[Any], numbers: tuple[str, ...]) -> dict[str, int]:
    """The ids by number, of those that the actor may see: in this batch, or in the tables."""
    centre, actor = deed.proceeding.centre_id, deed.actor
    here = deed.outside().others
    found = {
        docket.order.number: pk
        for pk, docket in here.dockets.items()
        if isinstance(docket, OrderDocket)
        and docket.order.centre_id == centre
        and pk not in here.spoilt
        # Nobody names an order that complains of him (C64).
        and actor.staff not in recused(docket.order)
    }
    if actor.role != "system":
        assert actor.unit is not None
        visible = Order.objects.in_reach(centre, [(actor.role, actor.unit)], actor.staff, deed.directory)
    else:
        visible = Order.objects.filter(centre=centre)
    stored = dict(visible.filter(number__in=numbers).values_list("number", "pk"))
    if actor.role in SEES_CENTRE or actor.role == "system":
        stored |= {number: pk for number, pk in found.items() if number in numbers}
    for pk in stored.values():
        if pk in here.dockets:
            here.lean(deed.proceeding.pk, pk)
    return stored


def check(deed: Deed[Any]) -> None:
    """Units that are in use, people who serve somewhere in the centre."""
    for unit in getattr(deed.payload, "units", ()):
        line = deed.directory.units.get(unit)
        require(line is not None and line.active, "units", "有的单位已停用，请从列表中选择")
    for person in getattr(deed.payload, "people", ()):
        who = deed.directory.staff.get(person)
        require(who is not None and who.active, "people", "有的人员已停用，请从列表中选择")


def speak(deed: Deed[Any]) -> None:
    """An `About` for each order, unit and person that the payload names."""
    for name, column in _COLUMN.items():
        named = getattr(deed.payload, name, ())
        for pk in dict.fromkeys(named if isinstance(named, tuple) else (named,)):
            deed.docket.speak_of(ROLE.get(name, name), deed.entry_number, deed.at, **{column: pk})


def called(deed: Deed[Any]) -> Iterator[int | None]:
    """Whom the payload calls: people themselves, of units whoever holds their clerk's post."""
    yield from getattr(deed.payload, "people", ())
    for unit in getattr(deed.payload, "units", ()):
        yield from clerks(deed, unit)


def clerks(deed: Deed[Any], unit: int | None) -> Iterator[int | None]:
    """Who holds the clerk's post of this unit, if any."""
    for post in deed.directory.posts_at(unit, "clerk") if unit is not None else ():
        yield deed.directory.holder(post.id, deed.at)
