"""Sheets as rows of text: what the office uses goes in and out here, read as orders are (`workbooks`)."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import xlsxwriter

from lianxin import workbooks
from lianxin.workbooks import WAITED_FOR, Sheet
from lianxin.workbooks.cells import Broken, text

MOST_ROWS = 20_000
#: Rows that are named one by one where many are meant.
NAMED = 5
HIDDEN = "被筛选或隐藏，没有导入；要导入，请在表格里取消筛选或隐藏"


class WorkbookError(ValueError):
    """A file that cannot be used as a whole; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True)
class Line:
    """A row that is not empty: its number as Excel shows it, and its texts by header."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Contents:
    """The rows of a sheet, and what people should know about how it was read, in sentences."""

    lines: list[Line]
    remarks: list[str]


def read(file: BinaryIO, headers: Sequence[str], required: Iterable[str]) -> Contents:
    """The rows of the first sheet that has the required headings, below its heading row.  A column “备注” is ignored;
    rows and sheets that nobody sees are not read, as with orders, and that is told.  Raises WorkbookError."""
    required = list(required)
    sheets = _opened(file)
    sheet, start, titles = _found(sheets, headers, required)
    named = [title for title in titles if title]
    if unknown := [title for title in named if title not in headers and title != "备注"]:
        raise WorkbookError(f"表头有不认识的列：{'、'.join(unknown)}。可用的列：{'、'.join(headers)}、备注。")
    if len(set(named)) < len(named):
        raise WorkbookError("表头有重复的列名，请删去多余的列。")
    if sheet.cut:
        raise WorkbookError(f"一次最多导入 {MOST_ROWS} 行，请分成几份导入。")
    lines, hidden = [], []
    for row in sheet.rows(start):
        if row.hidden:
            hidden += [row.number] if any(text(cell) for cell in row.cells) else []
            continue
        pairs = [(title, cell) for title, cell in zip(titles, row.cells, strict=False) if title and title != "备注"]
        if broken := next((f"“{title}”：{cell}" for title, cell in pairs if isinstance(cell, Broken)), None):
            raise WorkbookError(f"第 {row.number} 行{broken}。")
        cells = dict.fromkeys(named, "") | {title: text(cell) for title, cell in pairs}
        cells.pop("备注", None)
        if any(cells.values()):
            lines.append(Line(row.number, cells))
    if len(lines) > MOST_ROWS:
        raise WorkbookError(f"一次最多导入 {MOST_ROWS} 行，请分成几份导入。")
    return Contents(lines, [*_remarks(sheet, hidden), *_others(sheets, sheet, required)])


def _remarks(sheet: Sheet, hidden: list[int]) -> Iterator[str]:
    """What was said of the sheet, of its rows, and of those that were left out; the same of many rows once."""
    by_text: dict[str, list[int]] = {}
    for number, sentence in sheet.remarks:
        by_text.setdefault(sentence, []).append(number)
    for sentence, numbers in by_text.items():
        yield f"工作表“{sheet.name}”{sentence}。" if numbers == [0] else f"{_rows(numbers)}：{sentence}。"
    if hidden:
        yield f"{_rows(hidden)}{HIDDEN}。"


def _rows(numbers: list[int]) -> str:
    named = "、".join(map(str, numbers[:NAMED]))
    return f"第 {named} 行" + (f"等 {len(numbers)} 行" if len(numbers) > NAMED else "")


def _others(sheets: list[Sheet], taken: Sheet, required: list[str]) -> Iterator[str]:
    """The other sheets that have the headings too."""
    for sheet in sheets:
        if sheet is not taken and any(not missing for _, _, missing in _headings(sheet, required)):
            why = "是隐藏的" if sheet.hidden else "一次只导入一张"
            yield f"工作表“{sheet.name}”有同样的表头，{why}，没有读取。"


def _opened(file: BinaryIO) -> list[Sheet]:
    try:
        limits = replace(WAITED_FOR, rows=MOST_ROWS, columns=100)
        return [sheet for sheet in workbooks.read(file.read(), "工作表", limits).sheets if len(sheet)]
    except workbooks.FileError as error:
        raise WorkbookError(f"{error}。") from error


def _found(sheets: list[Sheet], headers: Sequence[str], required: list[str]) -> tuple[Sheet, int, list[str]]:
    """The sheet, the index of its first row of data, its headings.  Titles may stand above, other sheets before."""
    best: tuple[int, str] = (-1, "")
    unseen = ""
    for sheet in sheets:
        for index, titles, missing in _headings(sheet, required):
            if not missing and not sheet.hidden:
                return sheet, index + 1, titles
            unseen = unseen or ("" if missing else sheet.name)
            best = max(best, (sum(title in headers for title in titles), "、".join(missing)))
    if not sheets:
        raise WorkbookError("文件里没有内容。请先导出一份作为模板。")
    if unseen:
        raise WorkbookError(f"只有隐藏的工作表“{unseen}”有所要的表头，没有读取。请在表格里取消隐藏后再导入。")
    raise WorkbookError(f"表头缺少列：{best[1]}。请先导出一份作为模板。")


def _headings(sheet: Sheet, required: list[str]) -> Iterator[tuple[int, list[str], list[str]]]:
    """(index, texts, which of `required` are missing) of each row that may be that of the headings."""
    for index in range(min(10, len(sheet))):
        titles = [text(cell) for cell in sheet[index].cells]
        yield index, titles, [header for header in required if header not in titles]


def write(title: str, headers: Sequence[str], rows: Iterable[Sequence[str]], choices: dict[str, list[str]]) -> bytes:
    """A workbook of one sheet, all cells text (a name that begins with “=” stays a name); `choices` drop down."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        as_text = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for column, header in enumerate(headers):
            sheet.set_column(column, column, 18, as_text)
            sheet.write_string(0, column, header, head)
            if header in choices:
                sheet.data_validation(
                    1, column, MOST_ROWS, column, {"validate": "list", "source": choices[header], "ignore_blank": True}
                )
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, as_text)
    return out.getvalue()
