"""What of a reader's events is passed on: within the limits, and what is beyond them is said.

It happens in the child, before anything is sent: one shared text that a small file names ten thousand times must not
fill the process that waits for the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from .events import Cut, Event, FileError, Remark, Restart, RowRead, SheetStart
from .limits import Limits

#: Excel allows 31 signs.
_NAME = 200


def bounded(events: Iterable[Event], limits: Limits) -> Iterator[Event]:
    """The events within `limits`; a sheet or row that is cut is said.  Rows without any content are left out.

    Raises FileError where leaving something out would lose orders: too many sheets, a row or a file with too many
    signs.
    """
    counted = _Counted(limits)
    for event in events:
        match event:
            case Restart():
                counted = _Counted(limits)
                yield event
            case SheetStart():
                yield counted.sheet(event)
            case RowRead():
                yield from counted.row(event)
            case Remark():
                yield counted.remark(event)
            case _:
                yield event


class _Counted:
    """How much of the file has been passed on."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sheets = self.rows = self.signs = self.remarks = 0
        self.is_cut = False

    def sheet(self, event: SheetStart) -> SheetStart:
        self.sheets += 1
        self.rows, self.is_cut = 0, False
        if self.sheets > self.limits.sheets:
            raise FileError(f"工作表超过 {self.limits.sheets} 个，请分成几份导入")
        return replace(event, name=event.name[:_NAME])

    def remark(self, event: Remark) -> Remark:
        self.remarks += 1
        if self.remarks > self.limits.rows:
            raise FileError(f"文件里要核对的地方超过 {self.limits.rows} 处，请核对文件，或分成几份导入")
        return event

    def row(self, event: RowRead) -> Iterator[Event]:
        trimmed(event.cells)
        if self.is_cut or not event.cells:
            return
        self.rows += 1
        # A few more than the limit, for what stands above the headings.
        if self.rows > self.limits.rows + 100:
            self.is_cut = True
            yield Cut(f"超过 {self.limits.rows} 行，请分成几份导入")
            return
        for text in self._fit(event):
            yield self.remark(Remark(text, event.number))
        self._count(event)
        yield event

    def _fit(self, event: RowRead) -> Iterator[str]:
        """Cut what is too wide or too long; say what was cut."""
        most, longest = self.limits.columns, self.limits.cell
        if len(event.cells) > most:
            del event.cells[most:]
            yield f"超过 {most} 列，只读到第 {most} 列"
        event.across = [(first, min(last, most - 1)) for first, last in event.across[:most] if first < most - 1]
        for column, cell in enumerate(event.cells):
            if not isinstance(cell, str):
                continue
            if cell[:2] == '="':
                event.cells[column] = cell = unwrapped(cell)
            if len(cell) > longest:
                event.cells[column] = cell[:longest]
                yield f"第 {column + 1} 列的内容超过 {longest} 个字，后面的没有读取"

    def _count(self, event: RowRead) -> None:
        """Raises FileError where the row or the file holds too much."""
        signs = sum(map(_signs, event.cells))
        self.signs += signs
        if signs > self.limits.row:
            raise FileError(
                f"文件太大，第 {event.number} 行的内容超过 {_said(self.limits.row)}字，请核对或删减后再导入"
            )
        if self.signs > self.limits.signs:
            raise FileError(f"文件太大，内容超过 {_said(self.limits.signs)}字，请分成几份导入")


def _signs(cell: Any) -> int:
    """The signs of a cell's text; what is broken or a time goes over the wire as an object of one text."""
    match cell:
        case str():
            return len(cell)
        case dict():
            return sum(map(_signs, cell.values()))
        case _:
            return 0


def _said(signs: int) -> str:
    """The number as people say it."""
    return f"{signs // 10_000} 万" if signs % 10_000 == 0 else f"{signs} 个"


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
