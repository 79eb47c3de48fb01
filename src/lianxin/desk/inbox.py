"""A person's notices: what became his, what is due or late, what others did to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from lianxin.orders.models import Notice
from lianxin.rules import lifecycle

from .clocks import moment
from .seats import Seat

#: So many are shown; reading them makes room for the next.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as the page shows it."""

    what: str
    at: str
    number: str
    title: str
    url: str
    unsure: bool


def unread(seat: Seat) -> QuerySet[Notice]:
    """The person's unread notices about orders that he may still see, newest first."""
    mine = Notice.objects.filter(staff=seat.staff, read_at=None, order__in=seat.visible.values("pk"))
    return mine.order_by("-made_at", "-pk")


def lines(seat: Seat) -> list[Line]:
    """The newest of them."""
    found = unread(seat).select_related("order__appeal")[:SHOWN]
    return [
        Line(
            what=lifecycle.find(notice.kind).title,
            at=moment(notice.made_at),
            number=notice.order.number,
            title=notice.order.appeal.title,
            url=reverse("desk:order", args=[notice.order.number]),
            unsure=notice.state in ("failed", "unknown"),
        )
        for notice in found
    ]


def read_all(seat: Seat, until: datetime) -> int:
    """Mark as read what was there at `until`; what came since the page was drawn stays.  Returns how many."""
    return Notice.objects.filter(staff=seat.staff, read_at=None, made_at__lte=until).update(read_at=seat.now)
