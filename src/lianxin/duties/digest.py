"""The digest of a week (B16, B17): made when the week is over, on a holiday too, and handed to each leader by himself.

Everything is counted as the book knew it when the week ended, so that whoever makes it later makes the same.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.followup.models import Callback
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry
from lianxin.orders.counting import JOINING
from lianxin.orders.models import Order, Share
from lianxin.orders.models.order import OPEN_STATES
from lianxin.proceedings.models import Proceeding
from lianxin.rules import periods
from lianxin.rules.pack import Pack
from lianxin.rules.periods import Period

from . import owed
from .everywhere import each_centre

_log = logging.getLogger(__name__)
TITLES = {"unhappy": "回访不满意", "undone": "应办未办或办理不彻底", "repeated": "同一诉求重复投诉"}
HANDLE, SENT_BACK = "handle", "share.sent_back"
#: The acts that say of which matter an order is.
OF_A_MATTER = (*JOINING, "matter.told")


def run(at: datetime) -> int:
    """Make the digest of the week that is over in every centre whose rule book has one.  Returns how many entries."""
    return each_centre(lambda centre: make(centre, at))


def make(centre: int, at: datetime) -> int:
    """The digest of the last week that is over by `at`, with its copies; what is there already is left alone."""
    directory = snapshot.of(centre)
    week = periods.of("week", periods.of("week", at).start - owed.LAST)
    pack = owed.pack_of(directory, week)
    if pack is None or not pack.digests.copies:
        return 0
    digest, made = _of_week(centre, week), 0
    if digest is None:
        made = _opened(directory, pack, week, at)
        digest = _of_week(centre, week)
    if digest is None:  # refused, which the log tells
        return made
    return made + sum(_copied(directory, pack, week, digest, place, at) for place in _missing(pack, digest))


def _of_week(centre: int, week: Period) -> Proceeding | None:
    return Proceeding.objects.filter(centre=centre, kind="digest", period=week.code).first()


def _missing(pack: Pack, digest: Proceeding) -> list[int]:
    """The places of the copies that are not there yet."""
    keys = {place: _key(digest, place) for place in range(len(pack.digests.copies))}
    sent = set(Entry.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    return [place for place, key in keys.items() if key not in sent]


def _key(digest: Proceeding, place: int) -> str:
    return f"digest:{digest.pk}:{place}"


@dataclass(frozen=True)
class Triggers:
    """The orders of a centre that a week brings into its digest, by what brings them in."""

    pack: Pack
    centre: int
    week: Period

    def all(self) -> Mapping[str, list[int]]:
        """Ids by trigger, the oldest first; each order once a trigger."""
        return {name: sorted(set(getattr(self, name)().values_list("pk", flat=True))) for name in TITLES}

    @property
    def _orders(self) -> QuerySet[Order]:
        real = Q(simulated=False) | Q(disclosed_recorded_at__gte=self.week.end)
        return Order.objects.filter(real, centre=self.centre, registered_recorded_at__lt=self.week.end)

    def unhappy(self) -> QuerySet[Order]:
        """Called back in the week by one of the layers, and not satisfied."""
        calls = Callback.objects.filter(
            layer__in=self.pack.digests.layers,
            result_satisfied=False,
            finished_at__gte=self.week.start,
            finished_at__lt=self.week.end,
            recorded_at__lt=self.week.end,
        )
        return self._orders.filter(pk__in=calls.values("order"))

    def undone(self) -> QuerySet[Order]:
        """Past its limit at the week's end without a reply that passed; or sent back in the week for that reason."""
        end = self.week.end
        # Due then by what was known then: what has been put off since was late all the same.
        known = Q(due__lt=end, known_from__lt=end) | Q(
            former__due__lt=end, former__known_from__lt=end, former__known_to__gte=end
        )
        its = Clock.objects.filter(share=OuterRef("pk"), kind=HANDLE)
        late = its.filter(known).filter(Q(ended_at=None) | Q(ended_at__gte=F("due")))
        # From what is open, or was then: whatever else is kept costs nothing.
        then = self._orders.filter(Q(state__in=OPEN_STATES) | Q(closed_at__gte=end))
        shares = Share.objects.filter(Q(ended_at=None) | Q(ended_at__gte=end), Exists(late), depth=0)
        open_ = shares.filter(order__in=then.values("pk"))
        back = Entry.objects.filter(
            action=SENT_BACK,
            written_at__gte=self.week.start,  # nothing is written before it happens: so far the feed's index leads
            at__gte=self.week.start,
            at__lt=end,
            recorded_at__lt=end,
            payload__defect__in=self.pack.digests.defects,
        )
        return self._orders.filter(Q(pk__in=open_.values("order")) | Q(pk__in=back.values("order")))

    def repeated(self) -> QuerySet[Order]:
        """Of a matter with so many orders, of which one came in the week.

        What was of a matter when the week was over: as the acts say by which orders joined, since what has joined
        since, or gone over to another matter, did so all together.
        """
        fresh = self._orders.filter(registered_at__gte=self.week.start)
        now = self._orders.filter(matter__in=fresh.filter(matter__isnull=False).values("matter"))
        joined = Entry.objects.filter(order__in=now.values("pk"), action__in=OF_A_MATTER, recorded_at__lt=self.week.end)
        then = dict(joined.order_by("pk").values_list("order", "payload__matter"))  # the last word of each
        came = set(fresh.filter(pk__in=then).values_list("pk", flat=True))
        of_matter: dict[int, set[int]] = defaultdict(set)
        for order, matter in then.items():
            of_matter[matter].add(order)
        enough = (its for its in of_matter.values() if len(its) >= self.pack.digests.repeats and its & came)
        return self._orders.filter(pk__in={pk for its in enough for pk in its})


def _opened(directory: Snapshot, pack: Pack, week: Period, at: datetime) -> bool:
    found = Triggers(pack, directory.centre_id, week).all()
    counts = "，".join(f"{title} {len(found[name])} 件" for name, title in TITLES.items())
    whole = len({pk for ids in found.values() for pk in ids})
    payload = {"title": f"{week.name}督查督办汇总", "period": week.code, "told": f"{counts}；合计 {whole} 件", **found}
    return _record(directory, "digest.made", payload, f"digest:{directory.centre_id}:{week.code}", at)


def _copied(directory: Snapshot, pack: Pack, week: Period, digest: Proceeding, place: int, at: datetime) -> bool:
    copy = pack.digests.copies[place]
    unit = next((line.id for line in directory.units.values() if line.code == copy.unit and line.active), None)
    if unit is None:
        _log.warning("%s: no unit %s to hand the digest to: the supervisor does it", week.code, copy.unit)
    made = Entry.objects.get(proceeding=digest.pk, number=1)
    payload = {
        "title": f"{week.name}督查督办汇总（报{copy.title}）",
        "to": copy.title,
        "unit": unit,
        "period": week.code,
        "digest": digest.number,
        "about": digest.pk,
        "told": made.payload["told"],
        "due": pack.digests.read_within.due(at, directory.calendar_at(at)),
    }
    return _record(directory, "digest_copy.sent", payload, _key(digest, place), at)


def _record(directory: Snapshot, verb: str, payload: dict[str, Any], key: str, at: datetime) -> bool:
    try:
        return not record(Act(verb, Actor.system(directory.centre_id), at, payload, key=key)).repeated
    except Refused as refused:
        _log.warning("%s: %s", verb, refused)
        return False
