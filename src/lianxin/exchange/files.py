"""Foreign files as rows: xlsx, xls or csv, whatever they really are.  Every failure is one Chinese sentence."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from .cells import text

MOST_ROWS = 100_000
MOST_COLUMNS = 200
#: Files are read whole: larger ones are cut up by whoever has them.
MOST_BYTES = 64 * 1024 * 1024
#: A workbook is a zip: a small hostile file must not fill the memory.
MOST_UNPACKED = 512 * 1024 * 1024
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class FileError(ValueError):
    """A file that cannot be used as a whole; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is not empty: its sheet, its number as Excel shows it, its cells by heading."""

    sheet: str
    number: int
    cells: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet below its header row."""

    headers: tuple[str, ...]
    lines: tuple[Line, ...]


class Source:
    """An opened file.  `name` is what the user calls it, `most` how many rows are taken at once."""

    def __init__(self, data: bytes, name: str, most: int = MOST_ROWS) -> None:
        if not data:
            raise FileError("文件是空的")
        if len(data) > MOST_BYTES:
            raise FileError(f"文件超过 {MOST_BYTES >> 20} MB，请分成几份导入")
        self.name, self.most = text(name), most
        self.digest = hashlib.sha256(data).hexdigest()
        self._workbook = _workbook(data) if data[:4] in (_ZIP, _OLD_OFFICE) else None
        self._text = "" if self._workbook else _decoded(data)

    @classmethod
    def open(cls, path: Path) -> Source:
        """The file at `path`.  Raises FileError."""
        try:
            if path.stat().st_size > MOST_BYTES:
                raise FileError(f"文件超过 {MOST_BYTES >> 20} MB，请分成几份导入")
            return cls(path.read_bytes(), path.name)
        except OSError as error:
            raise FileError("读不到这个文件，请核对文件名和权限") from error

    def table(self, sheet: str | int, header_row: int, wanted: Iterable[str]) -> Table:
        """The sheet (by name, or by number from 1) with the `wanted` headings.  Raises FileError."""
        title, rows = self._rows(sheet)
        head = next(itertools.islice(rows, header_row - 1, None), None)
        if head is None or not any(text(cell) for cell in head):
            raise FileError(f"工作表“{title}”的第 {header_row} 行没有表头")
        headers = tuple(heading(cell) for cell in head)
        _check_headers(title, headers, [heading(name) for name in wanted])
        lines = tuple(_lines(title, headers, enumerate(rows, header_row + 1), self.most))
        if not lines:
            raise FileError(f"工作表“{title}”的表头下面没有数据")
        return Table(tuple(name for name in headers if name), lines)

    def _rows(self, sheet: str | int) -> tuple[str, Iterator[list[Any]]]:
        if self._workbook is None:
            return self.name, _csv_rows(self._text)
        names = self._workbook.sheet_names
        title = sheet if isinstance(sheet, str) else names[sheet - 1] if 0 < sheet <= len(names) else None
        if title not in names:
            wanted = f"名为“{sheet}”的" if isinstance(sheet, str) else f"第 {sheet} 个"
            raise FileError(f"文件里没有{wanted}工作表（现有：{'、'.join(names)}）")
        try:
            return str(title), iter(self._workbook.get_sheet_by_name(str(title)).iter_rows())
        # Whatever a damaged file makes the reader raise, to the user it is one thing.
        except Exception as error:
            raise FileError(f"工作表“{title}”已损坏，请用 Excel 打开后另存一份再导入") from error


def heading(cell: Any) -> str:
    """A heading as it is compared: half-width, without blanks (headings are often broken over lines)."""
    return "".join(unicodedata.normalize("NFKC", text(cell)).split())


def _workbook(data: bytes) -> CalamineWorkbook:
    if data[:4] == _ZIP:
        _check_size(data)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Exception as error:
        if data[:4] == _OLD_OFFICE and "EncryptedPackage".encode("utf-16-le") in data:
            raise FileError("文件加了密码，请去掉密码后再导入") from error
        raise FileError("无法读取该文件，可能已损坏；请用 Excel 打开后另存为 .xlsx 再导入") from error


def _check_size(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            size = sum(part.file_size for part in parts.infolist())
    # Besides BadZipFile a damaged directory raises whatever its bytes happen to ask for.
    except Exception as error:
        raise FileError("文件不完整，请重新下载或另存后再导入") from error
    if size > MOST_UNPACKED:
        raise FileError("文件展开后过大，请分成几份导入")


def _decoded(data: bytes) -> str:
    """A csv file's text: UTF-8 or, as Chinese offices save it, GB 18030."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            found = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in found:
            break
        if found.lstrip()[:1] == "<":
            raise FileError("这个文件其实是网页，不是表格；请用 Excel 打开后另存为 .xlsx 再导入")
        return found
    raise FileError("无法读取该文件，请使用 Excel 工作簿（.xlsx）或 csv 文件")


def _csv_rows(content: str) -> Iterator[list[Any]]:
    first = content.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        yield from csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise FileError(
            "csv 文件的格式有误（引号没有成对，或一格太长），请用 Excel 打开后另存为 .xlsx 再导入"
        ) from error


def _check_headers(title: str, headers: tuple[str, ...], wanted: list[str]) -> None:
    if len(headers) > MOST_COLUMNS:
        raise FileError(f"工作表“{title}”超过 {MOST_COLUMNS} 列，请删去多余的列")
    if missing := [name for name in dict.fromkeys(wanted) if name not in headers]:
        found = "、".join(name for name in headers if name)
        raise FileError(f"工作表“{title}”缺少列：{'、'.join(missing)}（现有：{found}）。请核对映射和表头所在行")
    if twice := [name for name in dict.fromkeys(wanted) if headers.count(name) > 1]:
        raise FileError(f"工作表“{title}”有重复的列：{'、'.join(twice)}，请删去多余的列")


def _lines(title: str, headers: tuple[str, ...], rows: Iterable[tuple[int, list[Any]]], most: int) -> Iterator[Line]:
    count = 0
    for number, row in rows:
        cells = {name: cell for name, cell in zip(headers, row, strict=False) if name}
        if not any(text(cell) for cell in cells.values()):
            continue
        count += 1
        if count > most:
            raise FileError(f"一次最多导入 {most} 行，请分成几份导入")
        yield Line(title, number, cells)
