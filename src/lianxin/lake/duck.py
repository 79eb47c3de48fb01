"""DuckDB over the files of a lake: it spills to disk beyond its memory, and knows no other time than UTC."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from pyarrow import dataset

from .reading import Tongue
from .store import Store
from .tables import LakeTable

#: What it may hold in memory; beyond that it writes to disk.
MEMORY = "1GB"


@contextmanager
def connected() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory, with a folder of its own for what it spills that goes with it."""
    mine = Path(tempfile.mkdtemp(prefix="lianxin-lake-"))
    try:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": str(mine / "spilled"),
            "preserve_insertion_order": "false",
        }
        with duckdb.connect(config=settings) as duck:
            # Nothing is fetched from anywhere while somebody waits for a figure.
            duck.execute("SET autoinstall_known_extensions = false; SET TimeZone = 'UTC'")
            yield duck
    finally:
        shutil.rmtree(mine, ignore_errors=True)


@contextmanager
def incoming(duck: duckdb.DuckDBPyConnection, streams: Sequence[Any]) -> Iterator[None]:
    """The rows of streams of Arrow together, once, under the name `incoming`."""
    names = [f"incoming_{place}" for place in range(len(streams))]
    for name, stream in zip(names, streams, strict=True):
        duck.register(name, stream)
    together = " UNION ALL ".join(f"FROM {name}" for name in names)
    duck.execute(f"CREATE OR REPLACE TEMP VIEW incoming AS {together}")
    try:
        yield
    finally:
        duck.execute("DROP VIEW incoming")
        for name in names:
            duck.unregister(name)


def lay_places(duck: duckdb.DuckDBPyConnection, kinds: Iterable[Sequence[Any]]) -> None:
    """The table `places`: of each root its centre and month; `kinds`: the streams of each kind of roots."""
    duck.execute("CREATE TABLE places (id BIGINT, centre VARCHAR, month VARCHAR)")
    for streams in kinds:
        with incoming(duck, streams):
            duck.execute("INSERT INTO places SELECT id, centre, month FROM incoming")


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
