"""The cells of one row, read one by one: complaints and doubts are kept, so that all of a row are told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from . import cells
from .cells import CellError
from .files import Line, heading
from .incoming import Incoming
from .maps import Map

T = TypeVar("T")
#: A column by its heading, or two: the day and the time of day.
Place = str | tuple[str, ...]
#: Another system's clock may be ahead of ours by so much; what is later was not yet.
AHEAD = timedelta(minutes=15)


def cell_at(given: Mapping[str, Any], column: Place) -> Any:
    """The cell below a heading, or a day and a time of day below two.  Raises CellError."""
    if isinstance(column, str):
        return given.get(heading(column))
    day, clock = (given.get(heading(name)) for name in column)
    return cells.joined(day, clock)


def label(column: Place | None) -> str:
    """The column as people read it."""
    return column if isinstance(column, str) else "/".join(column or ())


class RowCells:
    """One row while it is read, as of `now`."""

    def __init__(self, mapping: Map, now: datetime, line: Line) -> None:
        self.mapping, self.now, self.line = mapping, now, line
        self.found = Incoming(line)
        self.cells = line.cells

    def bad(self, column: str, reason: str) -> None:
        self.found.problems.append((column, reason))

    def note(self, column: str | None, reason: str) -> None:
        """Something of the row that is doubtful was left out or put right; the row itself is kept."""
        self.found.notes.append(f"“{column}”：{reason}" if column else reason)

    def get(self, column: Place | None, read: Callable[[Any], T], *, needed: bool = True) -> T | None:
        """The cell of `column` by `read`; None where the map has no such column, or it is wrong: that costs the row
        where it is `needed`, else it is told."""
        if column is None:
            return None
        try:
            return read(cells.whole(cell_at(self.cells, column)))
        except CellError as error:
            if needed:
                self.bad(label(column), str(error))
            else:
                self.note(label(column), f"{error}，没有填入")
            return None

    def text(self, column: str | None, longest: int = 32_000, *, needed: bool = False) -> str:
        found = self.get(column, cells.text, needed=needed) or ""
        if len(found) > longest:
            self.note(column, f"超过 {longest} 个字，只导入前 {longest} 个字")
            found = found[: longest - 1] + "…"
        return found

    def when(
        self, column: Place | None, *, end_of_day: bool = False, future: bool = False, needed: bool = False
    ) -> datetime | None:
        def read(cell: Any) -> datetime | None:
            return cells.moment(cell, self.mapping.times, end_of_day=end_of_day)

        found = self.get(column, read, needed=needed)
        if not found or future or found <= self.now:
            return found
        shown = f"{found:%Y-%m-%d %H:%M}"
        if found <= self.now + AHEAD:
            self.note(label(column), f"“{shown}”比现在晚，可能是对方的时钟快了，按现在的时间登记")
            return self.now
        if needed:
            self.bad(label(column), f"“{shown}”还没有到，请核对")
        else:
            self.note(label(column), f"“{shown}”还没有到，没有填入")
        return None

    def lenient(self, column: str, find: Callable[[], int]) -> int | None:
        """Something that an order can do without: what is unknown is left out, and said."""
        try:
            return find()
        except CellError as error:
            self.found.notes.append(f"“{column}”：{error}，没有填入")
            return None
