"""The statements that read an order by its number, and what hangs on it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from lianxin.ledger.models import Attachment, Clock, Entry, Task
from lianxin.orders.models import Order, Share, Sight
from lianxin.proceedings.models import About, Proceeding

from .seats import Seat
from .statements import IDS, Blank, Together

#: What hangs on an order, each in the order in which it is told.
PARTS = Together(
    lambda: Share.objects.filter(order=IDS[0]).order_by("pk"),
    lambda: Clock.objects.filter(order=IDS[0]).order_by("due", "pk"),
    lambda: Task.objects.filter(order=IDS[0], done_at=None, comes_at=None).order_by("pk"),
    lambda: Entry.objects.filter(order=IDS[0]).select_related("enclosure").order_by("number"),
    lambda: Attachment.objects.filter(order=IDS[0]).order_by("pk"),
    lambda: Sight.objects.filter(order=IDS[0], until=None).order_by("pk"),
)


def same_matter(seat: Seat) -> QuerySet[Order]:
    """The newest orders of a matter that the seat may see, but for the one that is looked at."""
    found = seat.whole.filter(matter=IDS[0]).exclude(pk=IDS[1])
    return found.select_related("appeal").order_by("-pk")[:6]


def about_order(seat: Seat) -> QuerySet[Proceeding]:
    """The newest proceedings about an order, or of a matter, that the seat may see."""
    spoken = About.objects.filter(to_order=IDS[0], until=None, proceeding__isnull=False).exclude(role="quoted")
    found = seat.proceedings.filter(Q(pk__in=spoken.values("proceeding")) | Q(pk=IDS[1]))
    return found.select_related("wording").order_by("-pk")[:6]


def numbered(seat: Seat) -> QuerySet[Order]:
    """The order of a number, if the seat may open it and sees it whole: numbers are given once a centre."""
    return seat.openable.select_related("appeal", "caller").filter(number=Blank("number"))


def looked_at(seat: Seat) -> QuerySet[Order]:
    """The same, also if it is only shown to the seat: `whole` says which."""
    return seat.lookable.select_related("appeal", "caller").filter(number=Blank("number"))
