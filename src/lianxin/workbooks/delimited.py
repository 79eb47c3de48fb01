"""csv and tab texts, as people and web systems write them: in any encoding, quoted strictly, badly or not at all.

Nothing is guessed over a line's end: where quotation marks do not add up, a row ends where its line ends, and the row
is told.  One opening mark would otherwise swallow the orders of other citizens.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from .events import Event, Remark, RowRead, SheetStart

_DELIMITERS = ",\t;|"
#: A quoted cell may hold this many lines and signs; beyond, its mark was never closed.
_LINES, _SIGNS = 300, 60_000
_LOOKED_AT = 200
_KEEPING = re.compile(r"((?:^|[,;|])\"?)\t")
_CHUNK = 1 << 16


def read(file: IO[bytes], name: str) -> Iterator[Event]:
    """The one sheet of the text."""
    yield SheetStart(name)
    lines = _Window(_decoded(file, _encoding(file)))
    head = lines.ahead(_LOOKED_AT)
    delimiter, start = _delimiter(head)
    usual = _usual(head[start:], delimiter)
    lines.drop(start)
    number = start
    while lines.ahead(1):
        cells, taken, doubtful = _record(lines, delimiter, usual)
        number += 1
        if doubtful:
            yield Remark("引号没有成对，这一行按一行读取，请核对", number)
        if lines.damaged(taken):
            yield Remark("有残缺的字符，已用“\ufffd”代替，请核对", number)
        yield RowRead(number, cells)
        lines.drop(taken)


class _Window:
    """The next lines of a text that is never in memory as a whole; each with whether a sign of it was damaged."""

    def __init__(self, lines: Iterator[tuple[str, bool]]) -> None:
        self._source = lines
        self._held: deque[tuple[str, bool]] = deque()

    def ahead(self, count: int) -> list[str]:
        """The next `count` lines, or fewer at the end."""
        while len(self._held) < count and (line := next(self._source, None)):
            self._held.append(line)
        return [line for line, _ in islice(self._held, count)]

    def following(self) -> Iterator[str]:
        """One line after the other, without taking them."""
        at = 0
        while len(self._held) > at or self.ahead(at + 1)[at:]:
            yield self._held[at][0]
            at += 1

    def damaged(self, count: int) -> bool:
        """Whether one of the next `count` lines is."""
        return any(damaged for _, damaged in islice(self._held, count))

    def drop(self, count: int) -> None:
        """They have been read."""
        for _ in range(min(count, len(self._held))):
            self._held.popleft()


# --- encoding -----------------------------------------------------------------------------------


def _encoding(file: IO[bytes]) -> str:
    """By its mark; else UTF-8 or GB 18030, whichever more lines are right in: one cut character changes nothing."""
    file.seek(0)
    head = file.read(4000)
    if head[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if head[:2] == b"\xff\xfe":
        return "utf-16-le"
    if head[:2] == b"\xfe\xff":
        return "utf-16-be"
    if head.count(0) > len(head) // 8:
        return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
    telling, right = 0, Counter[str]()
    file.seek(0)
    for line in file:
        if not line.isascii():
            telling += 1
            right.update(encoding for encoding in ("utf-8", "gb18030") if _is(line, encoding))
    # A damaged line of UTF-8 may be right GB 18030 by chance, the other way round hardly ever.
    return "utf-8" if right["utf-8"] * 2 >= telling or right["utf-8"] >= right["gb18030"] else "gb18030"


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(file: IO[bytes], encoding: str) -> Iterator[tuple[str, bool]]:
    """The lines, without the empty ones at the end."""
    file.seek(0)
    wide = encoding.startswith("utf-16")
    empty: list[tuple[str, bool]] = []
    for line in _wide(file, encoding) if wide else _narrow(file, encoding.removesuffix("-sig")):
        empty.append(line)
        if line[0].strip("\x1a \t"):
            yield from empty
            empty = []


def _wide(file: IO[bytes], encoding: str) -> Iterator[tuple[str, bool]]:
    reader = codecs.getreader(encoding)(file, "replace")
    rest, is_first = "", True
    while chunk := reader.read(_CHUNK, _CHUNK):
        text = (rest + chunk).lstrip("\ufeff") if is_first else rest + chunk
        is_first = False
        *lines, rest = _split(text)
        yield from ((line, "\ufffd" in line) for line in lines)
    yield rest, "\ufffd" in rest


def _split(text: str) -> list[str]:
    """The lines; a return at the end may be half of a line's end."""
    held = "\r" if text.endswith("\r") else ""
    found = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    found[-1] += held
    return found


def _narrow(file: IO[bytes], encoding: str) -> Iterator[tuple[str, bool]]:
    is_first = True
    for raw in file:
        whole = raw.removeprefix(b"\xef\xbb\xbf") if is_first else raw
        is_first = False
        whole = whole.removesuffix(b"\n").removesuffix(b"\r")
        # Old Macs end a line so; a file of theirs is one line to others.
        for line in whole.split(b"\r"):
            try:
                yield line.decode(encoding).replace("\x00", ""), False
            except UnicodeDecodeError:
                yield line.decode(encoding, "replace").replace("\x00", ""), True


# --- records ------------------------------------------------------------------------------------


def _delimiter(lines: list[str]) -> tuple[str, int]:
    """(delimiter, first line of the table): the one that cuts most lines alike; a title above says nothing."""
    first = lines[0].strip().lower() if lines else ""
    if first.startswith("sep=") and len(first) == 5:
        return first[4], 1
    best, points = ",", (0, 0)
    for delimiter in _DELIMITERS:
        # A tab before a cell is how web systems keep its digits from Excel; it cuts nothing.
        cut = [_KEEPING.sub(r"\1", line) if delimiter == "\t" else line for line in lines[:_LOOKED_AT]]
        counts = Counter(len(_strict(line, delimiter) or line.split(delimiter)) for line in cut)
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


def _record(lines: _Window, delimiter: str, usual: int) -> tuple[list[Any], int, bool]:
    """The next row: its cells, of how many lines it is, whether its quotation marks are doubtful."""
    (line,) = lines.ahead(1)
    if '"' not in line:
        return list(line.split(delimiter)), 1, False
    found = _strict(line, delimiter) or _strict(line, delimiter, escaped=True)
    if found is not None:
        return list(found), 1, False
    over = _over_lines(lines, delimiter)
    if over is not None:
        cells, taken = over
        head = _shape(cells[0])
        inner = lines.ahead(taken)[1:]
        swallowed = sum(_looks_whole(one, delimiter, usual) and _begins(one, delimiter) == head for one in inner)
        # A text may hold a line that looks like a row; most of its lines do not.
        likely = not swallowed or (swallowed * 2 <= taken - 1 and not _looks_whole(line, delimiter, usual))
        if len(cells) == usual and likely:
            return list(cells), taken, False
    return [_bare(cell) for cell in line.split(delimiter)], 1, True


def _over_lines(lines: _Window, delimiter: str) -> tuple[list[str], int] | None:
    """A row whose quoted cell goes over several lines, and how many."""
    parts: list[str] = []
    signs = 0
    for line in islice(lines.following(), _LINES):
        parts.append(line)
        signs += len(line)
        if signs > _SIGNS:
            return None
        if len(parts) > 1 and '"' in line:
            cells = _strict("\n".join(parts), delimiter)
            if cells is not None:
                return cells, len(parts)
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
