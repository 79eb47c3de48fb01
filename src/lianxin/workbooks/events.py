"""What a reader yields: sheets, their rows, and remarks; and how merged cells fill the rows below them."""

from __future__ import annotations

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
