"""What the list of a kind shows besides, as a ledger does: of which orders, and what its steps said last
(`kinds.Kind.listed`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lianxin.ledger.models import Entry
from lianxin.orders.reach import not_of, readers
from lianxin.proceedings import kinds
from lianxin.proceedings.kinds import Kind
from lianxin.proceedings.models import About, Proceeding

from . import unread
from .folio import Folio
from .items import Item, told
from .seats import Seat

ORDERS = "工单号"
#: So many orders are named of one; a matter may have more.
MOST = 5


def titles(code: str) -> list[str]:
    """The headings of what the list of this kind shows besides; none for "" and for most kinds."""
    kind = kinds.find(code) if code else None
    return [ORDERS, *(item.title for item in _items(kind).values())] if kind is not None and kind.listed else []


def said(seat: Seat, code: str, rows: Sequence[Proceeding]) -> dict[int, list[str]]:
    """What stands under those headings, by proceeding: two statements for all of them."""
    if not titles(code):
        return {}
    items = _items(kind := kinds.find(code))
    actions = [kind.action(step) for step in kind.steps if items.keys() & step.payload.model_fields.keys()]
    folios, hidden = {row.pk: Folio(seat, row) for row in rows}, unread.hidden(seat, rows)
    found: dict[int, dict[str, str]] = {pk: dict.fromkeys(items, "") for pk in folios}
    entries = Entry.objects.filter(proceeding__in=folios, action__in=actions).select_related("enclosure")
    for entry in entries.order_by("proceeding", "number"):
        pk = entry.proceeding_id or 0
        payload: Any = unread.read(kind, entry, hidden.get(pk, {}))
        found[pk] |= {
            name: folios[pk].shown(item, getattr(payload, name))
            for name, item in items.items()
            if payload is not None and name in type(payload).model_fields
        }
    numbers = _numbers(seat, list(folios))
    return {pk: [numbers.get(pk, ""), *texts.values()] for pk, texts in found.items()}


def _items(kind: Kind) -> dict[str, Item]:
    """Its listed fields as some step asks for them, in the order of the list."""
    asked = {item.name: item for step in kind.steps for item in told(step.payload)}
    return {name: asked[name] for name in kind.listed}


def _numbers(seat: Seat, rows: Sequence[int]) -> dict[int, str]:
    free = not_of(seat.directory.centre_id, readers(seat.staff.pk), "to_order")
    spoken = About.objects.filter(free, proceeding__in=rows, role="subject", until=None, to_order__isnull=False)
    found: dict[int, list[str]] = {}
    for pk, number in spoken.order_by("pk").values_list("proceeding", "to_order__number"):
        found.setdefault(pk or 0, []).append(number)
    return {
        pk: "、".join(each[:MOST]) + (f" 等 {len(each)} 件" if len(each) > MOST else "") for pk, each in found.items()
    }
