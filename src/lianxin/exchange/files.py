"""Foreign files as lines under headings: the right sheets, the right row of headings, one row or two.

`workbooks` reads the file in a child process; here its rows find their headings.  Every failure is one Chinese
sentence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lianxin import workbooks
from lianxin.workbooks import FileError, Limits, Row, Sheet
from lianxin.workbooks.cells import text
from lianxin.workbooks.reading import Progress

__all__ = ["FileError", "Line", "Source", "Table", "heading"]

#: How far down headings are looked for: titles, notes and dates stand above them.
LOOKED_AT = 30


class Line:
    """A row that is not empty: its sheet and its number as the user's program shows it.  Its cells, by heading, stay
    packed until they are asked for."""

    __slots__ = ("_table", "index", "number", "sheet")

    def __init__(self, table: Table, index: int, number: int) -> None:
        self._table, self.index = table, index
        self.sheet, self.number = table.title, number

    @property
    def cells(self) -> dict[str, Any]:
        """Heading → cell; unpacked anew each time."""
        return self._table.cells(self._table.sheet[self.index])


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet below its headings; `start` is the index of the first row below them.  `aliases` are lower headings of
    a pair of rows that occur once."""

    sheet: Sheet
    headers: tuple[str, ...]
    start: int
    aliases: dict[str, str]

    @property
    def title(self) -> str:
        """The sheet's name."""
        return self.sheet.name

    def cells(self, row: Row) -> dict[str, Any]:
        """The cells of a row by heading."""
        found = {name: cell for name, cell in zip(self.headers, row.cells, strict=False) if name}
        found.update({alias: found[name] for alias, name in self.aliases.items() if name in found})
        return found

    def lines(self) -> Iterator[tuple[Line, Row, dict[str, Any]]]:
        """Each line below the headings with its row and cells; headings that are repeated on each page are left
        out."""
        for index in range(self.start, len(self.sheet)):
            row = self.sheet[index]
            cells = self.cells(row)
            shown = [text(cell) for cell in row.cells]
            if not any(shown) or self._repeats_headings(shown):
                continue
            yield Line(self, index, row.number), row, cells

    def _repeats_headings(self, shown: list[str]) -> bool:
        pairs = zip(shown, self.headers, strict=False)
        return len(shown) <= len(self.headers) and all(heading(cell) == name for cell, name in pairs)


class Source:
    """An opened file.  `name` is what the user calls it, `most` how many rows are taken at once."""

    def __init__(self, data: bytes, name: str, most: int = 100_000, progress: Progress | None = None) -> None:
        limits = workbooks.WAITED_FOR if most <= workbooks.WAITED_FOR.rows else Limits()
        self._take(workbooks.read(data, name, replace(limits, rows=most), progress), most)

    @classmethod
    def open(cls, path: Path, progress: Progress | None = None) -> Source:
        """The file at `path`.  Raises FileError."""
        found = cls.__new__(cls)
        found._take(workbooks.read_path(path, progress=progress), Limits().rows)
        return found

    def _take(self, book: workbooks.Workbook, most: int) -> None:
        self.book, self.most = book, most
        self.name, self.digest = book.name, book.digest
        #: what people should know about how the file was read
        self.remarks: list[str] = []

    def tables(
        self, sheet: str | int | None, header_row: int | None, wanted: Iterable[str], heading_rows: int | None = None
    ) -> list[Table]:
        """Every sheet with the `wanted` headings, or the one named (by name, or by number from 1).

        Where the place that the map names does not fit, and another does, that one is taken, and said.  Raises
        FileError.
        """
        names = [heading(name) for name in dict.fromkeys(wanted)]
        sheets = [one for one in self.book.sheets if len(one)]
        if not sheets:
            raise FileError("文件里没有内容")
        asked = self._asked(sheet)
        found = [self._table(one, header_row, heading_rows, names) for one in ([asked] if asked else sheets)]
        tables = [table for table in found if table and (asked or not table.sheet.hidden)]
        if not tables:
            tables = self._elsewhere(sheets, asked, header_row, names)
        if not tables:
            raise FileError(_missing(asked or _likeliest(sheets, names), header_row, names))
        for table in tables:
            self._check(table, names)
        self._tell_others(sheets, tables, names)
        return tables

    def _asked(self, sheet: str | int | None) -> Sheet | None:
        if sheet is None:
            return None
        all_names = [one.name for one in self.book.sheets]
        if isinstance(sheet, int):
            found = self.book.sheets[sheet - 1] if 0 < sheet <= len(all_names) else None
        else:
            found = next((one for one in self.book.sheets if one.name == sheet), None)
        # A text has one sheet, whatever the map calls it; the sheet of bad rows is found by its own headings.
        if found is None and len(all_names) > 1:
            wanted = f"名为“{sheet}”的" if isinstance(sheet, str) else f"第 {sheet} 个"
            raise FileError(f"文件里没有{wanted}工作表（现有：{'、'.join(all_names)}）")
        return found

    def _table(self, sheet: Sheet, header_row: int | None, rows: int | None, names: list[str]) -> Table | None:
        for index in range(min(LOOKED_AT, len(sheet)) if header_row is None else len(sheet)):
            row = sheet[index]
            if header_row is not None and row.number != header_row:
                if row.number > header_row:
                    break
                continue
            for depth in (1, 2) if rows is None else (rows,):
                table = under(sheet, index, depth)
                known = {*table.headers, *table.aliases}
                if all(name in known for name in names):
                    return table
        return None

    def _elsewhere(
        self, sheets: list[Sheet], asked: Sheet | None, header_row: int | None, names: list[str]
    ) -> list[Table]:
        if asked is None and header_row is None:
            return []
        found = [table for one in sheets if not one.hidden and (table := self._table(one, None, None, names))]
        for table in found[:1]:
            row = table.sheet[table.start - 1].number
            self.remarks.append(f"映射写明的位置没有所要的表头，已改按工作表“{table.title}”第 {row} 行的表头读取")
        return found[:1]

    def _check(self, table: Table, names: list[str]) -> None:
        title = table.title
        if twice := [name for name in names if table.headers.count(name) > 1]:
            raise FileError(f"工作表“{title}”有重复的列：{'、'.join(twice)}，请删去多余的列")
        if table.sheet.cut or len(table.sheet) - table.start > self.most:
            raise FileError(f"文件太大，一次最多导入 {self.most} 行，请分成几份导入")
        if len(table.sheet) <= table.start:
            raise FileError(f"工作表“{title}”的表头下面没有数据")
        self.remarks += [f"工作表“{title}”{remark}" for number, remark in table.sheet.remarks if not number]

    def _tell_others(self, sheets: list[Sheet], tables: list[Table], names: list[str]) -> None:
        taken = {id(table.sheet) for table in tables}
        for one in sheets:
            if id(one) not in taken and (other := self._table(one, None, None, names)) and len(one) > other.start:
                why = "是隐藏的" if one.hidden else "映射没有写明"
                self.remarks.append(f"工作表“{one.name}”有同样的表头，{why}，没有读取")


def under(sheet: Sheet, index: int, depth: int) -> Table:
    """The sheet as if its headings were row `index` and, with `depth` 2, the row below it.

    Of two rows the upper one groups: 回访情况 over 时间 reads 回访情况/时间, or 时间 alone where only one is called so.
    """
    upper = _spread(sheet[index])
    if depth == 1 or index + 1 >= len(sheet):
        return Table(sheet, tuple(upper), index + 1, {})
    lower = [heading(cell) for cell in sheet[index + 1].cells]
    width = max(len(upper), len(lower))
    pairs = list(zip(upper + [""] * (width - len(upper)), lower + [""] * (width - len(lower)), strict=True))
    headers = tuple(_joined(above, below) for above, below in pairs)
    single = [below for _, below in pairs]
    aliases = {
        below: name
        for name, below in zip(headers, single, strict=True)
        if below and below != name and single.count(below) == 1 and below not in headers
    }
    return Table(sheet, headers, index + 2, aliases)


def _spread(row: Row) -> list[str]:
    names = [heading(cell) for cell in row.cells]
    for first, last in row.across:
        names.extend([""] * (last + 1 - len(names)))
        for column in range(first + 1, last + 1):
            names[column] = names[column] or names[first]
    return names


def _joined(above: str, below: str) -> str:
    return f"{above}/{below}" if above and below and above != below else above or below


def heading(cell: Any) -> str:
    """A heading as it is compared: half-width, without blanks (headings are often broken over lines) and without the
    star of a required field."""
    return _heading(text(cell))


@lru_cache(maxsize=2048)
def _heading(shown: str) -> str:
    # The headings of a map are looked up with every row.
    return "".join(unicodedata.normalize("NFKC", shown).split()).strip("*:")


def _likeliest(sheets: Sequence[Sheet], names: list[str]) -> Sheet:
    return max(sheets, key=lambda one: max(_fit(one, index, names) for index in range(min(LOOKED_AT, len(one)))))


def _fit(sheet: Sheet, index: int, names: list[str]) -> int:
    there = {heading(cell) for cell in sheet[index].cells}
    return sum(name in there for name in names)


def _missing(sheet: Sheet, header_row: int | None, names: list[str]) -> str:
    rows = range(min(LOOKED_AT, len(sheet)))
    fitting = [index for index in rows if header_row is not None and sheet[index].number == header_row]
    if header_row is not None and not fitting:
        return f"工作表“{sheet.name}”的第 {header_row} 行没有表头"
    best = fitting[0] if fitting else max(rows, key=lambda index: _fit(sheet, index, names))
    there = [name for cell in sheet[best].cells if (name := heading(cell))]
    missing = "、".join(name for name in names if name not in there)
    return f"工作表“{sheet.name}”缺少列：{missing}（现有：{'、'.join(there)}）。请核对映射和表头所在行"
