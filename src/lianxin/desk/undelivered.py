"""What did not reach the groups and mailboxes of units and people, and by which channels it was to go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from lianxin.directory.models import Channel
from lianxin.ledger.models import Delivery
from lianxin.proceedings.reach import hidden
from lianxin.telling.wording import title_of

from .clocks import moment
from .seats import Seat

#: What is listed, by the state of the delivery.
STATES: dict[str, tuple[str, Q]] = {
    "": ("全部", Q(state__in=("failed", "unknown"))),
    "failed": ("未送达", Q(state="failed")),
    "unknown": ("不明", Q(state="unknown")),
    "waiting": ("重试中", Q(state="queued") & ~Q(why="")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One of them as the page shows it; `url` is empty where this person may not open the thing."""

    id: int
    number: str
    url: str
    what: str
    owner: str
    channel: str
    at: str
    state: str
    why: str
    doubtful: bool
    again: bool


def channels(seat: Seat) -> QuerySet[Channel]:
    """The channels that this post looks after: of the centre, or of its own unit and the people there."""
    found = Channel.objects.filter(centre=seat.directory.centre_id)
    if seat.in_unit:
        found = found.filter(Q(unit=seat.post.unit) | Q(staff__unit=seat.post.unit))
    return found


def known(seat: Seat) -> QuerySet[Delivery]:
    """What was to go out by them; to a unit what it sees, to the centre nothing that its post may not know of."""
    found = Delivery.objects.filter(channel__in=channels(seat).values("pk"))
    if seat.in_unit:
        return found.filter(seat.of_visible_root)
    closed = hidden(seat.held, seat.directory)
    return found.filter(Q(proceeding=None) | ~Q(proceeding__kind__in=closed)) if closed else found


def lines(seat: Seat, rows: Iterable[Delivery]) -> list[Line]:
    """As the page shows them; two statements besides the rows themselves."""
    found = list(rows)
    open_orders = _openable(seat.visible, [row.order_id for row in found])
    open_affairs = _openable(seat.proceedings, [row.proceeding_id for row in found])
    return [_line(row, row.order_id in open_orders or row.proceeding_id in open_affairs) for row in found]


def _openable(visible: QuerySet[Any], ids: Sequence[int | None]) -> set[int]:
    wanted = {pk for pk in ids if pk}
    return set(visible.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _line(row: Delivery, openable: bool) -> Line:
    root = row.order or row.proceeding
    assert root is not None
    page = "order" if row.order_id else "proceeding"
    return Line(
        id=row.pk,
        number=root.number,
        url=reverse(f"desk:{page}", args=[root.number]) if openable else "",
        what=title_of(row.kind),
        owner=str(row.channel.owner),
        channel=f"{row.channel.get_kind_display()} {row.channel.name}",
        at=moment(row.claimed_at or row.made_at),
        state="重试中" if row.state == "queued" else row.get_state_display(),
        why=row.why,
        doubtful=row.state == "unknown",
        again=row.state in ("failed", "unknown"),
    )


def with_last(found: QuerySet[Channel]) -> QuerySet[Any]:
    """These channels, and when each was used last."""
    used = Delivery.objects.filter(channel=OuterRef("pk"), claimed_at__isnull=False).order_by("-claimed_at")
    return found.select_related("unit", "staff").annotate(last=Subquery(used.values("claimed_at")[:1]))
