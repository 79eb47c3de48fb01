"""xlsx files as rows of text: what the office uses goes in and out here, and nothing else knows openpyxl."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

import openpyxl
import xlsxwriter

MOST_ROWS = 20_000
# A workbook is a zip: its unpacked size is limited, so that a small hostile file cannot fill the memory.
MOST_BYTES = 64 * 1024 * 1024


class WorkbookError(ValueError):
    """A file that cannot be used as a whole; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True)
class Line:
    """A row that is not empty: its number as Excel shows it, and its texts by header."""

    number: int
    cells: dict[str, str]


def read(file: BinaryIO, headers: Sequence[str], required: Iterable[str]) -> list[Line]:
    """The rows of the first sheet below its header row. A column “备注” is ignored. Raises WorkbookError."""
    rows = _rows(file)
    titles = [_text(cell) for cell in rows[0]] if rows else []
    named = [title for title in titles if title]
    if missing := [header for header in required if header not in named]:
        raise WorkbookError(f"第一行缺少列：{'、'.join(missing)}。请先导出一份作为模板。")
    if unknown := [title for title in named if title not in headers and title != "备注"]:
        raise WorkbookError(f"第一行有不认识的列：{'、'.join(unknown)}。可用的列：{'、'.join(headers)}、备注。")
    if len(set(named)) < len(named):
        raise WorkbookError("第一行有重复的列名，请删去多余的列。")
    lines = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {title: _text(cell) for title, cell in zip(titles, row, strict=False) if title and title != "备注"}
        if any(cells.values()):
            lines.append(Line(number, cells))
    return lines


def _rows(file: BinaryIO) -> list[tuple[Any, ...]]:
    try:
        with zipfile.ZipFile(file) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
                raise WorkbookError("文件过大，请分成几份导入。")
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 2, max_col=100))
    except WorkbookError:
        raise
    # Whatever a damaged or foreign file makes the reader raise, to the user it is one thing: not a workbook.
    except Exception as error:
        raise WorkbookError("无法读取该文件，请上传 Excel 工作簿（.xlsx）。") from error
    if len(rows) > MOST_ROWS + 1:
        raise WorkbookError(f"一次最多导入 {MOST_ROWS} 行，请分成几份导入。")
    return rows


def _text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "是" if cell else "否"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() | date():
            return f"{cell:%Y-%m-%d}"
        case _:
            return str(cell).strip()


def write(title: str, headers: Sequence[str], rows: Iterable[Sequence[str]], choices: dict[str, list[str]]) -> bytes:
    """A workbook of one sheet, all cells text (a name that begins with “=” stays a name); `choices` drop down."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        text = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for column, header in enumerate(headers):
            sheet.set_column(column, column, 18, text)
            sheet.write_string(0, column, header, head)
            if header in choices:
                sheet.data_validation(
                    1, column, MOST_ROWS, column, {"validate": "list", "source": choices[header], "ignore_blank": True}
                )
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, text)
    return out.getvalue()
