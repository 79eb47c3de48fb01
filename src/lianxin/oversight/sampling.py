"""What stands on record of a sample of closed orders (C53): its draws, the first among them, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lianxin.ledger.models import Entry
from lianxin.ledger.others import Others
from lianxin.proceedings.models import Proceeding
from lianxin.rules.draws import draw

DRAWN, REDRAWN, CHECKED = "recheck.drawn", "recheck.redrawn", "recheck.checked"


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw: of which entry, when, with which seed, and what it gave."""

    entry: int
    at: datetime
    seed: str
    drawn: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """The pool, the draws from it, and whether each order that was gone to is sound, by its number."""

    pool: tuple[str, ...]
    size: int
    draws: tuple[Draw, ...]
    found: dict[str, bool]

    @property
    def current(self) -> Draw:
        """The draw that counts: the last."""
        return self.draws[-1]

    @property
    def left(self) -> list[str]:
        """The orders of that draw that were not gone to yet."""
        return [number for number in self.current.drawn if number not in self.found]

    @property
    def failed(self) -> list[str]:
        """Those that were found wanting."""
        return [number for number in self.current.drawn if self.found.get(number) is False]

    def repeats(self, one: Draw) -> bool:
        """Whether pool and seed give that draw again."""
        return draw(self.pool, one.seed, self.size) == one.drawn


def of_entries(entries: Iterable[Entry]) -> Sample:
    """The sample of a proceeding by the entries of its ledger, in their order."""
    mine: Sequence[Entry] = [entry for entry in entries if entry.action in (DRAWN, REDRAWN, CHECKED)]
    first = mine[0].payload
    draws = tuple(
        Draw(entry.number, entry.at, entry.payload["seed"], tuple(entry.payload["drawn"]))
        for entry in mine
        if entry.action != CHECKED
    )
    # What was found before a draw that counts no more is not asked of it: there is none, a redraw is refused then.
    found = {entry.payload["number"]: entry.payload["sound"] for entry in mine if entry.action == CHECKED}
    return Sample(tuple(first["pool"]), first["size"], draws, found)


def left_of(proceeding: Proceeding) -> list[str]:
    """The orders of a sample that were not gone to yet."""
    return of_entries(Entry.objects.filter(proceeding=proceeding).order_by("number")).left


def drawn_last(others: Others, proceeding: Proceeding) -> list[int]:
    """The ids of the orders of the draw that counts, as it stands in this batch."""
    found: list[int] = others.said(proceeding, DRAWN, REDRAWN)[-1].payload["orders"]
    return found
