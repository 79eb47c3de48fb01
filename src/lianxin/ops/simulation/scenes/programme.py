"""The scenes of a demo's centre: played up to now, and where a visitor finds them.

A scene is played in one transaction: wholly, as far as its time has come, or not at all; one that was played is known
by the keys of its acts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from lianxin.directory import snapshot
from lianxin.directory.models import Centre, Staff
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.models import Entry, Root
from lianxin.rules.worktime import SHANGHAI

from .expect import Page, Queued
from .names import Names
from .player import Player
from .script import Fault, Scene, scenes
from .times import Times, first_day

_log = logging.getLogger(__name__)
#: What an address names of the scene.
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Played:
    """A scene as it stands in a centre: what it is about, and who has to do something now."""

    scene: Scene
    #: the number of each order and proceeding that its acts have begun, and who answers for it; none where it ended
    begun: tuple[tuple[str, str], ...]
    #: whose page shows it: (user name, address) of each queue and page of which the scene speaks
    places: tuple[tuple[str, str], ...]


def of(centre: Centre) -> Sequence[Scene]:
    """The scenes of a centre, in the order in which they begin."""
    return sorted((scene for scene in scenes() if scene.centre == centre.code), key=lambda scene: -scene.ago)


def play(
    centre: Centre,
    now: datetime,
    told: Callable[[int, int], None] = lambda done, total: None,
    *,
    checks: bool = False,
) -> Sequence[str]:
    """Play what has not been played, up to `now`.  Returns what could not be, a sentence a scene."""
    failed, mine = [], of(centre)
    for number, scene in enumerate(mine, 1):
        try:
            _play(centre, scene, now, number, checks=checks)
        except Fault as fault:
            _log.warning("%s", fault)
            failed.append(str(fault))
        told(number, len(mine))
    return failed


@transaction.atomic
def _play(centre: Centre, scene: Scene, now: datetime, turn: int, *, checks: bool) -> None:
    key = _key(centre, scene)
    if Entry.objects.filter(key__startswith=f"{key}:").exists():
        return
    first = _first(snapshot.of(centre.pk), scene, now)
    Player(scene, centre, first, until=now, key=key, checks=checks, turn=turn).play()


def _first(directory: Snapshot, scene: Scene, now: datetime) -> date:
    return first_day(directory.calendar_at(now), now.astimezone(SHANGHAI).date(), scene.ago, scene.weekday)


def _key(centre: Centre, scene: Scene) -> str:
    return f"play:{centre.pk}:scene:{scene.row}"


def played(centre: Centre, now: datetime) -> Iterator[Played]:
    """The scenes of a centre with what their acts have begun there, by row."""
    entries = Entry.objects.filter(key__startswith=f"play:{centre.pk}:scene:").order_by("pk")
    found: dict[str, dict[int, Root]] = {}
    for entry in entries.select_related("order__owner_person", "proceeding__owner_person"):
        if (root := entry.order or entry.proceeding) is not None and entry.key is not None:
            row, number = entry.key.split(":")[3:]
            found.setdefault(row, {})[int(number)] = root
    directory = snapshot.of(centre.pk)
    usernames = dict(Staff.objects.filter(centre=centre).values_list("pk", "username"))
    for turn, scene in sorted(enumerate(of(centre), 1), key=lambda line: line[1].row):
        roots = {scene.act[n].makes or scene.act[n].on: root for n, root in found.get(scene.row, {}).items()}
        times = Times(_first(directory, scene, now), directory.calendar_at(now))
        names = Names(directory, scene.cast, times, turn)
        looks = dict.fromkeys((usernames.get(names.person(who, now) or 0, ""), place) for who, place in _looks(scene))
        places = tuple((who, _addressed(place, roots)) for who, place in looks)
        yield Played(scene, tuple((root.number, _whose(root)) for root in dict.fromkeys(roots.values())), places)


def _addressed(place: str, roots: Mapping[str, Root]) -> str:
    return _NAMED.sub(lambda name: roots[name[1]].number if name[1] in roots else "", place)


def _looks(scene: Scene) -> Iterator[tuple[str, str]]:
    """Who sees the scene where, as it says itself."""
    for expected in (line for act in scene.act for line in act.then):
        if isinstance(expected, Page):
            yield expected.of, expected.page
        elif isinstance(expected, Queued) and expected.yes:
            yield expected.of, f"/?queue={expected.queue}"


def _whose(root: Root) -> str:
    ended = getattr(root, "ended_at", None) or getattr(root, "closed_at", None)
    return root.owner_person.username if root.owner_person and not ended else ""
