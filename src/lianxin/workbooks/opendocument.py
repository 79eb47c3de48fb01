"""ODS, packed or flat, of LibreOffice, Gnumeric, WPS and SheetJS.

calamine refuses those with indented cells (Gnumeric, SheetJS) and tells neither errors nor hidden rows; the format
says both, and the text that the user sees (007) beside the value.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from .cells import DATE, ERROR, MOMENT, TIME
from .events import Event, FileError, RowRead, SheetStart
from .grid import Grid

_NS = {
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}
_SPAN = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")
_BLANKS = re.compile(r"(?<=[^ \t\r\n])(?P<written>\n+)(?=[^ \t\r\n])|[ \t\r\n]+")
#: An empty row repeated to the end of the sheet is one row; a full one is taken at its word up to here.
_REPEATED = 10_000


def _name(prefix: str, local: str) -> str:
    return f"{{{_NS[prefix]}}}{local}"


_TABLE, _ROW = _name("table", "table"), _name("table", "table-row")
_CELL, _COVERED = _name("table", "table-cell"), _name("table", "covered-table-cell")
_COLUMN, _STYLE = _name("table", "table-column"), _name("style", "style")
_PARAGRAPH = _name("text", "p")


def read(file: IO[bytes]) -> Iterator[Event]:
    """The sheets of a packed file.  Raises FileError."""
    with zipfile.ZipFile(file) as parts:
        if b"encryption-data" in parts.read("META-INF/manifest.xml")[: 1 << 20]:
            raise FileError("文件加了密码，请打开、去掉密码后再导入")
        with parts.open("content.xml") as content:
            yield from read_flat(content)


def read_flat(file: IO[bytes]) -> Iterator[Event]:
    """The sheets of content.xml, or of a flat file."""
    grid = Grid()
    #: the styles of sheets that are hidden
    undisplayed: set[str] = set()
    inside = 0
    tags = (_TABLE, _ROW, _COLUMN, _STYLE)
    for happened, element in etree.iterparse(
        file, events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, huge_tree=True
    ):
        if element.tag == _TABLE:
            inside += 1 if happened == "start" else -1
            # A table within a cell (a sub-table) is no sheet.
            if happened == "start" and inside == 1:
                grid = Grid()
                hidden = element.get(_name("table", "style-name")) in undisplayed
                yield SheetStart(element.get(_name("table", "name"), ""), hidden)
            elif happened == "end":
                yield from grid.told() if not inside else ()
                element.clear()
        elif happened == "end" and element.tag == _STYLE:
            undisplayed |= _undisplayed(element)
        elif happened == "end" and inside == 1:
            yield from _row(element, grid) if element.tag == _ROW else _column(element, grid)
            _forget(element)


def _undisplayed(style: Any) -> set[str]:
    """The name of the style, if what has it is hidden."""
    hidden = any(about.get(_name("table", "display")) == "false" for about in style)
    return {style.get(_name("style", "name"), "")} if hidden else set()


def _column(element: Any, grid: Grid) -> Iterator[Event]:
    hidden = element.get(_name("table", "visibility"), "visible") != "visible"
    grid.column(hidden=hidden, times=_count(element, "number-columns-repeated"))
    yield from ()


def _row(element: Any, grid: Grid) -> Iterator[Event]:
    times = _count(element, "number-rows-repeated")
    hidden = element.get(_name("table", "visibility"), "visible") != "visible"
    grid.begin(hidden=hidden)
    for cell in element.iterchildren(_CELL, _COVERED):
        repeated = _count(cell, "number-columns-repeated")
        across, down = _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
        value = None if cell.tag == _COVERED else _value(cell)
        if across > 1 or down > 1:
            grid.put(value, across=1, down=down)
            if across > 1:
                grid.merged_across(across)
        else:
            grid.again(value, repeated)
    found = list(grid.end())
    yield from found
    last = found[-1]
    if isinstance(last, RowRead) and any(cell not in (None, "") for cell in last.cells):
        for _ in range(min(times, _REPEATED) - 1):
            grid.number += 1
            yield RowRead(grid.number, list(last.cells), hidden)
    else:
        grid.number += times - 1


def _value(cell: Any) -> Any:
    shown = "\n".join(_text(paragraph) for paragraph in cell.iterchildren(_PARAGRAPH))
    kind = cell.get(_name("office", "value-type"), "")
    if cell.get(_name("calcext", "value-type")) == "error" or (
        cell.get(_name("table", "formula"))
        and shown.startswith(("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "Err:"))
    ):
        return {ERROR: shown}
    match kind:
        case "float" | "percentage" | "currency":
            return _number(cell.get(_name("office", "value"), ""), shown)
        case "date":
            said = cell.get(_name("office", "date-value"), "")
            return {DATE: said} if len(said) == 10 else {MOMENT: said.removesuffix("Z")[:19]} if said else shown
        case "time":
            match = _SPAN.fullmatch(cell.get(_name("office", "time-value"), ""))
            return {TIME: ":".join(part or "0" for part in match.groups())} if match else shown
        case "boolean":
            return cell.get(_name("office", "boolean-value")) == "true"
        case "string" if not shown:
            return cell.get(_name("office", "string-value")) or None
        case _:
            return shown or None


def _number(said: str, shown: str) -> Any:
    # What the user sees as digits with zeros before them names something.
    if re.fullmatch(r"0\d+", shown):
        return shown
    try:
        number = float(said)
    except ValueError:
        return shown or None
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def _text(element: Any) -> str:
    parts = [_inline(element.text)]
    for child in element:
        local = etree.QName(child).localname if isinstance(child.tag, str) else ""
        match local:
            case "s":
                parts.append(" " * int(child.get(_name("text", "c"), "1")))
            case "tab":
                parts.append("\t")
            case "line-break":
                parts.append("\n")
            case "annotation" | "ruby-text" | "":
                pass
            case _:
                parts.append(_text(child))
        parts.append(_inline(child.tail))
    return "".join(parts)


def _inline(text: str | None) -> str:
    """Line breaks of the XML itself are blanks, those with blanks around them at least: a bare one within a text was
    written by a program that knows no paragraphs (odswriter, tablib)."""
    return _BLANKS.sub(lambda run: run["written"] or " ", text) if text else ""


def _count(element: Any, name: str) -> int:
    said = element.get(_name("table", name), "1")
    return int(said) if said.isdigit() and len(said) < 8 else 1


def _forget(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None and parent is not None:
        del parent[0]
