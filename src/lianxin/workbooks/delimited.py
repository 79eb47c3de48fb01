"""csv and tab texts, as people and web systems write them: in any encoding, quoted strictly, badly or not at all.

Nothing is guessed over a line's end: where quotation marks do not add up, a row ends where its line ends, and the row
is told.  One opening mark would otherwise swallow the orders of other citizens.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .events import Event, Remark, RowRead, SheetStart

_DELIMITERS = ",\t;|"
#: A quoted cell may hold this many lines and signs; beyond, its mark was never closed.
_LINES, _SIGNS = 300, 60_000
_LOOKED_AT = 200


def read(data: bytes, name: str) -> Iterator[Event]:
    """The one sheet of the text."""
    yield SheetStart(name)
    encoding = _encoding(data)
    lines, damaged = _lines(data, encoding)
    delimiter, start = _delimiter(lines)
    usual = _usual(lines[start:], delimiter)
    at, number = start, start
    while at < len(lines):
        cells, following, doubtful = _record(lines, at, delimiter, usual)
        number += 1
        if doubtful:
            yield Remark("引号没有成对，这一行按一行读取，请核对", number)
        if any(line in damaged for line in range(at, following)):
            yield Remark("有残缺的字符，已用“\ufffd”代替，请核对", number)
        yield RowRead(number, cells)
        at = following


# --- encoding -----------------------------------------------------------------------------------


def _encoding(data: bytes) -> str:
    """By its mark; else UTF-8 or GB 18030, whichever more lines are right in: one cut character changes nothing."""
    if data[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if data[:2] == b"\xff\xfe":
        return "utf-16-le"
    if data[:2] == b"\xfe\xff":
        return "utf-16-be"
    head = data[:4000]
    if head.count(0) > len(head) // 8:
        return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
    telling = [line for line in data.split(b"\n") if not line.isascii()]
    right = {encoding: sum(_is(line, encoding) for line in telling) for encoding in ("utf-8", "gb18030")}
    # A damaged line of UTF-8 may be right GB 18030 by chance, the other way round hardly ever.
    return "utf-8" if right["utf-8"] * 2 >= len(telling) or right["utf-8"] >= right["gb18030"] else "gb18030"


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _lines(data: bytes, encoding: str) -> tuple[list[str], set[int]]:
    """The lines, and the numbers of those in which a sign was damaged."""
    damaged: set[int] = set()
    if encoding.startswith("utf-16"):
        text = data.decode(encoding, "replace").lstrip("\ufeff")
        lines = _split(text)
        return lines, {number for number, line in enumerate(lines) if "\ufffd" in line}
    lines = []
    raw = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    for line in raw.replace(b"\r", b"\n").split(b"\n"):
        try:
            lines.append(line.decode(encoding.removesuffix("-sig")).replace("\x00", ""))
        except UnicodeDecodeError:
            damaged.add(len(lines))
            lines.append(line.decode(encoding.removesuffix("-sig"), "replace").replace("\x00", ""))
    return _without_end(lines), damaged


def _split(text: str) -> list[str]:
    return _without_end(text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n"))


def _without_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip("\x1a \t"):
        lines.pop()
    return lines


# --- records ------------------------------------------------------------------------------------


def _delimiter(lines: list[str]) -> tuple[str, int]:
    """(delimiter, first line of the table): the one that cuts most lines alike; a title above says nothing."""
    first = lines[0].strip().lower() if lines else ""
    if first.startswith("sep=") and len(first) == 5:
        return first[4], 1
    best, points = ",", (0, 0)
    for delimiter in _DELIMITERS:
        counts = Counter(len(_strict(line, delimiter) or line.split(delimiter)) for line in lines[:_LOOKED_AT])
        counts.pop(1, None)
        if counts:
            columns, rows = max(counts.items(), key=lambda item: (item[1], item[0]))
            if (rows, columns) > points:
                best, points = delimiter, (rows, columns)
    return best, 0


def _usual(lines: list[str], delimiter: str) -> int:
    """How many cells most rows have."""
    counts = Counter(len(cells) for line in lines[:_LOOKED_AT] if (cells := _strict(line, delimiter)))
    counts.pop(1, None)
    return max(counts, key=lambda columns: (counts[columns], columns), default=1)


def _record(lines: list[str], at: int, delimiter: str, usual: int) -> tuple[list[Any], int, bool]:
    """The row that begins in line `at`: its cells, the line after it, whether its quotation marks are doubtful."""
    line = lines[at]
    if '"' not in line:
        return list(line.split(delimiter)), at + 1, False
    found = _strict(line, delimiter) or _strict(line, delimiter, escaped=True)
    if found is not None:
        return list(found), at + 1, False
    over = _over_lines(lines, at, delimiter)
    if over is not None:
        cells, following = over
        head = _shape(cells[0])
        inner = lines[at + 1 : following]
        swallowed = sum(_looks_whole(one, delimiter, usual) and _begins(one, delimiter) == head for one in inner)
        # A text may hold a line that looks like a row; most of its lines do not.
        likely = not swallowed or (swallowed * 2 <= following - at - 1 and not _looks_whole(line, delimiter, usual))
        if len(cells) == usual and likely:
            return list(cells), following, False
    return [_bare(cell) for cell in line.split(delimiter)], at + 1, True


def _over_lines(lines: list[str], at: int, delimiter: str) -> tuple[list[str], int] | None:
    """A row whose quoted cell goes over several lines."""
    parts, signs = [lines[at]], len(lines[at])
    for following in range(at + 1, min(at + _LINES, len(lines))):
        parts.append(lines[following])
        signs += len(lines[following])
        if signs > _SIGNS:
            return None
        if '"' in lines[following]:
            whole = "\n".join(parts)
            cells = _strict(whole, delimiter)
            if cells is not None:
                return cells, following + 1
    return None


def _looks_whole(line: str, delimiter: str, usual: int) -> bool:
    return usual > 1 and line.count(delimiter) + 1 >= usual


def _begins(line: str, delimiter: str) -> str:
    return _shape(line.split(delimiter, 1)[0].strip(' "'))


def _shape(cell: str) -> str:
    """What a cell looks like: LY2026111800001 is letters and digits.  Rows begin alike, lines of a text do not."""
    digits = re.sub(r"\d+", "9", cell.strip())
    return re.sub(r"[^\W\d_]+", lambda run: "a" if run.group().isascii() else "字", digits)


def _strict(text: str, delimiter: str, *, escaped: bool = False) -> list[str] | None:
    """The cells of one row, or None where its quotation marks are not in order."""
    try:
        rows = list(
            csv.reader(
                text.splitlines(keepends=True) if "\n" in text else [text],
                delimiter=delimiter,
                strict=True,
                doublequote=not escaped,
                escapechar="\\" if escaped else None,
            )
        )
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _bare(cell: str) -> str:
    found = cell.strip()
    if len(found) > 1 and found[0] == found[-1] == '"':
        return found[1:-1].replace('""', '"')
    return cell
