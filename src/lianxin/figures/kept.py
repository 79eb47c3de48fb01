"""What was counted is kept for a minute, so that a page that many look at is counted once.

A past cut-off does not change, but for what an importer records for the time before it: the caller hands in a stamp
that changes with that, and with the directory.  A running week is as old as its page says.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

#: For how long, in seconds, and how many things of a kind.
LASTS = 60.0
MOST = 200

T = TypeVar("T")


@dataclass(slots=True)
class _Place:
    """One thing: whoever finds it missing makes it, the others wait for him."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    stamp: Hashable = None
    made: float | None = None
    value: Any = None


#: By kind: what each unit asks for must not drive out what all look at.
_places: dict[str, OrderedDict[Hashable, _Place]] = {}
_all = threading.Lock()


def kept(
    key: tuple[str, *tuple[Hashable, ...]],
    stamp: Hashable,
    make: Callable[[], T],
    clock: Callable[[], float] = time.monotonic,
) -> T:
    """What `make` gave for `key` under this stamp, if that is not a minute old; else what it gives now.  A key begins
    with the kind of thing that it is."""
    with _all:
        places = _places.setdefault(key[0], OrderedDict())
        place = places.setdefault(key, _Place())
        places.move_to_end(key)
        while len(places) > MOST:
            places.popitem(last=False)
    with place.lock:
        if place.made is None or place.stamp != stamp or clock() - place.made >= LASTS:
            place.value, place.stamp, place.made = make(), stamp, clock()
        found: T = place.value
        return found
