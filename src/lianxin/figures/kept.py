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

#: For how long, in seconds, and how many things.
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


_places: OrderedDict[Hashable, _Place] = OrderedDict()
_all = threading.Lock()


def kept(key: Hashable, stamp: Hashable, make: Callable[[], T], clock: Callable[[], float] = time.monotonic) -> T:
    """What `make` gave for `key` under this stamp, if that is not a minute old; else what it gives now."""
    with _all:
        place = _places.setdefault(key, _Place())
        _places.move_to_end(key)
        while len(_places) > MOST:
            _places.popitem(last=False)
    with place.lock:
        if place.made is None or place.stamp != stamp or clock() - place.made >= LASTS:
            place.value, place.stamp, place.made = make(), stamp, clock()
        found: T = place.value
        return found
