""".xls of Excel 5 to 2003, and what WPS and a generation of Java web systems call so.

Read by xlrd: calamine takes the code page that JExcelApi and Spreadsheet::WriteExcel write at its word and reads
Chinese texts as Latin letters.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import xlrd
from xlrd.biffh import error_text_from_code

from . import number_formats
from .cells import ERROR
from .events import MERGED, Event, FileError, HiddenColumns, Merged, RowRead, SheetStart
from .number_formats import PLAIN, Format

_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR = 1, 2, 3, 4, 5


def read(data: bytes) -> Iterator[Event]:
    """The sheets of the workbook in their order.  Raises FileError."""
    try:
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise FileError("文件加了密码，请用 Excel 打开、去掉密码后再导入") from error
        raise
    for name in book.sheet_names():
        sheet = book.sheet_by_name(name)
        yield SheetStart(name, bool(sheet.visibility))
        yield from _rows(book, sheet)
        book.unload_sheet(name)


def _rows(book: Any, sheet: Any) -> Iterator[Event]:
    across: dict[int, list[tuple[int, int]]] = defaultdict(list)
    down: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for top, bottom, left, right in sheet.merged_cells:
        if right - left > 1:
            for row in range(top, min(bottom, top + 50)):
                across[row].append((left, right - 1))
        if bottom - top > 1:
            down[top].append((left, bottom - top))
    merged, said = Merged(), False
    unseen = HiddenColumns()
    for column, info in sheet.colinfo_map.items():
        if info.hidden:
            unseen.add(column, column)
    formats: dict[int, Format] = {}
    for number in range(sheet.nrows):
        cells = [_cell(book, cell, formats) for cell in sheet.row(number)]
        for column, rows in down.get(number, ()):
            merged.begin(number, column, rows, cells[column] if column < len(cells) else None)
        merged.fill(number, cells)
        if merged.filled and not said:
            said = True
            yield MERGED
        unseen.see(cells)
        about = sheet.rowinfo_map.get(number)
        yield RowRead(number + 1, cells, bool(about and about.hidden), list(across.get(number, ())))
    yield from unseen.told()


def _cell(book: Any, cell: Any, formats: dict[int, Format]) -> Any:
    match cell.ctype:
        case 1:
            return cell.value or None
        case 2 | 3:
            return number_formats.shown(
                cell.value, _format(book, cell.xf_index, formats), since_1904=bool(book.datemode)
            )
        case 4:
            return bool(cell.value)
        case 5:
            return {ERROR: error_text_from_code.get(cell.value, "#?")}
        case _:
            return None


def _format(book: Any, style: int, formats: dict[int, Format]) -> Format:
    if style not in formats:
        try:
            key = book.xf_list[style].format_key
            known = book.format_map.get(key)
            # Built-in formats have no text of their own; xlrd names those that it knows.
            found = number_formats.of(key, known.format_str if known and key >= 164 else None)
            if not found.kind and known:
                found = number_formats.of(key, known.format_str)
        except (IndexError, AttributeError, TypeError):
            found = PLAIN
        formats[style] = found
    return formats[style]
