"""What the book tells of packs when a centre adopts another (directory.adoption): which orders stand under which, and
how many running ones have a code.  Only open orders are read, by the index of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Count

from lianxin.directory import adoption
from lianxin.directory.models import Centre
from lianxin.ledger.models import Task
from lianxin.rules.worktime import SHANGHAI, end_of_day

from .models import Order, Share, Sight
from .models.order import OPEN_STATES
from .models.share import RUNNING_STATES

ORDERS = "在办工单"


class Book(adoption.Book):
    """The orders of this installation."""

    def running(self, centre: Centre) -> Mapping[str, int]:
        return _counted(centre, "pack")

    def registered(self, centre: Centre, first: date, last: date) -> int:
        begin = datetime.combine(first, datetime.min.time(), SHANGHAI)
        found = Order.objects.filter(centre=centre, registered_at__gte=begin, registered_at__lt=end_of_day(last))
        return found.count()


adoption.BOOK[0] = Book()


def _counted(centre: Centre, column: str) -> Mapping[str, int]:
    found = Order.objects.filter(centre=centre, state__in=OPEN_STATES).order_by()
    return dict(found.values_list(column).annotate(number=Count("pk")))


@adoption.uses("class", ORDERS, own=True)
def classes(centre: Centre) -> Mapping[str, int]:
    """Running orders by class."""
    return _counted(centre, "cls")


@adoption.uses("source", ORDERS, own=True)
def sources(centre: Centre) -> Mapping[str, int]:
    """Running orders by source."""
    return _counted(centre, "source")


@adoption.uses("basis.allowed", "在办承办件", own=True)
def bases(centre: Centre) -> Mapping[str, int]:
    """Running shares by the basis of their dispatch."""
    found = Share.objects.filter(order__centre=centre, order__state__in=OPEN_STATES, state__in=RUNNING_STATES)
    return dict(found.order_by().values_list("basis").annotate(number=Count("pk")))


@adoption.uses("petition.return.reasons", "待审定的退单申请", own=True)
def return_reasons(centre: Centre) -> Mapping[str, int]:
    """Petitions for return that are to be decided, by their reason."""
    found = Task.objects.filter(order__centre=centre, kind="return", done_at=None)
    return dict(found.order_by().values_list("reason").annotate(number=Count("pk")))


@adoption.uses("sight.reasons", "查看授权", own=False)
def sight_reasons(centre: Centre) -> Mapping[str, int]:
    """Running sights of orders that are not closed, by their reason."""
    found = Sight.objects.filter(order__centre=centre, order__state__in=OPEN_STATES, until=None)
    return dict(found.order_by().values_list("reason").annotate(number=Count("pk")))


@adoption.uses("caller.flags", ORDERS, own=False)
def caller_flags(centre: Centre) -> Mapping[str, int]:
    """Running orders by what their caller is marked with."""
    found = Order.objects.filter(centre=centre, state__in=OPEN_STATES).exclude(caller_flags=[])
    return Counter(code for codes in found.values_list("caller_flags", flat=True) for code in codes)


@adoption.uses("label", ORDERS, own=True)
def labels(centre: Centre) -> Mapping[str, int]:
    """Running orders by what they are labelled with."""
    found = Order.objects.filter(centre=centre, state__in=OPEN_STATES).exclude(labels=[])
    return Counter(code for codes in found.values_list("labels", flat=True) for code in codes)
