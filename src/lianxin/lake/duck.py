"""DuckDB over the files of a lake: it spills to disk beyond its memory, and knows no other time than UTC."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from pyarrow import dataset

from .reading import Tongue
from .store import Store
from .tables import LakeTable

#: What it may hold in memory; beyond that it writes to disk.
MEMORY = "1GB"


@dataclass
class _Duck:
    """A database in memory, with a folder of its own for what it spills, which goes with it."""

    spilled: TemporaryDirectory[str] = field(default_factory=lambda: TemporaryDirectory(prefix="lianxin-lake-"))
    connection: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": str(Path(self.spilled.name) / "spilled"),
            "preserve_insertion_order": "false",
            # What is written by months is held back until then: less of it stays nearer, and is spilled less.
            "partitioned_write_flush_threshold": "30000",
            # No file of a lake is ever written over: what was read of one stays true.
            "parquet_metadata_cache": "true",
            "validate_external_file_cache": "NO_VALIDATION",
            # Nothing is fetched from anywhere while somebody waits for a figure.
            "autoinstall_known_extensions": "false",
        }
        self.connection = duckdb.connect(config=settings)
        # For whatever session of it.
        self.connection.execute("SET GLOBAL TimeZone = 'UTC'")

    def close(self) -> None:
        self.connection.close()
        self.spilled.cleanup()


@contextmanager
def connected() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory."""
    made = _Duck()
    try:
        yield made.connection
    finally:
        made.close()


_lock = threading.Lock()
_kept: dict[str, _Duck] = {}


@contextmanager
def kept(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to what this process keeps of a lake in a folder: how its files are built.  Opening each of them
    again costs more than a week's figures do."""
    if not store.local:
        with connected() as duck:
            yield duck
        return
    with _lock:
        if store.base not in _kept:
            # One lake: of another that was asked before, who still reads it has his own hold.
            _kept.clear()
            _kept[store.base] = _Duck()
        mine = _kept[store.base]
    with mine.connection.cursor() as duck:
        yield duck


@contextmanager
def incoming(duck: duckdb.DuckDBPyConnection, stream: Any) -> Iterator[None]:
    """The rows of a stream of Arrow, once, under the name `incoming`."""
    duck.register("incoming", stream)
    try:
        yield
    finally:
        duck.unregister("incoming")


def scanning(duck: duckdb.DuckDBPyConnection, store: Store) -> Tongue:
    """How that connection reads files of the lake: by itself from a folder, by Arrow from a bucket."""

    def local(_: LakeTable, names: Sequence[str]) -> str:
        listed = ", ".join(quoted(store.path(name)) for name in names)
        # By no means columns out of the names of folders.
        return f"read_parquet([{listed}], hive_partitioning = false)"

    def remote(_: LakeTable, names: Sequence[str]) -> str:
        called = f"files_{uuid.uuid4().hex}"
        paths = [store.path(name) for name in names]
        duck.register(called, dataset.dataset(paths, filesystem=store.system, format="parquet"))
        return called

    return Tongue(local if store.local else remote)


def quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
