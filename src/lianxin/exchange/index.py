"""Which rows of a file speak of which order: all that is kept of a hundred thousand rows before their turn comes."""

from __future__ import annotations

import hashlib
from array import array
from datetime import datetime

from .files import Line, Table

_LATE = 1 << 62


class Index:
    """Orders in the order of their first rows, or by the time at which they came in; each with the places of its
    rows.  A name is kept as eight bytes of its hash; whoever reads the rows compares the names themselves."""

    def __init__(self) -> None:
        self._tables: list[tuple[Table, bool]] = []
        self._orders: dict[int, int] = {}
        #: of each order the place of its first row, and when it came in
        self._first, self._came = array("q"), array("q")
        self._more: dict[int, list[int]] = {}
        self._sorted: array[int] | None = None

    def __len__(self) -> int:
        return len(self._first)

    def add(self, name: str, table: Table, line: Line, callbacks: bool, received: datetime | None) -> None:
        """A row of `table` about the order `name`."""
        if not self._tables or self._tables[-1][0] is not table:
            self._tables.append((table, callbacks))
        place = (len(self._tables) - 1) << 40 | line.index
        key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        known = self._orders.get(key)
        if known is None:
            self._orders[key] = len(self._first)
            self._first.append(place)
            self._came.append(int(received.timestamp()) if received else _LATE)
        else:
            self._more.setdefault(known, []).append(place)

    def by_time(self) -> None:
        """Oldest first, so that numbers follow time."""
        self._sorted = array("q", sorted(range(len(self._first)), key=self._came.__getitem__))

    def groups(self, start: int, stop: int) -> list[list[tuple[Line, bool]]]:
        """Of the orders from `start` to before `stop` the rows, each with whether it is a call-back."""
        numbers = (self._sorted or range(len(self)))[start:stop]
        return [[self._line(place) for place in (self._first[n], *self._more.get(n, ()))] for n in numbers]

    def _line(self, place: int) -> tuple[Line, bool]:
        table, callbacks = self._tables[place >> 40]
        index = place & ((1 << 40) - 1)
        return Line(table, index, table.sheet[index].number), callbacks
