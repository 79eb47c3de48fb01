"""What a page shows of an order that is only shown to somebody (`orders.sights`): nothing else is taken from it.

Progress: number, category, units and how far they are, limits.  Text: the words too, masked.  Files: those too.  The
caller only where the sight gives him, and then masked as for everybody.  Each opening is a line of the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lianxin.directory import ciphers
from lianxin.directory.roles import Role
from lianxin.ledger import journal
from lianxin.ledger.models import Attachment
from lianxin.orders import reach
from lianxin.orders.models import Order, Share, Sight
from lianxin.orders.sights import View, veiled, view
from lianxin.orders.timeline import Timeline, day_title
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import ORDER_TITLES, SHARE_TITLES
from lianxin.rules.worktime import SHANGHAI

from . import clocks
from .clocks import Chip
from .dossier import Dossier
from .seats import Seat

#: Every opening of an order, and of a file, through a sight.
OPENED = "sight.opened"
#: So many orders stand on a page of what is shown to somebody.
PAGE = 50
#: What is quoted of the ledger where words are shown: what was asked, answered and said of it, nothing about people.
_QUOTED = frozenset(
    {
        "order.registered",
        "order.supplemented",
        "order.answered",
        "order.redirected",
        "order.dispatched",
        "order.rehandled",
        "order.closed",
        "order.opinion",
        "share.contacted",
        "share.progressed",
        "share.opined",
        "share.replied",
        "callback.recorded",
        "callback.led",
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """One unit's share: who, as what, how far, and its limit."""

    unit: str
    role: str
    state: str
    chip: Chip | None


@dataclass(frozen=True, slots=True)
class Told:
    """One entry that is shown: his own, or where words are shown what was said of it."""

    day: str
    at: Any
    actor: str
    what: str
    quote: str
    files: Sequence[Attachment]


@dataclass(frozen=True, slots=True)
class Line:
    """An order in a list of what is shown to somebody; without words where none are shown."""

    number: str
    state: str
    category: str
    unit: str
    due: str
    title: str
    extent: str


class Glimpse:
    """One order through a sight."""

    def __init__(self, dossier: Dossier, seen: View) -> None:
        self._dossier, self._seen = dossier, seen
        self.number = dossier.order.number
        self.state = dossier.state_title
        self.category = dossier.category or "未分类"
        self.extent = extent(dossier.seat, seen)
        self.words = seen.text
        caller = dossier.order.caller
        self._name = ciphers.decrypt(caller.name) if caller.name else ""

    def _veiled(self, text: str) -> str:
        return veiled(text, self._name) if self._seen.text else ""

    @property
    def title(self) -> str:
        return self._veiled(self._dossier.order.appeal.title)

    @property
    def text(self) -> str:
        return self._veiled(self._dossier.order.appeal.text)

    @property
    def place(self) -> str:
        return self._veiled(self._dossier.place) if self._seen.text else ""

    @property
    def requests(self) -> list[str]:
        return [self._veiled(text) for text in self._dossier.order.appeal.requests] if self._seen.text else []

    @property
    def caller(self) -> str:
        """Name and number, masked; nothing where the sight does not give the caller."""
        if not self._seen.caller:
            return ""
        return f"{self._dossier.caller_name} {self._dossier.caller_phone}".strip() or "未留姓名、电话"

    @property
    def parts(self) -> list[Part]:
        """The shares of the present round."""
        return [
            Part(node.unit, node.share.role_title, SHARE_TITLES[node.share.state], node.chip)
            for node in self._dossier.current
        ]

    @property
    def told(self) -> list[Told]:
        """What was said, newest first: where only the progress is shown, what he has said himself."""
        dossier, me = self._dossier, self._dossier.seat.staff.pk
        own = {entry.number for entry in dossier.entries if entry.staff_id == me}
        shares = {share.pk: share for share in dossier.shares}
        files = dossier.files if self._seen.files else {}
        timeline = Timeline(dossier.directory, dossier.pack, shares, {c.pk: c for c in dossier.clocks}, files)
        today, found = dossier.seat.now.astimezone(SHANGHAI).date(), []
        for line in reversed(timeline.lines(dossier.entries)):
            mine, quoted = line.number in own, line.action in _QUOTED
            if not mine and not (quoted and self._seen.text):
                continue
            what = veiled(line.what, self._name) if quoted else lifecycle.find(line.action).title
            quote = line.quote if mine else self._veiled(line.quote)
            day = day_title(line.at.astimezone(SHANGHAI).date(), today)
            found.append(Told(day, line.at, line.actor, what, quote, line.files if self._seen.files else ()))
        return found


def extent(seat: Seat, seen: View) -> str:
    """`代表委员，进度`: why and how much."""
    pack = seat.directory.pack_now
    much = "内容和附件" if seen.files else "内容" if seen.text else "进度"
    return f"{pack.sight.title(seen.reason) if pack else seen.reason}，{much}"


def note(seat: Seat, order: Order, seen: View, what: str = "order") -> None:
    """Each opening through a sight stands in the journal: who, which order, by which sight, and what of it."""
    payload = {"order": order.number, "sight": seen.sight, "reason": seen.reason, "post": seat.post.id, "what": what}
    journal.write(seat.directory.centre_id, OPENED, at=seat.now, staff=seat.staff.pk, payload=payload)


def shown_to(dossier: Dossier) -> list[tuple[int, str, str]]:
    """(id, to whom, how much and why) of each running sight of an order."""
    pack = dossier.directory.pack_now
    return [
        (
            sight.pk,
            _holder(dossier, sight),
            f"{sight.get_what_display()}{'、诉求人' if sight.caller else ''}，"
            f"{pack.sight.title(sight.reason) if pack else sight.reason}",
        )
        for sight in dossier.sights
    ]


def _holder(dossier: Dossier, sight: Sight) -> str:
    if sight.to_person_id is not None:
        return dossier.person_name(sight.to_person_id)
    return f"{dossier.unit_name(sight.to_unit_id)}{str(Role(sight.to_role).label) if sight.to_role else ''}"


def newest(seat: Seat, before: int | None = None) -> tuple[list[Line], int | None]:
    """A page of what is shown to the person, newest order first, and before which order the next page begins."""
    ids = reach.shown_first(seat.held, seat.staff.pk, PAGE + 1, before)
    more = ids[PAGE - 1] if len(ids) > PAGE else None
    return lines(seat, ids[:PAGE]), more


def numbered(seat: Seat, number: str) -> list[Line]:
    """The order of that number, where it is shown to the person and he does not see it whole."""
    found: list[Any] = list(seat.lookable.filter(number=number))
    return lines(seat, [order.pk for order in found if not order.whole])


def lines(seat: Seat, ids: Sequence[int]) -> list[Line]:
    """These orders as far as they are shown to the person; three statements however many there are."""
    free = reach.not_of(seat.directory.centre_id, reach.readers(seat.staff.pk))
    orders = Order.objects.filter(free, pk__in=ids).select_related("appeal", "caller").in_bulk() if ids else {}
    sights: dict[int, list[Sight]] = {}
    for sight in Sight.objects.filter(reach.running(seat.held, seat.staff.pk), order__in=list(orders)):
        sights.setdefault(sight.order_id, []).append(sight)
    leads = Share.objects.filter(order__in=list(orders), depth=0).exclude(role="assist").order_by("pk")
    units = {share.order_id: share.unit_id for share in leads}
    found = ((orders[pk], view(orders[pk], sights.get(pk, ()))) for pk in ids if pk in orders)
    return [_line(seat, order, seen, units.get(order.pk)) for order, seen in found if seen is not None]


def _line(seat: Seat, order: Order, seen: View, unit: int | None) -> Line:
    category = seat.directory.categories.get(order.category_id or 0)
    name = ciphers.decrypt(order.caller.name) if order.caller.name else ""
    return Line(
        number=order.number,
        state=ORDER_TITLES[order.state],
        category=category.title if category else "未分类",
        unit=seat.names(unit, None) if unit else "",
        due=clocks.due_words(order.due_at, seat.now) if order.due_at and order.is_open else "",
        title=veiled(order.appeal.title, name) if seen.text else "",
        extent=extent(seat, seen),
    )
