"""A document drawn up from a proceeding by the step that issues it, and what it quotes of orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.verbs import Follow
from lianxin.orders.docket import Docket as OrderDocket
from lianxin.orders.models import Appeal, Order
from lianxin.orders.telephones import hidden_in
from lianxin.rules.worktime import show_due

from .deed import Deed
from .kinds import Kind
from .papers import PARAGRAPH, QUOTES, SUBTITLE, Line, Paper

_WORDS = ("title", "text")


def drawn_up(deed: Deed[Any], kind: Kind, paper: Paper) -> tuple[Line, ...]:
    """The lines of the document, as they are issued now.  An issued document is never drawn up again."""
    lines = paper.written({**_values(deed, kind), **paper.more(deed)})
    return lines if orders_of(deed) else _without_orders(lines)


def _without_orders(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The same of what is about no order: nothing is quoted, and no heading stands over nothing."""
    kept = [line for line in lines if line[0] != QUOTES]
    after = [*(kind for kind, _ in kept[1:]), ""]
    return tuple(
        line for line, next_kind in zip(kept, after, strict=True) if line[0] != SUBTITLE or next_kind == PARAGRAPH
    )


def _values(deed: Deed[Any], kind: Kind) -> dict[str, str]:
    """What stands in the braces: of the payload, else of the proceeding."""
    root, payload, directory = deed.proceeding, deed.payload, deed.directory
    said = {name: text for name in type(payload).model_fields if isinstance(text := getattr(payload, name), str)}
    if root.head_number:
        words = deed.docket.said()
        said = {name: getattr(words, name) for name in _WORDS} | {k: v for k, v in said.items() if v}
    unit: int | None = getattr(payload, "unit", None) or root.unit_id
    due = getattr(payload, "due", None) or root.due_at
    people = [directory.staff[pk].name for pk in getattr(payload, "people", ()) if pk in directory.staff]
    return said | {
        "number": root.number,
        "kind": kind.title,
        "unit": directory.units[unit].name if unit is not None and unit in directory.units else "",
        "due": show_due(due) if due else "",
        "units": named_units(directory, getattr(payload, "units", ())),
        "absent": named_units(directory, getattr(payload, "absent", ())),
        "people": "、".join(people),
        "centre": directory.root.name,
    }


def named_units(directory: Snapshot, units: Iterable[int]) -> str:
    """Their names, as a sentence has them."""
    return "、".join(directory.units[pk].name for pk in units if pk in directory.units)


def orders_of(deed: Deed[Any]) -> tuple[int, ...]:
    """The ids of the orders that the proceeding is about, with this act."""
    return tuple(dict.fromkeys((*deed.docket.orders(), *getattr(deed.payload, "orders", ()))))


def quoted(deed: Deed[Any]) -> Iterator[Follow]:
    """What an order says, as the document quotes it, goes into the order's own ledger: erased when the order is."""
    # In the order of their ids: two documents at once that quote the same orders do not wait for each other.
    ids, here = sorted(orders_of(deed)), deed.outside().others.dockets
    stored = Order.objects.filter(pk__in=[pk for pk in ids if pk not in here]).select_related("appeal").in_bulk()
    for pk in ids:
        docket = here.get(pk)
        order, appeal = (docket.order, docket.words()) if isinstance(docket, OrderDocket) else _of(stored[pk])
        if order.erased_at is None:
            mine = {"proceeding": deed.proceeding.pk, "number": deed.proceeding.number, "entry": deed.entry_number}
            words = {"title": appeal.title, "text": hidden_in(appeal.text)}
            yield Follow("order.quoted", pk, mine | words)


def _of(order: Order) -> tuple[Order, Appeal]:
    return order, order.appeal
