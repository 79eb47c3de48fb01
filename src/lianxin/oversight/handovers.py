"""Changes of shift: who goes off duty, which urgent orders are open then, and what was not handed or taken over (C27).

`look` is safe to run twice and on several machines: what was handed over is read from the ledger, and one change of
shift is told once (its key).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.directory.roles import Role
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order, Share
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.orders.reach import not_of, readers
from lianxin.proceedings.models import Proceeding
from lianxin.rules.policy import PolicyError
from lianxin.rules.worktime import SHANGHAI, show_due

_log = logging.getLogger(__name__)
KIND = "handover"
#: A shift is handed over at most so long before it ends: so far back it is looked for.
_BEFORE = timedelta(days=31)
#: So many urgent orders are named in words; all of them are what the hand-over is about.
_NAMED = 50
#: What people type themselves, and what stands there for the number of an order that complains of the reader.
_TYPED, _ANOTHER = ("text", "note", "reason"), "（另有他人负责的工单）"
#: (id, number) of an order.
Urgent = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of shift of a post: of which kind of roster, when, and who is on duty from then on."""

    post: int
    kind: str
    at: datetime
    next: tuple[int, ...]


def going_off(directory: Snapshot, actor: Actor, at: datetime) -> Change | None:
    """The change of shift at which the actor goes off duty, who is on duty now for the post as which he acts; None for
    who is not."""
    for post in directory.posts_at(actor.unit or 0, actor.role):
        roster = directory.on_duty.roster(post.id, at)
        if roster is None or actor.staff is None or actor.staff not in answering(directory, post.id, at):
            continue
        ends = directory.on_duty.relieved(post.id, actor.staff, at)
        if ends is not None:
            return Change(post.id, roster.kind, ends, answering(directory, post.id, ends))
    return None


def answering(directory: Snapshot, post: int, at: datetime) -> tuple[int, ...]:
    """Everybody who has the shift of the post then and can; where nobody does, whoever answers for it."""
    has = directory.on_duty.people(post, at) or ()
    own, holder = tuple(who for who in directory.on_shift(post, at) if who in has), directory.holder(post, at)
    return own or ((holder,) if holder is not None else ())


def urgent(directory: Snapshot, post: int, who: Collection[int | None]) -> list[Urgent]:
    """The open urgent orders of a post, the oldest first: of the centre's command all that there are, of a unit's those
    of which it has a share; without those that complain of `who`, the people between whom it is handed over (C64)."""
    unit = directory.posts[post].unit
    free = not_of(directory.centre_id, readers(*who))
    found = Order.objects.filter(Order.OPEN, free, centre=directory.centre_id, urgency="urgent")
    if unit != directory.root.id:
        found = found.filter(Exists(Share.objects.filter(order=OuterRef("pk"), unit=unit, state__in=RUNNING_STATES)))
    return list(found.order_by("pk").values_list("pk", "number"))


def in_words(found: list[Urgent]) -> str:
    """`2 件：20261126001、20261126002`; `无`."""
    return _in_words(len(found), [number for _, number in found[:_NAMED]])


def _in_words(count: int, named: Sequence[str]) -> str:
    return f"{count} 件：{'、'.join(named)}{' 等' if count > len(named) else ''}" if count else "无"


def without(said: Mapping[str, Any], hidden: Mapping[int, str]) -> dict[str, Any]:
    """What a step of a hand-over says, without these orders: neither counted nor named, nor in what was typed (C64)."""
    found: dict[str, Any] = {name: _blotted(said[name], hidden.values()) for name in _TYPED if said.get(name)}
    if hidden.keys() & {*said.get("orders", ())}:
        kept = [pk for pk in said["orders"] if pk not in hidden]
        named = said["urgent"].partition("：")[2].removesuffix(" 等").split("、")
        numbers = [number for number in named if number not in hidden.values()]
        found |= {"orders": tuple(kept), "urgent": _in_words(len(kept), numbers)}
    return found


def _blotted(text: str, numbers: Iterable[str]) -> str:
    for number in numbers:
        # That of a proceeding may end with the same digits.
        text = re.sub(rf"(?<![A-Z]){re.escape(number)}", _ANOTHER, text)
    return text


def told(directory: Snapshot, change: Change) -> dict[str, Any]:
    """What a hand-over says of its change of shift."""
    post = directory.posts[change.post]
    name = post.name or Role(post.role).label
    unit = None if post.unit == directory.root.id else post.unit
    about = {"post": post.id, "level": post.role, "changes_at": change.at, "people": change.next, "unit": unit}
    return {"title": f"{directory.units[post.unit].name}{name} {show_due(change.at)}换班"} | about


def known(centre: int, since: datetime) -> Mapping[tuple[int, datetime], str]:
    """The numbers of what was handed over, or missed, about the changes of shift since then, by post and instant."""
    first = Entry.objects.filter(number=1, proceeding__kind=KIND, proceeding__centre=centre)
    rows = first.filter(proceeding__registered_at__gte=since - _BEFORE).values_list("payload", "proceeding__number")
    return {(said["post"], datetime.fromisoformat(said["changes_at"])): number for said, number in rows}


def look(at: datetime) -> int:
    """What was not taken over in time goes to the supervisor, and so does a change of shift without a hand-over, in all
    centres.  Returns how many acts were done."""
    return sum(map(_done, [*_lapsed(at), *_missed(at)]))


def _lapsed(at: datetime) -> Iterator[Act]:
    late = Proceeding.objects.filter(Proceeding.OPEN, kind=KIND, state="handed", due_at__lte=at)
    for pk, centre in late.values_list("pk", "centre"):
        yield Act(f"{KIND}.lapsed", Actor.system(centre), at, {}, order=pk)


def _missed(at: datetime) -> Iterator[Act]:
    for centre in Centre.objects.values_list("pk", flat=True):
        directory = snapshot.of(centre)
        changes = list(_changed(directory, at))
        if changes:
            said = known(centre, min(change.at for change in changes))
            yield from (_missing(directory, one, at) for one in changes if (one.post, one.at) not in said)


def _changed(directory: Snapshot, at: datetime) -> Iterator[Change]:
    """Of each roster that is handed over the last change of shift for which there is no more time to do so."""
    if not directory.on_duty.rosters:
        return
    try:
        rules = directory.pack(at).shifts
    except (LookupError, PolicyError):
        return
    allow = rules.accepted.before(at, directory.calendar_at(at))
    for roster in directory.on_duty.rosters:
        if roster.kind in rules.handed_over and roster.start < allow < roster.until:
            changed = directory.on_duty.changed(roster.post, allow)
            if changed is not None and changed > roster.start:
                yield Change(roster.post, roster.kind, changed, ())


def _missing(directory: Snapshot, change: Change, at: datetime) -> Act:
    people = answering(directory, change.post, at)
    found = urgent(directory, change.post, people)
    payload = told(directory, change) | {
        "text": "换班时没有人交班，请查明情况，由在班人员接班。",
        "orders": [order for order, _ in found],
        "urgent": in_words(found),
        "people": people,
    }
    key = f"{KIND}:{change.post}:{change.at.astimezone(SHANGHAI).isoformat()}"
    return Act(f"{KIND}.missed", Actor.system(directory.centre_id), at, payload, key=key)


def _done(act: Act) -> bool:
    try:
        return not record(act).repeated
    except Refused as refused:
        _log.warning("%s: %s", act.verb, refused)
        return False
