"""What a reader yields: sheets, their rows, and remarks; and how merged cells fill the rows below them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .limits import Limits


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


Event = SheetStart | RowRead | Remark | Cut


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


def trimmed(cells: list[Any]) -> list[Any]:
    """Without the empty cells at the end."""
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return cells


def unwrapped(cell: str) -> str:
    """`="2026…"` is how web systems keep the digits of a number from Excel."""
    if len(cell) > 3 and cell.startswith('="') and cell.endswith('"') and '"' not in cell[2:-1]:
        return cell[2:-1]
    return cell


def bounded(events: Iterable[Event], limits: Limits) -> Iterator[Event]:
    """The events within the limits of rows, columns and signs; what is beyond is cut and said.  Rows without any
    content are left out."""
    rows = sheets = 0
    is_cut = False
    for event in events:
        match event:
            case SheetStart():
                sheets, rows, is_cut = sheets + 1, 0, False
                if sheets > limits.sheets:
                    return
            case RowRead():
                if is_cut:
                    continue
                trimmed(event.cells)
                if not event.cells:
                    continue
                rows += 1
                # A few more than the limit, for what stands above the headings.
                if rows > limits.rows + 100:
                    is_cut = True
                    yield Cut(f"超过 {limits.rows} 行，请分成几份导入")
                    continue
                if len(event.cells) > limits.columns:
                    yield Remark(f"超过 {limits.columns} 列，只读到第 {limits.columns} 列", event.number)
                    del event.cells[limits.columns :]
                for column, cell in enumerate(event.cells):
                    if isinstance(cell, str) and (cell[:2] == '="' or len(cell) > limits.cell):
                        event.cells[column] = unwrapped(cell)[: limits.cell]
        yield event
