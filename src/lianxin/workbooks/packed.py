"""Many short texts kept outside of memory: in blocks, compressed, in a file that has no name and ends with its user.

A hundred thousand rows of a hotline are 50 MB as bytes and several times that as Python's objects; here they cost a
few blocks.  They are taken out mostly in the order in which they were put in.
"""

from __future__ import annotations

import tempfile
import zlib
from array import array
from collections import OrderedDict


class Packed:
    """Lines by their number, from 0.  A line holds no `between`."""

    def __init__(self, block: int = 64, kept: int = 32, between: bytes = b"\n") -> None:
        self._block, self._kept, self._between = block, kept, between
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its last user
        self._starts = array("q", [0])
        self._open: list[bytes] = []
        self._unpacked: OrderedDict[int, list[bytes]] = OrderedDict()

    def __len__(self) -> int:
        return (len(self._starts) - 1) * self._block + len(self._open)

    def append(self, line: bytes) -> None:
        """One more line."""
        self._open.append(line)
        if len(self._open) == self._block:
            packed = zlib.compress(self._between.join(self._open), 6)
            self._file.seek(self._starts[-1])
            self._file.write(packed)
            self._starts.append(self._starts[-1] + len(packed))
            self._open = []

    def __getitem__(self, index: int) -> bytes:
        """The line with that number.  Raises IndexError."""
        number, place = divmod(index, self._block)
        return self._lines(number)[place]

    def _lines(self, number: int) -> list[bytes]:
        if number >= len(self._starts) - 1:
            return self._open if number == len(self._starts) - 1 else []
        lines = self._unpacked.get(number)
        if lines is None:
            if len(self._unpacked) >= self._kept:
                self._unpacked.popitem(last=False)
            start, end = self._starts[number], self._starts[number + 1]
            self._file.seek(start)
            lines = self._unpacked[number] = zlib.decompress(self._file.read(end - start)).split(self._between)
        else:
            self._unpacked.move_to_end(number)
        return lines
