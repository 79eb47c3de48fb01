"""Excel 2003 XML, which web systems of that time write and call .xls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from . import number_formats
from .cells import DATE, ERROR, MOMENT, TIME, UNCALCULATED
from .events import Event, SheetStart
from .grid import Grid

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_NAMED = {
    "General Date": "m",
    "Long Date": "d",
    "Medium Date": "d",
    "Short Date": "d",
    "Long Time": "t",
    "Medium Time": "t",
    "Short Time": "t",
}


def read(file: IO[bytes]) -> Iterator[Event]:
    """The sheets of the workbook in their order."""
    grid = Grid()
    formats: dict[str, str] = {}
    tags = [f"{_SS}{name}" for name in ("Style", "Worksheet", "Column", "Row")]
    parsed = etree.iterparse(
        file, events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, huge_tree=True, recover=True
    )
    for happened, element in parsed:
        local = etree.QName(element).localname
        if local == "Worksheet" and happened == "start":
            grid = Grid()
            yield SheetStart(element.get(f"{_SS}Name", ""))
        elif local == "Worksheet":
            yield from grid.told()
        elif local == "Column" and happened == "end":
            _column(grid, element)
        elif local == "Style" and happened == "end":
            form = element.find(f"{_SS}NumberFormat")
            if form is not None:
                formats[element.get(f"{_SS}ID", "")] = form.get(f"{_SS}Format", "")
        elif local == "Row" and happened == "end":
            number = element.get(f"{_SS}Index", "")
            grid.begin(int(number) if number.isdigit() else None, hidden=element.get(f"{_SS}Hidden") == "1")
            for cell in element.iterchildren(f"{_SS}Cell"):
                _put(grid, cell, formats)
            yield from grid.end()
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]


def _column(grid: Grid, element: Any) -> None:
    index, span = (element.get(f"{_SS}{name}", "") for name in ("Index", "Span"))
    at = int(index) - 1 if index.isdigit() else None
    grid.column(hidden=element.get(f"{_SS}Hidden") == "1", times=1 + (int(span) if span.isdigit() else 0), at=at)


def _put(grid: Grid, cell: Any, formats: dict[str, str]) -> None:
    column = cell.get(f"{_SS}Index", "")
    across, down = (int(cell.get(f"{_SS}{name}", "0") or 0) + 1 for name in ("MergeAcross", "MergeDown"))
    grid.put(
        _value(cell, formats),
        column=int(column) - 1 if column.isdigit() else None,
        across=across,
        down=down,
        skips=True,
    )


def _value(cell: Any, formats: dict[str, str]) -> Any:
    data = cell.find(f"{_SS}Data")
    if data is None:
        data = next((child for child in cell if isinstance(child.tag, str) and child.tag.endswith("}Data")), None)
    text = "".join(data.itertext()) if data is not None else ""
    if not text.strip():
        return {UNCALCULATED: ""} if cell.get(f"{_SS}Formula") else None
    form = formats.get(cell.get(f"{_SS}StyleID", ""), "")
    match data.get(f"{_SS}Type", "String"):
        case "Number":
            return _number(text.strip(), form)
        case "DateTime":
            return _moment(text.strip().removesuffix("Z")[:19], form)
        case "Boolean":
            return text.strip() == "1"
        case "Error":
            return {ERROR: text.strip()}
        case _:
            return text


def _number(text: str, form: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    kind = _NAMED.get(form)
    known = number_formats.Format(kind) if kind else number_formats.of(0, form or None)
    return number_formats.shown(number, known)


def _moment(text: str, form: str) -> Any:
    """Times of this format have no zone.  A midnight under a format without a clock is a day."""
    day, _, clock = text.partition("T")
    if day.startswith(("1899-12-3", "1900-01-00")):
        return {TIME: clock or "0:0:0"}
    kind = _NAMED.get(form) or (number_formats.of(0, form).kind if form else "m")
    return {DATE: day} if kind == "d" and clock in ("", "00:00:00") else {MOMENT: text}
