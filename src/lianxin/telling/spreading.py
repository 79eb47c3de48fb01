"""From notices to deliveries: each entry once by each channel that it concerns.

Reads the one feed (`ledger.feed`); what is seen twice makes no second delivery (`one_delivery_a_channel`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from django.db.models import Q

from lianxin.directory import snapshot
from lianxin.directory.models import Channel
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import feed
from lianxin.ledger.models import Delivery, Entry, Notice
from lianxin.rules.pack import Pack
from lianxin.rules.policy import PolicyError
from lianxin.rules.worktime import Calendar

from . import timing, viewers

READER = "telling"
#: What is read of a notice.
_COLUMNS = ("order", "proceeding", "entry", "staff", "kind")


def spread(centre: int, at: datetime) -> None:
    """What was noticed in a centre since the last look is to go out by its channels."""
    directory = snapshot.of(centre)
    with suppress(LookupError, PolicyError):
        # Whom it tells, and how loud, is the centre's; so the rule book in force now says it.
        pack = directory.pack(at)
        feed.read(f"{READER}:{centre}", at, lambda since, _: _look(directory, pack, since, at))


def _look(directory: Snapshot, pack: Pack, since: datetime, at: datetime) -> None:
    channels = list(Channel.objects.filter(centre=directory.centre_id, active=True))
    if not channels or not pack.telling.events:
        return
    told = [notice for notice in _notices(directory.centre_id, since) if pack.telling.tells(notice.kind)]
    calendar = directory.calendar_at(at)
    made = [_made(calendar, pack, *pair, at) for pair in _pairs(directory, channels, told)]
    Delivery.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)


def _notices(centre: int, since: datetime) -> list[Notice]:
    """One a notice; what is played or lives on a clock of its own tells nobody outside."""
    new = Entry.objects.filter(written_at__gte=since).values("pk")
    here = Q(order__centre=centre, order__simulated=False, order__marked_clock=False)
    here |= Q(proceeding__centre=centre, proceeding__marked_clock=False)
    found = Notice.objects.filter(here, entry__in=new).select_related("order")
    # Of the order how urgent it is, no more.
    return list(found.only(*_COLUMNS, "order__urgency").order_by("pk"))


def _pairs(
    directory: Snapshot, channels: Iterable[Channel], told: Iterable[Notice]
) -> Iterator[tuple[Notice, Channel]]:
    """(notice, channel): the person's own, and those of the units for which he gets it, each entry once."""
    own: dict[int, list[Channel]] = defaultdict(list)
    groups: dict[int, list[Channel]] = defaultdict(list)
    for channel in channels:
        (own[channel.staff_id] if channel.staff_id else groups[channel.unit_id or 0]).append(channel)
    theirs: dict[int, dict[int, Notice]] = defaultdict(dict)
    for notice in told:
        yield from ((notice, channel) for channel in own.get(notice.staff_id, ()))
        for unit in _units(directory, notice.staff_id) & groups.keys():
            theirs[unit].setdefault(notice.entry_id, notice)
    for unit, entries in theirs.items():
        seen = _seen(directory, unit, entries.values())
        yield from ((notice, channel) for notice in seen for channel in groups[unit])


def _units(directory: Snapshot, person: int) -> set[int]:
    """Where somebody works: his unit, and those of his posts."""
    line = directory.staff.get(person)
    return {post.unit for post in directory.posts_of(person)} | ({line.unit} if line and line.unit else set())


def _seen(directory: Snapshot, unit: int, notices: Iterable[Notice]) -> list[Notice]:
    """Those of them that are a unit's business: who serves at two gets a notice for one of them."""
    viewer, found = viewers.of_unit(directory, unit), list(notices)
    orders = {notice.order_id for notice in found if notice.order_id}
    orders = viewer.whole(orders) | viewer.shown(orders)
    affairs = viewer.proceedings({notice.proceeding_id for notice in found if notice.proceeding_id})
    return [notice for notice in found if notice.order_id in orders or notice.proceeding_id in affairs]


def _made(calendar: Calendar, pack: Pack, notice: Notice, channel: Channel, at: datetime) -> Delivery:
    urgent = pack.telling.presses(notice.kind, notice.order.urgency if notice.order else "")
    return Delivery(
        order_id=notice.order_id,
        proceeding_id=notice.proceeding_id,
        entry_id=notice.entry_id,
        channel=channel,
        kind=notice.kind,
        urgent=urgent,
        made_at=at,
        next_at=at if urgent else timing.first(channel, at, calendar),
    )
