"""The scenes of a demo's centre: played up to now, and where a visitor finds them.

A scene is played in one transaction: wholly, as far as its time has come, or not at all; one that was played is known
by the keys of its acts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile

from django.db import transaction
from django.urls import reverse

from lianxin.directory import snapshot
from lianxin.directory.models import Centre, Staff
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.models import Entry, Root
from lianxin.rules.worktime import SHANGHAI

from .expect import Page, Queued
from .names import Names
from .player import Player
from .script import ActLine, Fault, Scene, scenes
from .times import Times, first_day

_log = logging.getLogger(__name__)
#: Said of a scene that does not fit (`Played.fits`).
CHANGED = "本场景所用的单位、岗位已变动"
#: What an address names of the scene.
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Begun:
    """An order or a proceeding that a scene's acts have begun."""

    number: str
    #: who answers for it; empty where it has ended
    person: str
    address: str


@dataclass(frozen=True, slots=True)
class Played:
    """A scene as it stands in a centre: what it is about, and who has to do something now."""

    scene: Scene
    begun: tuple[Begun, ...]
    #: whose page shows it: (user name, address) of each queue and page of which the scene speaks
    places: tuple[tuple[str, str], ...]
    #: whether the directory still has the units and posts with which it was played; places that it lacks are left out
    fits: bool


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
    if Entry.objects.filter(key__in=_keys(centre, scene)).exists():
        return
    first, key = _first(snapshot.of(centre.pk), scene, now), _key(centre, scene)
    Player(scene, centre, first, until=now, key=key, checks=checks, turn=turn).play()


def _first(directory: Snapshot, scene: Scene, now: datetime) -> date:
    return first_day(directory.calendar_at(now), now.astimezone(SHANGHAI).date(), scene.ago, scene.weekday)


def _key(centre: Centre, scene: Scene) -> str:
    return f"play:{centre.pk}:scene:{scene.row}"


def _keys(centre: Centre, scene: Scene) -> list[str]:
    """Those of its acts: each by itself, since no index serves the beginning of a key."""
    return [f"{_key(centre, scene)}:{number}" for number in range(len(scene.act))]


def played(centre: Centre, now: datetime) -> Iterator[Played]:
    """The scenes of a centre with what their acts have begun there, by row."""
    entries = _entries(centre)
    directory = snapshot.of(centre.pk)
    usernames = dict(Staff.objects.filter(centre=centre).values_list("pk", "username"))
    for turn, scene in sorted(enumerate(of(centre), 1), key=lambda line: line[1].row):
        done = [(act, entries[key]) for act, key in zip(scene.act, _keys(centre, scene), strict=True) if key in entries]
        roots = {act.makes or act.on: root for act, entry in done if (root := entry.order or entry.proceeding)}
        names = _cast(directory, scene, now, turn, done)
        looks = [
            (who, place)
            for who, place in _looks(_so_far(scene, entries.keys(), centre))
            if {*_NAMED.findall(place)} <= roots.keys()
        ]
        found = [_place(who, _addressed(place, roots), names, usernames, now) for who, place in looks]
        places = tuple(dict.fromkeys(place for place in found if place is not None))
        begun = tuple(_begun(root) for root in dict.fromkeys(roots.values()))
        yield Played(scene, begun, places, fits=None not in found and names is not None)


def _so_far(scene: Scene, there: Container[str | None], centre: Centre) -> Sequence[ActLine]:
    """What of it has happened: where an act is still to come, nobody sees yet what holds after it."""
    acts = zip(scene.act, _keys(centre, scene), strict=True)
    return [act for act, _ in takewhile(lambda line: not line[0].verb or line[0].refused or line[1] in there, acts)]


def _entries(centre: Centre) -> Mapping[str | None, Entry]:
    """The entries of its scenes, by the keys of their acts: one statement for all."""
    keys = [key for scene in of(centre) for key in _keys(centre, scene)]
    found = Entry.objects.filter(key__in=keys).order_by("pk")
    return {entry.key: entry for entry in found.select_related("order__owner_person", "proceeding__owner_person")}


def _cast(
    directory: Snapshot, scene: Scene, now: datetime, turn: int, done: Sequence[tuple[ActLine, Entry]]
) -> Names | None:
    """Its cast as the directory has it; None where it was played by other posts, which somebody has changed since."""
    try:
        names = Names(directory, scene.cast, Times(_first(directory, scene, now), directory.calendar_at(now)), turn)
        theirs = all(names.post(act.who).id == entry.post_id for act, entry in done if act.who != "system")
    except ValueError:
        return None
    return names if theirs else None


def _place(
    who: str, place: str, names: Names | None, usernames: Mapping[int, str], now: datetime
) -> tuple[str, str] | None:
    """(user name, address) of a page; None where nobody holds that post any more."""
    if names is None:
        return None
    try:
        username = usernames.get(names.person(who, now) or 0)
    except ValueError:
        return None
    return (username, place) if username else None


def _begun(root: Root) -> Begun:
    return Begun(root.number, _whose(root), reverse(f"desk:{root.column.removesuffix('_id')}", args=[root.number]))


def _addressed(place: str, roots: Mapping[str, Root]) -> str:
    return _NAMED.sub(lambda name: roots[name[1]].number, place)


def _looks(acts: Sequence[ActLine]) -> Iterator[tuple[str, str]]:
    """Who sees the scene where, as its acts say themselves."""
    for expected in (line for act in acts for line in act.then):
        if isinstance(expected, Page):
            yield expected.of, expected.page
        elif isinstance(expected, Queued) and expected.yes:
            yield expected.of, f"/?queue={expected.queue}"


def _whose(root: Root) -> str:
    ended = getattr(root, "ended_at", None) or getattr(root, "closed_at", None)
    return root.owner_person.username if root.owner_person and not ended else ""
