"""What `xlsx` cannot take apart, read by calamine: it forgives other things, and cannot tell as much.

It knows hidden sheets and merged cells, but not which rows are hidden, and shows errors and formulas that were never
calculated as empty: so each sheet says that people have to look.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .cells import to_wire
from .events import MERGED, Event, Merged, Remark, RowRead, SheetStart

UNSEEN = Remark(
    "只能换一种方式读取，看不出哪些行和列是隐藏的、哪些单元格是错误值；"
    "请核对隐藏或筛掉的行是否也在其中，或用 Excel 打开后另存为 .xlsx 再导入"
)
UNMERGED = Remark("看不出哪些单元格是合并的，合并处下面各行可能是空的，请核对")


def read(data: bytes) -> Iterator[Event]:
    """The sheets of the workbook in their order.  Raises whatever calamine raises for a damaged file."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for about in book.sheets_metadata:
        if about.typ == SheetTypeEnum.WorkSheet:
            yield SheetStart(about.name, about.visible != SheetVisibleEnum.Visible)
            yield UNSEEN
            yield from _rows(book.get_sheet_by_name(about.name))


def _rows(sheet: CalamineSheet) -> Iterator[Event]:
    across: dict[int, list[tuple[int, int]]] = defaultdict(list)
    down: dict[int, list[tuple[int, int]]] = defaultdict(list)
    ranges = sheet.merged_cell_ranges
    if ranges is None:
        yield UNMERGED
    for (top, left), (bottom, right) in ranges or ():
        if right > left:
            for row in range(top, min(bottom, top + 49) + 1):
                across[row].append((left, right))
        if bottom > top:
            down[top].append((left, bottom - top + 1))
    merged, said = Merged(), False
    first_row, first_column = sheet.start or (0, 0)
    for number, values in enumerate(sheet.to_python(skip_empty_area=True), first_row):
        cells: list[Any] = [None] * first_column + [to_wire(cell) for cell in values]
        for column, rows in down.get(number, ()):
            merged.begin(number, column, rows, cells[column] if column < len(cells) else None)
        merged.fill(number, cells)
        if merged.filled and not said:
            said = True
            yield MERGED
        yield RowRead(number + 1, cells, across=across.get(number, []))
