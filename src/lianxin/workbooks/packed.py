"""Many short texts kept outside of memory: in blocks, compressed, in a file that has no name and ends with its user.

A hundred thousand rows of a hotline are 50 MB as bytes and several times that as Python's objects; here they cost a
few blocks.  They are taken out mostly in the order in which they were put in.
"""

from __future__ import annotations

import tempfile
import zlib
from array import array
from bisect import bisect_right
from collections import OrderedDict
from typing import IO

#: Bytes of lines that are waiting for their block, and of all blocks that are unpacked; besides there is one line.
WAITING, UNPACKED = 1 << 18, 1 << 22


class Packed:
    """Lines by their number, from 0.  A line holds no `between`.

    A block ends with `block` lines or `WAITING` bytes, whichever comes first; `kept` blocks, together no more than
    `UNPACKED` bytes, stay unpacked: what is in memory does not grow with what is put in.
    """

    def __init__(self, block: int = 64, kept: int = 32, between: bytes = b"\n") -> None:
        self._block, self._kept, self._between = block, kept, between
        # Most sheets of a workbook are small; a file for each would cost a process its handles.
        self._file: IO[bytes] | None = None
        #: Of each block, where it starts in the file and the number of its first line; the last entry is the open one.
        self._starts, self._firsts = array("q", [0]), array("q", [0])
        self._open: list[bytes] = []
        self._waiting = 0
        self._unpacked: OrderedDict[int, list[bytes]] = OrderedDict()
        self._sizes: dict[int, int] = {}

    def __len__(self) -> int:
        return self._firsts[-1] + len(self._open)

    def append(self, line: bytes) -> None:
        """One more line."""
        self._open.append(line)
        self._waiting += len(line)
        if len(self._open) == self._block or self._waiting >= WAITING:
            self._close()

    def _close(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its last user
        packed = zlib.compress(self._between.join(self._open), 6)
        self._file.seek(self._starts[-1])
        self._file.write(packed)
        self._starts.append(self._starts[-1] + len(packed))
        self._firsts.append(self._firsts[-1] + len(self._open))
        self._open, self._waiting = [], 0

    def __getitem__(self, index: int) -> bytes:
        """The line with that number.  Raises IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        number = bisect_right(self._firsts, index) - 1
        return self._lines(number)[index - self._firsts[number]]

    def _lines(self, number: int) -> list[bytes]:
        if number == len(self._starts) - 1:
            return self._open
        lines = self._unpacked.get(number)
        if lines is None:
            assert self._file, "a closed block stands in a file"
            start, end = self._starts[number], self._starts[number + 1]
            self._file.seek(start)
            whole = zlib.decompress(self._file.read(end - start))
            self._make_room(len(whole))
            lines = self._unpacked[number] = whole.split(self._between)
            self._sizes[number] = len(whole)
        else:
            self._unpacked.move_to_end(number)
        return lines

    def _make_room(self, size: int) -> None:
        while self._unpacked and (len(self._unpacked) >= self._kept or sum(self._sizes.values()) + size > UNPACKED):
            oldest, _ = self._unpacked.popitem(last=False)
            del self._sizes[oldest]
