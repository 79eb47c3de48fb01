"""Rows whose cells name their spans as they come: HTML, 2003 XML and ODS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .events import MERGED, Event, HiddenColumns, Merged, Remark, RowRead

#: A cell repeated or merged over more columns than any table has is emptiness.
_MOST = 1_000


class Grid:
    """Cells put down one after the other, row by row; what a cell above occupies is passed over."""

    def __init__(self) -> None:
        self.number = 0
        self.hidden = False
        self._cells: list[Any] = []
        self._across: list[tuple[int, int]] = []
        self._at = 0
        self._taken: dict[int, int] = {}
        self._merged = Merged()
        self._said = False
        self._columns = 0
        self._unseen = HiddenColumns()

    def column(self, *, hidden: bool, times: int = 1, at: int | None = None) -> None:
        """The next column, or the one at that place (from 0), and those after it that are alike."""
        first = self._columns if at is None else at
        self._columns = first + times
        if hidden:
            self._unseen.add(first, self._columns - 1)

    def told(self) -> Iterator[Remark]:
        """What is to be said at the end of the sheet."""
        yield from self._unseen.told()

    def begin(self, number: int | None = None, *, hidden: bool = False) -> None:
        """The next row, or the row with that number."""
        self.number = number or self.number + 1
        self.hidden = hidden
        self._cells, self._across, self._at = [], [], 0

    def put(
        self, value: Any, *, column: int | None = None, across: int = 1, down: int = 1, skips: bool = False
    ) -> None:
        """A cell; `skips` passes over columns that a cell above reaches into (HTML)."""
        if column is not None:
            self._at = column
        while skips and self._taken.get(self._at, 0) >= self.number:
            self._at += 1
        across = min(max(across, 1), _MOST)
        if value not in (None, ""):
            self._cells.extend([None] * (self._at + 1 - len(self._cells)))
            self._cells[self._at] = value
        if across > 1:
            self._across.append((self._at, self._at + across - 1))
        if down > 1:
            self._merged.begin(self.number, self._at, down, value)
            for taken in range(self._at, self._at + across):
                self._taken[taken] = self.number + down - 1
        self._at += across

    def merged_across(self, columns: int) -> None:
        """The cell just put reaches over `columns` columns, whose covered cells are still to come."""
        self._across.append((self._at - 1, self._at + min(columns, _MOST) - 2))

    def again(self, value: Any, times: int) -> None:
        """The same cell several times, without being merged."""
        if value in (None, ""):
            self._at += times
            return
        for _ in range(min(times, _MOST)):
            self.put(value)

    def end(self) -> Iterator[Event]:
        """The row that was put down."""
        self._merged.fill(self.number, self._cells)
        if self._merged.filled and not self._said:
            self._said = True
            yield MERGED
        self._unseen.see(self._cells)
        yield RowRead(self.number, self._cells, self.hidden, self._across)
