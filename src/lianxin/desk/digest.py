"""What a weekly digest holds (B16), and a leader's copy of it (B17): how many orders, which, and why they are in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, QuerySet

from lianxin.duties.digest import TITLES
from lianxin.orders.models import Order, Share
from lianxin.orders.reach import not_of, readers
from lianxin.proceedings.models import About
from lianxin.rules.lifecycle import ORDER_TITLES

from . import clocks
from .campaign import Number
from .folio import Folio

#: So many of its orders stand on the page.
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One order, no more of it than its progress: whoever gets the digest need not see the order."""

    number: str
    category: str
    unit: str
    state: str
    due: str
    triggers: str


class Digest:
    """A digest as this seat sees it: the whole list with a copy too, since that is what was reported."""

    def __init__(self, folio: Folio, digest: int) -> None:
        self.folio, self.digest = folio, digest

    @property
    def _abouts(self) -> QuerySet[About]:
        return About.objects.filter(proceeding=self.digest, role__in=TITLES)

    @cached_property
    def counts(self) -> dict[str, int]:
        return dict(self._abouts.order_by().values_list("role").annotate(n=Count("pk")).values_list("role", "n"))

    @property
    def numbers(self) -> list[Number]:
        # Whoever is given a copy sees its lines; the lists of orders are the centre's.
        url = self.folio.url if self.folio.kind.code == "digest" else ""
        links = {of: f"{url}orders/?{urlencode({'of': of})}" if url else "" for of in TITLES}
        return [Number(title, self.counts.get(of, 0), links[of]) for of, title in TITLES.items()]

    @cached_property
    def whole(self) -> int:
        """How many orders, each once."""
        return self._abouts.order_by().values("to_order").distinct().count()

    @cached_property
    def lines(self) -> list[Line]:
        """The first of them."""
        grouped = self._abouts.order_by("to_order").values_list("to_order").annotate(roles=ArrayAgg("role"))
        roles = dict(grouped[:MOST_LINES])
        seat = self.folio.seat
        orders = Order.objects.filter(not_of(seat.directory.centre_id, readers(seat.staff.pk))).in_bulk(roles)
        leads = Share.objects.filter(order__in=orders, depth=0).exclude(role="assist").order_by("pk")
        units = dict(leads.values_list("order", "unit"))
        return [self._line(orders[pk], units.get(pk), roles[pk]) for pk in roles if pk in orders]

    def _line(self, order: Order, unit: int | None, roles: Iterable[str]) -> Line:
        directory, seat = self.folio.seat.directory, self.folio.seat
        category = directory.categories.get(order.category_id or 0)
        line = directory.units.get(unit or 0)
        return Line(
            number=order.number,
            category=category.title if category else "",
            unit=(line.short_name or line.name) if line else "",
            state=ORDER_TITLES.get(order.state, order.state),
            due=clocks.due_words(order.due_at, seat.now) if order.due_at else "",
            triggers="、".join(title for of, title in TITLES.items() if of in roles),
        )


def draw(folio: Folio) -> Digest | None:
    """The block."""
    if folio.kind.code == "digest":
        return Digest(folio, folio.proceeding.pk)
    of = About.objects.filter(proceeding=folio.proceeding, to_proceeding__isnull=False).first()
    return Digest(folio, of.to_proceeding_id) if of is not None and of.to_proceeding_id else None


def behind(folio: Folio, of: str, unit: str) -> tuple[str, Iterable[int]]:
    """The orders of one trigger.  Raises KeyError for what is none, and for a copy."""
    if folio.kind.code != "digest":
        raise KeyError(of)
    ids = About.objects.filter(proceeding=folio.proceeding, role=of, to_order__isnull=False)
    return TITLES[of], ids.values_list("to_order", flat=True)
