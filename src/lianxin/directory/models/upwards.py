"""From a thing of a tree (a unit, an area, a category) up to the first level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def upwards(thing: Any) -> Iterator[Any]:
    """It, what lies above it, and so on; a ring, which can only come by SQL, ends where it began."""
    met: list[Any] = []
    while thing is not None and thing not in met:
        met.append(thing)
        yield thing
        thing = thing.parent
