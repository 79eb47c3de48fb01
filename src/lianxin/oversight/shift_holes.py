"""Looks at every roster in force: a hole that came about is opened as a matter of the duty lead, one that was filled is
ended (C24).

Safe to run twice and on several machines: what is open is read from the ledger, and one look at one state of the
directory opens a hole once (its key).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.dispatch import receiver
from django.utils import timezone

from lianxin.directory import rosters, snapshot
from lianxin.directory.models import Absence, Roster, Shift, Staff
from lianxin.directory.rosters import Hole
from lianxin.directory.signals import administered
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.proceedings.models import Proceeding, ProceedingQuerySet

_log = logging.getLogger(__name__)


@receiver(administered)
def _at_once(sender: type[Model], **facts: Any) -> None:
    """A hole that an administrator tears is told at once, not when the job comes round."""
    if sender in (Shift, Roster, Absence, Staff):
        transaction.on_commit(_look_again, robust=True)


def _look_again() -> None:
    look(timezone.now())


def look(at: datetime) -> int:
    """Open what is torn, end what is filled or past, in all centres.  Returns how many acts were done."""
    running = Roster.objects.filter(state=Roster.State.IN_FORCE, until__gt=at).select_related("post__unit")
    by_id = {roster.pk: roster for roster in running}
    found = {(hole.roster, hole.until): hole for hole in rosters.holes(by_id, at)} if by_id else {}
    acts = list(_ended(found, at))
    known = told(Proceeding.objects.all())
    acts += [_opening(by_id[hole.roster], hole, at) for key, hole in found.items() if key not in known]
    return sum(map(_done, acts))


def told(among: ProceedingQuerySet) -> dict[tuple[int, datetime], str]:
    """The number of each open hole of these, by its roster and its end."""
    found = _open(among)
    return {(said["roster"], datetime.fromisoformat(said["ends_at"])): root.number for said, root in found}


def _open(among: ProceedingQuerySet) -> Iterator[tuple[dict[str, Any], Proceeding]]:
    """What each open one said when it began."""
    open_ones = among.filter(Proceeding.OPEN, kind="shift_hole")
    first = Entry.objects.filter(proceeding__in=open_ones, number=1).select_related("proceeding")
    for entry in first.order_by("proceeding"):
        if entry.proceeding is not None:
            yield entry.payload, entry.proceeding


def _ended(found: dict[tuple[int, datetime], Hole], at: datetime) -> Iterator[Act]:
    for said, root in _open(Proceeding.objects.all()):
        until = datetime.fromisoformat(said["ends_at"])
        hole = found.get((said["roster"], until))
        step = "passed" if until <= at else "filled"
        if hole is None or hole.start > max(at, datetime.fromisoformat(said["begins_at"])):
            yield Act(f"shift_hole.{step}", Actor.system(root.centre_id), at, {}, order=root.pk)


def _opening(roster: Roster, hole: Hole, at: datetime) -> Act:
    due = hole.start if hole.start > at else hole.until
    payload = {
        "title": f"{roster}有空档",
        "text": f"{hole.in_words} 没有人值班，请在此之前排好班次。",
        "roster": roster.pk,
        "begins_at": hole.start,
        "ends_at": hole.until,
        "due": due,
    }
    directory = snapshot.of(roster.centre_id)
    if (lead := directory.lead_of(roster.post_id, at)) is not None:
        payload |= {"level": lead.role, "unit": None if lead.unit == directory.root.id else lead.unit}
    key = f"shift_hole:{roster.pk}:{hole.until.isoformat()}:{directory.stamp}"
    return Act("shift_hole.found", Actor.system(roster.centre_id), at, payload, key=key)


def _done(act: Act) -> bool:
    try:
        return not record(act).repeated
    except Refused as refused:
        _log.warning("%s: %s", act.verb, refused)
        return False
