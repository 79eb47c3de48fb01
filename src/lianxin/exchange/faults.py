"""The rows that were not imported, as a workbook: corrected there, it can be imported with the same map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lianxin.directory.sheets import workbook

from .cells import text
from .files import Line
from .report import Report

#: What a cell of Excel holds at most; longer text would be dropped whole.
CELL = 32_767


def write(path: Path, report: Report) -> None:
    """The workbook into a file.  Raises OSError."""
    path.write_bytes(sheet(report))


def sheet(report: Report) -> bytes:
    """Each bad row with its own cells, and before them its line and what is wrong."""
    reasons: dict[tuple[str, int], list[str]] = {}
    lines: dict[tuple[str, int], Line] = {}
    for fault in report.faults:
        place = (fault.line.sheet, fault.line.number)
        lines[place] = fault.line
        reasons.setdefault(place, []).append(f"{fault.column}：{fault.reason}" if fault.column else fault.reason)
    headers = [name for name in dict.fromkeys([*report.headers, *_of_others(lines.values())]) if name]

    def row(place: tuple[str, int]) -> list[str]:
        line, cells = lines[place], lines[place].cells
        return [line.sheet, str(line.number), "；".join(reasons[place]), *(text(cells.get(name)) for name in headers)]

    rows = (row(place) for place in lines)
    return workbook.write("有误的行", ["原工作表", "原行号", "原因", *headers], fitting(rows), {})


def _of_others(lines: Iterable[Line]) -> Iterator[str]:
    """The headings of other sheets than the first, which have bad rows too."""
    seen: set[str] = set()
    for line in lines:
        if line.sheet not in seen:
            seen.add(line.sheet)
            yield from line.cells


def fitting(rows: Iterable[list[str]]) -> Iterable[list[str]]:
    """The rows with every text short enough for a cell."""
    return ([cell if len(cell) <= CELL else cell[: CELL - 1] + "…" for cell in row] for row in rows)
