"""What a reader yields: sheets, their rows, and remarks; how merged cells fill the rows below them, and what stands in
hidden columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


class FileError(ValueError):
    """A file that cannot be used as a whole; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class SheetStart:
    """A sheet begins; `hidden`: its tab is hidden."""

    name: str
    hidden: bool = False


@dataclass(slots=True)
class RowRead:
    """A row: its number as the user's program shows it, its cells (on the wire, see `cells`).

    `hidden`: by a filter or by hand.  `across` are (first, last) columns of a cell merged over several.
    """

    number: int
    cells: list[Any]
    hidden: bool = False
    across: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that people should know about how the sheet was read; `row` 0 for the whole."""

    text: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """The sheet goes on, but more than `Limits` allow."""

    reason: str


@dataclass(frozen=True, slots=True)
class Restart:
    """The first reader failed in the middle; another one begins, and nothing of the first counts."""


Event = SheetStart | RowRead | Remark | Cut | Restart


class Merged:
    """Cells merged over rows: the value of the first stands in each row.  A hand-kept ledger names a unit once."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[int, Any]] = {}
        self.filled = False

    def begin(self, row: int, column: int, rows: int, value: Any) -> None:
        """A cell of `row` reaches down over `rows` rows."""
        if rows > 1 and value not in (None, ""):
            self._open[column] = (row + rows - 1, value)

    def fill(self, row: int, cells: list[Any]) -> None:
        """Put into the empty cells of `row` what reaches down to it."""
        for column, (last, value) in list(self._open.items()):
            if row > last:
                del self._open[column]
                continue
            cells.extend([None] * (column + 1 - len(cells)))
            if cells[column] in (None, ""):
                cells[column] = value
                self.filled = True


MERGED = Remark("有合并的单元格，已把其中的内容填入所合并的每一行")


class HiddenColumns:
    """Columns that nobody sees in the user's program.  They are read like all others, so those that hold something
    are told."""

    _NAMED = 10

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []
        self._seen: set[int] = set()

    def add(self, first: int, last: int) -> None:
        """The columns from `first` to `last` (from 0) are hidden; mostly those to the very end of the sheet."""
        self._ranges.append((first, last))

    def see(self, cells: list[Any]) -> None:
        """A row of the sheet."""
        for first, last in self._ranges:
            self._seen.update(at for at in range(first, min(last + 1, len(cells))) if cells[at] not in (None, ""))

    def told(self) -> Iterator[Remark]:
        """What is to be said at the end of the sheet."""
        if not self._seen:
            return
        # Only here: most sheets hide nothing, and readers are to be small.
        from xlsxwriter.utility import xl_col_to_name

        names = [xl_col_to_name(column) for column in sorted(self._seen)]
        more = f" 等 {len(names)} 列" if len(names) > self._NAMED else " 列"
        yield Remark(f"的 {'、'.join(names[: self._NAMED])}{more}是隐藏的，照样读取，请核对")
