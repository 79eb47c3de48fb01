"""The process that opens a foreign file: `python -m lianxin.workbooks.child JSON < FILE`.

It limits itself first, then writes a JSON line for each event.  Whatever happens to it happens to nobody else; the
last line says that all was read, so that half a file is never taken for a whole one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from .bounds import bounded
from .events import Cut, FileError, Remark, Restart, RowRead, SheetStart
from .limits import Limits

TOO_LARGE = "文件太大，读取时超过了内存的限度，请分成几份导入"


def main() -> None:
    """Read standard input, write events."""
    given = json.loads(sys.argv[1])
    limits = Limits(**given["limits"])
    _limit(limits)
    try:
        _read(given["name"], limits)
        _write({"end": True})
    except FileError as error:
        _write({"error": str(error)})
    except MemoryError:
        _write({"error": TOO_LARGE})
    # Whatever a damaged file makes a reader raise, to the user it is one thing.
    except Exception as error:
        _write({"error": "文件无法读取，可能已损坏；请用 Excel 打开后另存为 .xlsx 再导入", "why": repr(error)[:300]})
    _out.flush()


def _read(name: str, limits: Limits) -> None:
    from . import kinds

    with os.fdopen(0, "rb") as file:
        for event in bounded(kinds.read(file, name, limits), limits):
            match event:
                case RowRead():
                    _write([event.number, int(event.hidden), event.cells, event.across])
                case SheetStart():
                    _write({"sheet": event.name, "hidden": event.hidden})
                case Remark():
                    _write({"remark": event.text, "row": event.row})
                case Cut():
                    _write({"cut": event.reason})
                case Restart():
                    _write({"restart": True})


def _limit(limits: Limits) -> None:
    """Memory and processor time of this process; where a system knows no such limit, the parent's clock remains."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.processor, limits.processor + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(AttributeError, ValueError):
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    with suppress(OSError):
        os.nice(5)


_out = os.fdopen(os.dup(1), "wb", buffering=1 << 16)


def _write(event: Any) -> None:
    import orjson

    try:
        line = orjson.dumps(event)
    except TypeError:
        # A lone surrogate, or a whole number beyond 64 bits.
        line = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
    _out.write(line + b"\n")


if __name__ == "__main__":
    main()
