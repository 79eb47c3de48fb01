"""Repeats on the page of their main order: who handles the one sees what the others ask."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from lianxin.ledger.models import Attachment
from lianxin.orders import callers
from lianxin.orders.models import Order
from lianxin.orders.repeats import waiting
from lianxin.rules.worktime import show_due

from .seats import Seat


@dataclass(frozen=True, slots=True)
class Repeated:
    """One repeat on the page of its main order: the order, its caller (masked), and how many files it has."""

    order: Order
    caller: str
    files: int

    @property
    def requests(self) -> list[str]:
        return list(self.order.appeal.requests)

    @property
    def url(self) -> str:
        return reverse("desk:order", args=[self.order.number])

    @property
    def due(self) -> str:
        """Its own platform's limit, `""` if it has none."""
        return show_due(self.order.upstream_due) if self.order.upstream_due else ""


def waiting_at(seat: Seat, main: Order) -> list[Repeated]:
    """What was merged into this order and waits for its answer."""
    orders = [repeat["order"] for repeat in waiting(main)]
    if not orders:
        return []
    found = seat.openable.filter(pk__in=orders).select_related("appeal", "caller").order_by("pk")
    counted = Attachment.objects.filter(order__in=orders).values_list("order").annotate(n=Count("pk"))
    files = dict(counted.values_list("order", "n"))
    return [Repeated(order, _asker(seat, order), files.get(order.pk, 0)) for order in found]


def _asker(seat: Seat, order: Order) -> str:
    """The caller of a repeat, masked; nobody where he asked for confidentiality and a unit looks."""
    if order.confidential and seat.in_unit:
        return "要求保密"
    return f"{callers.masked_name(order.caller.name)} {callers.masked_phone(order.caller.phone)}".strip()
