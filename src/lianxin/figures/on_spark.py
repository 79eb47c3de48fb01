"""Counting on the lake by Spark (`pip install lianxin[spark]`): on this machine's cores, or on a cluster's.

Which one, says the environment: `SPARK_REMOTE` (Spark Connect, `sc://host`), else `SPARK_MASTER` (`spark://host:7077`),
else this machine.  A cluster has to see the lake under the same path, or as a bucket by its own S3A connector.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pyarrow import fs

from lianxin.lake.manifest import reading as being_read
from lianxin.lake.reading import Tongue
from lianxin.lake.store import Store
from lianxin.lake.tables import LakeTable

from .engines import Dialect, together
from .on_lake import OnLake, Rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SPARK = Dialect("pyspark", ":{}", lambda at: f"'{at.isoformat()}'", "array_contains({values}, {column})")
#: Types of PostgreSQL that Spark calls otherwise.
_TYPES = {"text": "string", "timestamptz": "timestamp"}
#: What a session needs so that instants are UTC's days, and what is small is not spread over two hundred tasks.
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
    # A file that is gone or damaged is an error, whatever the cluster does with those of others.
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
}
#: So long is waited for a cluster to answer, in seconds.
_PATIENCE = 5.0
#: Types of Python in lists, as Spark calls them.
_LISTED = {bool: "boolean", int: "bigint", date: "date"}
_numbers = itertools.count(1)


@contextmanager
def on_spark(store: Store, session: SparkSession | None = None) -> Iterator[OnLake]:
    """The lake as Spark reads it, in `session` or in one that is begun and ended here.

    Raises `Broken`, LookupError where there is no lake, ImportError where Spark is not installed.
    """
    with being_read(store) as manifest:
        spark = session or begun()
        try:
            for name, value in _SETTINGS.items():
                spark.conf.set(name, value)
            yield OnLake("Spark", SPARK, Tongue(_scanning(spark, store), "`", _TYPES), manifest, _asking(spark))
        finally:
            if session is None:
                spark.stop()


def begun() -> SparkSession:
    """A session where the environment says."""
    from pyspark.sql import SparkSession

    # It tells of each connection that it closes, when nobody listens any more.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    building = SparkSession.builder.appName("lianxin")
    if remote := os.environ.get("SPARK_REMOTE"):
        _reached(remote)
        # One of its own: what another page counts must not end with this.
        return building.remote(remote).create()
    building = building.master(os.environ.get("SPARK_MASTER", "local[*]"))
    # No page of its own: nobody looks at it, and its port may be taken.  Nor does it paint its progress.
    for name in ("spark.ui.enabled", "spark.ui.showConsoleProgress"):
        building = building.config(name, "false")
    return building.config("spark.log.level", "ERROR").getOrCreate()


def _reached(remote: str) -> None:
    """Raises OSError where nobody listens: Spark itself would try for ten minutes."""
    place = urlsplit(remote)
    if place.hostname:
        socket.create_connection((place.hostname, place.port or 15002), _PATIENCE).close()


def java() -> bool:
    """Whether this machine has the Java that Spark runs on."""
    return bool(os.environ.get("JAVA_HOME") or shutil.which("java"))


def _scanning(spark: SparkSession, store: Store) -> Any:
    """How it reads files."""
    if not store.local and not isinstance(store.system, fs.S3FileSystem):
        raise ValueError("Spark 只能读文件夹或 s3:// 地址上的数据湖")
    base = "file://" if store.local else "s3a://"

    known: dict[tuple[str, ...], str] = {}

    def scan(table: LakeTable, names: Sequence[str]) -> str:
        if (called := known.get(tuple(names))) is not None:
            return called
        # With the columns given it opens no file to learn them.
        columns = ", ".join(f"`{column}` {_TYPES.get(kind, kind)}" for column, (kind, _) in table.columns.items())
        files = spark.read.schema(columns).parquet(*(base + store.path(name) for name in names))
        called = known[tuple(names)] = f"files_{next(_numbers)}"
        files.createOrReplaceTempView(called)
        return called

    return scan


def _asking(spark: SparkSession) -> Any:
    """How it runs statements: as one, so that their files are read together."""

    def run(statements: Sequence[str], values: Mapping[str, Any]) -> Rows:
        found = spark.sql(*_with_lists(together(statements), values)).toArrow()
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    return run


def _with_lists(statement: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The statement with its lists as JSON: Spark takes none whose values it gives different types, as 1 and 2 to the
    power of 40."""
    given = dict(values)
    for name, value in values.items():
        if isinstance(value, list) and value:
            kind = next((kind for known, kind in _LISTED.items() if isinstance(value[0], known)), "string")
            statement = re.sub(rf":{name}\b", f"from_json(:{name}, 'array<{kind}>')", statement)
            given[name] = json.dumps(value, default=str)
    return statement, given
