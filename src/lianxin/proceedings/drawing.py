"""A document drawn up from a proceeding by the step that issues it, and what it quotes of orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lianxin.ledger.verbs import Follow
from lianxin.orders.models import Order
from lianxin.orders.telephones import hidden_in
from lianxin.rules.worktime import show_due

from .deed import Deed
from .kinds import Kind
from .models import About, Wording
from .papers import Line, Paper

_WORDS = ("title", "text")


def drawn_up(deed: Deed[Any], kind: Kind, paper: Paper) -> tuple[Line, ...]:
    """The lines of the document, as they are issued now.  An issued document is never drawn up again."""
    return paper.written(_values(deed, kind))


def _values(deed: Deed[Any], kind: Kind) -> dict[str, str]:
    """What stands in the braces: of the payload, else of the proceeding."""
    root, payload, directory = deed.proceeding, deed.payload, deed.directory
    said = {name: text for name in type(payload).model_fields if isinstance(text := getattr(payload, name), str)}
    if not deed.docket.is_new:
        words = Wording.objects.get(pk=root.pk)
        said = {name: getattr(words, name) for name in _WORDS} | {k: v for k, v in said.items() if v}
    unit: int | None = getattr(payload, "unit", None) or root.unit_id
    due = getattr(payload, "due", None) or root.due_at
    units = [directory.units[pk].name for pk in getattr(payload, "units", ()) if pk in directory.units]
    people = [directory.staff[pk].name for pk in getattr(payload, "people", ()) if pk in directory.staff]
    return said | {
        "number": root.number,
        "kind": kind.title,
        "unit": directory.units[unit].name if unit is not None and unit in directory.units else "",
        "due": show_due(due) if due else "",
        "units": "、".join(units),
        "people": "、".join(people),
        "centre": directory.root.name,
    }


def orders_of(deed: Deed[Any]) -> tuple[int, ...]:
    """The ids of the orders that the proceeding is about, with this act."""
    here = tuple(getattr(deed.payload, "orders", ()))
    if deed.docket.is_new:
        return here
    stored = About.objects.filter(proceeding=deed.proceeding.pk, role="subject", until=None, to_order__isnull=False)
    return (*stored.order_by("pk").values_list("to_order", flat=True), *here)


def quoted(deed: Deed[Any]) -> Iterator[Follow]:
    """What an order says, as the document quotes it, goes into the order's own ledger: erased when the order is."""
    ids = tuple(dict.fromkeys(orders_of(deed)))
    found = Order.objects.filter(pk__in=ids, erased_at=None).select_related("appeal").in_bulk() if ids else {}
    for pk in ids:
        if pk in found:
            appeal = found[pk].appeal
            mine = {"proceeding": deed.proceeding.pk, "number": deed.proceeding.number, "entry": deed.entry_number}
            words = {"title": appeal.title, "text": hidden_in(appeal.text)}
            yield Follow("order.quoted", pk, mine | words)
