"""xlsx, as it is written by Excel, WPS and some thirty libraries: read row by row, in little memory.

Why not calamine alone: for 100,000 rows it takes 250 MB, it makes `#N/A` empty, and says nothing of formulas that were
never calculated, of rows that a filter hides, of number formats (007).  What cannot be read here is tried by it.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any
from xml.parsers import expat

from . import number_formats
from .cells import DATE, ERROR, MOMENT, UNCALCULATED
from .events import MERGED, Event, FileError, HiddenColumns, Merged, RowRead, SheetStart
from .number_formats import PLAIN, Format
from .packed import Packed

_CHUNK = 1 << 16
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGE = re.compile(rb"<(?:[\w.-]+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
_PLACE = re.compile(r"([A-Z]+)(\d+)")
Merge = tuple[int, int, int, int]
_TRUE = ("1", "true")


def read(file: IO[bytes]) -> Iterator[Event]:
    """The sheets of the workbook in their order."""
    with zipfile.ZipFile(file) as parts:
        book = _Book(parts)
        for name, path, hidden in book.sheets():
            yield SheetStart(name, hidden)
            yield from _Rows(book, path).read()


class _Book:
    """The parts that all sheets share."""

    def __init__(self, parts: zipfile.ZipFile) -> None:
        self.parts = parts
        # Some writers use backslashes, or another case than their own references.
        self._names = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in parts.infolist()}
        self.main = self._main()
        self.since_1904 = False
        self._related = self._relations(self.main)
        self.formats = self._formats()
        self.texts = self._texts()

    def open(self, path: str) -> IO[bytes]:
        return self.parts.open(self._names[path.lower()])

    def has(self, path: str) -> bool:
        return path.lower() in self._names

    def sheets(self) -> list[tuple[str, str, bool]]:
        """(name, path, hidden) of each sheet of cells."""
        found: list[tuple[str, str, bool]] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self.since_1904 = True
            if tag == "sheet":
                kind, path = self._related.get(attributes.get("id", ""), ("", ""))
                if kind.endswith("/worksheet") and self.has(path):
                    found.append((attributes.get("name", ""), path, attributes.get("state", "visible") != "visible"))

        _parse(self.open(self.main), start)
        return found

    def _main(self) -> str:
        for kind, path in self._relations("").values():
            if kind.endswith("/officeDocument") and self.has(path):
                return path
        for name in self._names:
            if name.endswith("workbook.xml"):
                return name
        raise FileError("文件里没有工作簿，请用 Excel 打开后另存为 .xlsx 再导入")

    def _relations(self, path: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(path)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "").replace("\\", "/")
                absolute = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                found[attributes.get("Id", "")] = (attributes.get("Type", ""), posixpath.normpath(absolute))

        if self.has(relations):
            _parse(self.open(relations), start)
        return found

    def _part(self, kind: str) -> str | None:
        return next((path for k, path in self._related.values() if k.endswith(kind) and self.has(path)), None)

    def _formats(self) -> list[Format]:
        """The number format of each cell style."""
        path = self._part("/styles")
        codes: dict[int, str] = {}
        styles: list[int] = []
        inside = [False]

        def start(tag: str, attributes: dict[str, str]) -> None:
            match tag:
                case "numFmt" if attributes.get("numFmtId", "").isdigit():
                    codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
                case "cellXfs":
                    inside[0] = True
                case "xf" if inside[0]:
                    number = attributes.get("numFmtId", "0")
                    styles.append(int(number) if number.isdigit() else 0)

        def end(tag: str) -> None:
            if tag == "cellXfs":
                inside[0] = False

        if path:
            _parse(self.open(path), start, end)
        return [number_formats.of(number, codes.get(number)) for number in styles]

    def _texts(self) -> _Texts:
        texts = _Texts()
        path = self._part("/sharedStrings")
        if path:
            texts.fill(self.open(path))
        return texts


class _Texts:
    """The texts that cells share, packed: a hundred thousand of them are 50 MB otherwise."""

    def __init__(self) -> None:
        self._packed = Packed(kept=128, between=b"\x00")

    def fill(self, file: IO[bytes]) -> None:
        parts: list[str] = []
        collecting, phonetic = [False], [False]

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "si":
                parts.clear()
            elif tag == "rPh":
                phonetic[0] = True
            collecting[0] = tag == "t" and not phonetic[0]

        def end(tag: str) -> None:
            collecting[0] = False
            if tag == "rPh":
                phonetic[0] = False
            elif tag == "si":
                text = _unescaped("".join(parts)).replace("\x00", "")
                self._packed.append(text.encode("utf-8", "replace"))

        def data(text: str) -> None:
            if collecting[0]:
                parts.append(text)

        _parse(file, start, end, data)

    def __getitem__(self, index: int) -> str:
        return self._packed[index].decode()


class _Rows:
    """The rows of one sheet, collected by the parser chunk by chunk."""

    def __init__(self, book: _Book, path: str) -> None:
        self.book, self.path = book, path
        self.ready: list[RowRead] = []
        self.row = 0
        self.cells: list[Any] = []
        self.hidden = False
        self.unseen = HiddenColumns()
        self.column = -1
        self.kind = self.style = ""
        self.value: list[str] = []
        self.collecting = self.phonetic = self.has_value = self.has_formula = False

    def read(self) -> Iterator[Event]:
        across, down = self._merges()
        merged, said = Merged(), False
        for row in self._parsed():
            for first, last in across.get(row.number, ()):
                row.across.append((first, last))
            for column, rows in down.get(row.number, ()):
                merged.begin(row.number, column, rows, row.cells[column] if column < len(row.cells) else None)
            merged.fill(row.number, row.cells)
            if merged.filled and not said:
                said = True
                yield MERGED
            self.unseen.see(row.cells)
            yield row
        yield from self.unseen.told()

    def _parsed(self) -> Iterator[RowRead]:
        parser = _parser(self._start, self._end, self._data)
        with self.book.open(self.path) as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk)
                yield from self.ready
                self.ready.clear()
            parser.Parse(b"", True)
        yield from self.ready

    def _merges(self) -> tuple[dict[int, list[tuple[int, int]]], dict[int, list[tuple[int, int]]]]:
        """Row → (first, last column) of cells merged across, and row → (column, rows) of cells merged down.  They
        stand behind the rows in the file, so it is looked through once before."""
        across: dict[int, list[tuple[int, int]]] = defaultdict(list)
        down: dict[int, list[tuple[int, int]]] = defaultdict(list)
        rest = b""
        with self.book.open(self.path) as file:
            while chunk := file.read(1 << 20):
                block = rest + chunk
                end = 0
                for match in _MERGE.finditer(block):
                    end = match.end()
                    left, top, right, bottom = (part.decode() for part in match.groups())
                    first, last, rows = _column(left), _column(right), int(bottom) - int(top) + 1
                    if last > first:
                        for row in range(int(top), int(top) + min(rows, 50)):
                            across[row].append((first, last))
                    if rows > 1:
                        down[int(top)].append((first, rows))
                rest = block[max(end, len(block) - 200) :]
        return across, down

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            place = attributes.get("r")
            match = _PLACE.match(place) if place else None
            self.column = _column(match[1]) if match else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.has_value = self.has_formula = False
            self.value = []
        elif tag == "v" or (tag == "t" and not self.phonetic):
            self.collecting = self.has_value = True
        elif tag == "f":
            self.has_formula = True
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "row":
            number = attributes.get("r", "")
            self.row = int(number) if number.isdigit() else self.row + 1
            self.cells, self.column = [], -1
            # `zeroHeight` of the sheet hides only rows that are not written at all, and so hold nothing.
            self.hidden = attributes.get("hidden") in _TRUE
        elif tag == "col" and attributes.get("hidden") in _TRUE:
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdigit() and last.isdigit():
                self.unseen.add(int(first) - 1, int(last) - 1)

    def _end(self, tag: str) -> None:
        if tag == "c":
            value = self._cell()
            if value is not None and 0 <= self.column < 16384:
                if self.column >= len(self.cells):
                    self.cells.extend([None] * (self.column + 1 - len(self.cells)))
                self.cells[self.column] = value
        elif tag in ("v", "t"):
            self.collecting = False
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "row":
            self.ready.append(RowRead(self.row, self.cells, self.hidden))

    def _data(self, text: str) -> None:
        if self.collecting:
            self.value.append(text)

    def _cell(self) -> Any:
        text = "".join(self.value)
        if self.kind != "inlineStr" and not text.strip():
            return {UNCALCULATED: ""} if self.has_formula and self.kind not in ("str", "e") else None
        match self.kind:
            case "s":
                return self.book.texts[int(text)] or None
            case "b":
                return text.strip() in ("1", "true")
            case "e":
                return {ERROR: text.strip()}
            case "d":
                return {DATE if len(text) == 10 else MOMENT: text.strip().removesuffix("Z")[:19]}
            case "n":
                return self._number(text.strip())
            case _:
                return _unescaped(text) or None

    def _number(self, text: str) -> Any:
        try:
            number = float(text)
        except ValueError:
            return text
        form = PLAIN
        with suppress(ValueError, IndexError):
            form = self.book.formats[int(self.style)]
        return number_formats.shown(number, form, since_1904=self.book.since_1904)


def _column(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found - 1


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(
        lambda match: chr(int(match[1], 16)) if int(match[1], 16) not in range(0xD800, 0xE000) else "", text
    )


def _parser(start: Any, end: Any = None, data: Any = None) -> Any:
    """An expat parser whose handlers hear names without prefix or namespace: strict files and prefixed ones alike."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(
        tag.rpartition(":")[2], {name.rpartition(":")[2]: value for name, value in attributes.items()}
    )
    if end:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if data:
        parser.CharacterDataHandler = data
    # An office file declares no entities of its own; one that does is not read further.
    parser.EntityDeclHandler = _refuse_entities
    return parser


def _refuse_entities(*_: Any) -> None:
    raise FileError("文件里有不该有的内容，无法读取；请用 Excel 打开后另存为 .xlsx 再导入")


def _parse(file: IO[bytes], start: Any, end: Any = None, data: Any = None) -> None:
    parser = _parser(start, end, data)
    with file:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk)
        parser.Parse(b"", True)
