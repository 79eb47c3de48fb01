"""How far the reading of a file has come, for the page that waits for it.

The page names its watch when it sends the file and asks after it every second, maybe of another process: what is known
lies in a small file beside those that wait for their import (`awaiting`), and is gone when the answer is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total`: rows read while nobody knows how many there are (`total` None), then orders gone through."""

    done: int
    total: int | None


@contextmanager
def watched(name: str, staff: int) -> Iterator[Any]:
    """While the file is read: a function that hears (done, total or None).  Without a fit name nobody asks."""
    if not _NAME.fullmatch(name):
        yield lambda done, total=None: None
        return
    place = _place(name)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def hear(done: int, total: int | None = None) -> None:
        new = place.with_suffix(".new")
        # A page that is told nothing still gets its answer.
        with suppress(OSError):
            new.write_text(json.dumps([staff, done, total]))
            new.replace(place)

    hear(0)
    try:
        yield hear
    finally:
        place.unlink(missing_ok=True)


def progress(name: str, staff: int) -> Progress | None:
    """How far it has come; None where nothing of that name is being read for this person."""
    if not _NAME.fullmatch(name):
        return None
    with suppress(OSError, ValueError):
        whose, done, total = json.loads(_place(name).read_text())
        if whose == staff:
            return Progress(done, total)
    return None


def _place(name: str) -> Path:
    return Path(settings.IMPORTS_ROOT) / f"{name}.at"
