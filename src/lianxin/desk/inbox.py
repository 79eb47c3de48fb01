"""A person's notices: what became his, what is due or late, what others did to it and how it came out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from lianxin.ledger.models import Clock, Entry, Notice
from lianxin.orders.models import Order, Share
from lianxin.orders.timeline import Timeline
from lianxin.proceedings import kinds
from lianxin.rules import lifecycle
from lianxin.rules.policy import PolicyError

from .clocks import moment
from .folio import Folio
from .seats import Seat

#: So many are shown on one's own page, and so many under the bell; reading them makes room for the next.
SHOWN = 50
LATEST = 8
#: A notice is a line, not the text itself.
_LONG = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as the page shows it: `what` is the verb, `words` how it came out and why, `by` who did it."""

    what: str
    words: str
    by: str
    at: str
    number: str
    title: str
    url: str
    unsure: bool


def unread(seat: Seat) -> QuerySet[Notice]:
    """The person's unread notices about orders and proceedings that he may still see, newest first."""
    mine = Notice.objects.filter(seat.of_visible_root, staff=seat.staff, read_at=None)
    return mine.order_by("-made_at", "-pk")


def lines(seat: Seat, most: int = SHOWN) -> list[Line]:
    """The newest of them; three statements however many there are."""
    related = ("order__appeal", "proceeding__wording", "entry__enclosure")
    found: list[Any] = list(unread(seat).annotate(whole=seat.whole_there).select_related(*related)[:most])
    orders = {notice.order_id for notice in found if notice.order_id is not None}
    shares: dict[int, dict[int, Share]] = defaultdict(dict)
    clocks: dict[int, dict[int, Clock]] = defaultdict(dict)
    if orders:
        for share in Share.objects.filter(order__in=orders):
            shares[share.order_id][share.pk] = share
        for clock in Clock.objects.filter(order__in=orders):
            clocks[clock.root_id][clock.pk] = clock
    return [
        _of_proceeding(seat, notice)
        if notice.order is None
        else _line(seat, notice, notice.order, shares[notice.order.pk], clocks[notice.order.pk])
        if notice.whole
        else _through_sight(notice, notice.order)
        for notice in found
    ]


def _of_proceeding(seat: Seat, notice: Notice) -> Line:
    assert notice.proceeding is not None
    folio = Folio(seat, notice.proceeding)
    return Line(
        what=f"{folio.kind.title}：{kinds.row(notice.kind).title}",
        words="",
        by=folio.actor(notice.entry),
        at=moment(notice.made_at),
        number=notice.proceeding.number,
        title=folio.title,
        url=folio.url,
        unsure=notice.state in ("failed", "unknown"),
    )


def _line(seat: Seat, notice: Notice, order: Order, shares: dict[int, Share], clocks: dict[int, Clock]) -> Line:
    told = _told(seat, order.pack, [notice.entry], shares, clocks)
    title = lifecycle.find(notice.kind).title
    return Line(
        what=title,
        words=told[0],
        by=told[1],
        at=moment(notice.made_at),
        number=order.number,
        title=order.appeal.title,
        url=reverse("desk:order", args=[order.number]),
        unsure=notice.state in ("failed", "unknown"),
    )


def _through_sight(notice: Notice, order: Order) -> Line:
    """Of an order that is only shown to the person: which, and what was done; how much more he sees its page says."""
    return Line(
        what=lifecycle.find(notice.kind).title,
        words="",
        by="",
        at=moment(notice.made_at),
        number=order.number,
        title="向您开放查看的工单",
        url=reverse("desk:order", args=[order.number]),
        unsure=notice.state in ("failed", "unknown"),
    )


def _told(
    seat: Seat, pack: str, entries: Sequence[Entry], shares: dict[int, Share], clocks: dict[int, Clock]
) -> tuple[str, str]:
    """What the timeline says of the entry, in one line; nothing where the order's pack cannot be read."""
    try:
        timeline: Any = Timeline(seat.directory, seat.directory.find_pack(pack), shares, clocks)
    except PolicyError:
        return "", ""
    (line,) = timeline.lines(entries)
    quote = " ".join(line.quote.split())
    quote = f"{quote[:_LONG]}……" if len(quote) > _LONG else quote
    return "：".join(part for part in (line.what, quote) if part), line.actor


def read_all(seat: Seat, until: datetime) -> int:
    """Mark as read what was there at `until`; what came since the page was drawn stays.  Returns how many."""
    return Notice.objects.filter(staff=seat.staff, read_at=None, made_at__lte=until).update(read_at=seat.now)
