"""What a foreign file may cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one file: bytes as it comes and unpacked, rows and columns of a sheet, sheets, signs of a cell, of a row and
    of all rows; and of the child that reads it: bytes of memory, seconds of processor, seconds by the clock."""

    size: int = 64 << 20
    unpacked: int = 768 << 20
    rows: int = 100_000
    columns: int = 200
    sheets: int = 100
    cell: int = 200_000
    row: int = 400_000
    signs: int = 200_000_000
    memory: int = 768 << 20
    processor: int = 300
    clock: int = 600

    def as_dict(self) -> dict[str, Any]:
        """For the child's command line."""
        return asdict(self)


#: What somebody waits for at a page.
WAITED_FOR = Limits(rows=5_000, signs=30_000_000, processor=60, clock=90)
