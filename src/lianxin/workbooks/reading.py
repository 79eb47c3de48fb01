"""A foreign file read in a child process, kept packed: `read` for bytes, `read_path` for a file."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from .cells import from_wire, text
from .events import FileError
from .limits import Limits
from .packed import Packed

__all__ = ["FileError", "Row", "Sheet", "Workbook", "read", "read_path"]

UNREADABLE = "文件无法读取，可能已损坏；请用 Excel 打开后另存为 .xlsx 再导入"
#: Hears how many rows have been read.
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not empty: its number as the user's program shows it, its cells (see `cells.from_wire`).

    `across` are (first, last) columns of one merged cell.
    """

    number: int
    hidden: bool
    cells: list[Any]
    across: list[list[int]]


class Sheet:
    """The rows of a sheet.  `cut` says, if not empty, why the rest was not read; `remarks` are (row, sentence)."""

    def __init__(self, name: str, hidden: bool) -> None:
        self.name, self.hidden, self.cut = text(name), hidden, ""
        self.remarks: list[tuple[int, str]] = []
        self._lines = Packed()

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> Row:
        """The row with that index (from 0, empty rows not counted)."""
        return _row(self._lines[index])

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The rows from index `start` to before `stop`, one after the other."""
        for index in range(start, len(self) if stop is None else min(stop, len(self))):
            yield self[index]

    def add(self, line: bytes) -> None:
        """A row as the child wrote it."""
        self._lines.append(line)


@dataclass(slots=True)
class Workbook:
    """A file: what the user calls it, its SHA-256, its sheets in their order."""

    name: str
    digest: str
    sheets: list[Sheet] = field(default_factory=list)


def read(data: bytes, name: str, limits: Limits | None = None, progress: Progress | None = None) -> Workbook:
    """The workbook in `data`.  Raises FileError."""
    with _in_memory() as file:
        file.write(data)
        file.seek(0)
        return _read(file, name, limits or Limits(), progress)


def read_path(path: Path, limits: Limits | None = None, progress: Progress | None = None) -> Workbook:
    """The workbook at `path`.  Raises FileError."""
    try:
        with path.open("rb") as file:
            return _read(file, path.name, limits or Limits(), progress)
    except OSError as error:
        raise FileError("读不到这个文件，请核对文件名和权限") from error


def _in_memory() -> IO[bytes]:
    """A file that has no name and ends with its last user; in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("workbook"), "w+b")
    return tempfile.TemporaryFile()


def _read(file: IO[bytes], name: str, limits: Limits, progress: Progress | None) -> Workbook:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if not size:
        raise FileError("文件是空的")
    if size > limits.size:
        raise FileError(f"文件太大，超过 {limits.size >> 20} MB，请分成几份导入")
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    # A name from outside may hold anything; for the child it only names sheets.
    found = Workbook(text(name)[:200], digest)
    command = [sys.executable, "-P", "-m", f"{__package__}.child"]
    command.append(json.dumps({"name": found.name, "limits": limits.as_dict()}))
    # The reader needs nothing of what this process knows.
    environment = {
        name: os.environ[name]
        for name in ("PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
        if name in os.environ
    }
    environment |= {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as child:
        timer = threading.Timer(limits.clock, child.kill)
        timer.start()
        try:
            is_whole = _collect(child.stdout, found, progress)
        finally:
            late = not timer.is_alive()
            timer.cancel()
            child.kill()
            child.stdout.close()  # type: ignore[union-attr]
            child.wait()
    if not is_whole:
        raise FileError(_why(child.returncode, late, limits))
    return found


def _collect(stream: Any, found: Workbook, progress: Progress | None) -> bool:
    """Take in what the child writes; whether it came to its end.  Raises FileError with the child's sentence."""
    rows = 0
    sentences: dict[str, str] = {}
    for line in stream:
        if line[:1] == b"[":
            found.sheets[-1].add(line.rstrip(b"\n"))
            rows += 1
            if progress and rows % 1000 == 0:
                progress(rows)
            continue
        event = orjson.loads(line)
        if "sheet" in event:
            found.sheets.append(Sheet(event["sheet"], event["hidden"]))
        elif "remark" in event:
            # The same few sentences for many rows: each is kept once.
            sentence = sentences.setdefault(event["remark"], event["remark"])
            found.sheets[-1].remarks.append((event["row"], sentence))
        elif "cut" in event:
            found.sheets[-1].cut = event["cut"]
        elif "restart" in event:
            found.sheets.clear()
        elif "error" in event:
            raise FileError(event["error"])
        elif "end" in event:
            return True
    return False


def _why(code: int | None, late: bool, limits: Limits) -> str:
    if late or code in (-getattr(signal, "SIGXCPU", 24), -getattr(signal, "SIGKILL", 9)):
        return f"文件太大，读了 {limits.clock} 秒还没有读完，请分成几份导入"
    return UNREADABLE


def _row(line: bytes) -> Row:
    number, hidden, cells, across = orjson.loads(line)
    return Row(number, bool(hidden), [from_wire(cell) if isinstance(cell, dict) else cell for cell in cells], across)
