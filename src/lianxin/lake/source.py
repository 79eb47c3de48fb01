"""The book as the lake reads it: each table as a stream of Arrow, all of them at one moment.

What one connection brings is taken apart by one core, so a large table comes by several at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow
from adbc_driver_postgresql import StatementOptions
from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from lianxin.ledger import feed
from lianxin.ledger.models import Entry
from lianxin.ledger.models.parts import PART_BITS

from .tables import LakeTable

#: So many connections read a large table at once; one that has fewer pages is read by one.
STREAMS, FEW = 2, 1000
#: So many bytes of rows make a batch, so that it stays near.
BATCH = 1 << 19
#: The priority of who works when nobody else does.
LAST = 19
#: Among the acts of so long the last one is looked for.
LATELY = timedelta(days=3)


@dataclass(frozen=True)
class Since:
    """What an increment is of: the acts written from `at` on, but for those of these entries, which are known."""

    at: datetime
    known: tuple[int, ...]


@dataclass(frozen=True)
class Book:
    """One moment of the book, by several connections; every act written before `until` is in it."""

    cursors: Sequence[Any]
    until: datetime

    def touched(self, since: Since) -> Any:
        """A stream of the ids of the roots in whose ledgers something was written."""
        return self._stream(_touched(since))

    def rows(self, table: LakeTable, since: Since | None) -> pyarrow.RecordBatchReader:
        """A stream of the table's rows: all, or of an increment those of the roots that were touched, of the acts only
        the new ones."""
        if table.sort == "directory":
            return self._stream(f"{table.select()} ORDER BY id")
        if since is None:
            stretches = zip(self._stretches(table), self.cursors, strict=False)
            return _together([self._stream(table.select(where), cursor) for where, cursor in stretches])
        return self._new_rows(table, since)

    def _stretches(self, table: LakeTable) -> list[str]:
        """Conditions that part a table by where its rows lie: by all connections, or by one where it is small."""
        statement = f"SELECT pg_relation_size('{table.name}') / current_setting('block_size')::bigint AS pages"
        pages = self._stream(statement).read_all().to_pylist()[0]["pages"]
        if pages < FEW:
            return ["TRUE"]
        edges = [pages * place // len(self.cursors) for place in range(1, len(self.cursors))]
        froms = ["TRUE", *(f"t.ctid >= '({edge},0)'" for edge in edges)]
        untils = [*(f"t.ctid < '({edge},0)'" for edge in edges), "TRUE"]
        return [f"{start} AND {end}" for start, end in zip(froms, untils, strict=True)]

    def _new_rows(self, table: LakeTable, since: Since) -> Any:
        if table.sort == "root":
            return self._stream(table.select(f"t.id IN ({_touched(since)})"))
        if table.sort == "entry":
            known = ", ".join(map(str, since.known)) or "0"
            return self._stream(table.select(f"t.written_at >= '{since.at.isoformat()}' AND t.id NOT IN ({known})"))
        # Parts of a root lie together by their ids, so each is a short walk along the primary key.
        near = f"t.id >= touched.root << {PART_BITS} AND t.id < (touched.root + 1) << {PART_BITS}"
        columns = table.select().partition(" FROM ")[0]
        return self._stream(
            f"WITH touched AS MATERIALIZED ({_touched(since)}) {columns} FROM touched JOIN {table.name} AS t ON {near}"
        )

    def again(self) -> tuple[int, ...]:
        """The entries of this moment that were written at `until` or later: the next increment meets them again."""
        found = self._stream(f"SELECT id FROM {Entry._meta.db_table} WHERE written_at >= '{self.until.isoformat()}'")
        return tuple(sorted(found.read_all().column("id").to_pylist()))

    def backdated(self) -> dict[int, int]:
        """Of each centre the stamp that is renewed whenever something is recorded for the past (`ledger.backdated`)."""
        found = self._stream("SELECT centre_id, stamp FROM ledger_backdated").read_all().to_pylist()
        return {line["centre_id"]: line["stamp"] for line in found}

    def last(self) -> tuple[int, str] | None:
        """The entry that was written last, and its digest; None in an empty book.

        Where nobody wrote for days, the last one of the newest root: nothing orders the years by when they were
        written.
        """
        lately = f"WHERE written_at >= '{(self.until - LATELY).isoformat()}' ORDER BY written_at DESC, id DESC LIMIT 1"
        return self._digest(lately) or self._digest("ORDER BY id DESC LIMIT 1")

    def has(self, last: tuple[int, str]) -> bool:
        """Whether that entry stands in this book as it was."""
        return self._digest(f"WHERE id = {last[0]}") == last

    def _digest(self, which: str) -> tuple[int, str] | None:
        statement = f"SELECT id, encode(digest, 'hex') AS digest FROM {Entry._meta.db_table} {which}"
        found = self._stream(statement).read_all().to_pylist()
        return (found[0]["id"], found[0]["digest"]) if found else None

    def _stream(self, statement: str, cursor: Any = None) -> Any:
        cursor = cursor or self.cursors[0]
        cursor.adbc_statement.set_options(**{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(BATCH)})
        cursor.execute(statement)
        return cursor.fetch_record_batch()


def _together(streams: Sequence[pyarrow.RecordBatchReader]) -> pyarrow.RecordBatchReader:
    """The batches of several streams as they come, each read by a thread: DuckDB reads the parts of a UNION ALL one
    after the other."""

    def batches() -> Iterator[pyarrow.RecordBatch]:
        with ThreadPoolExecutor(len(streams)) as pool:
            waited = {pool.submit(next, stream, None): stream for stream in streams}
            while waited:
                for each in wait(waited, return_when=FIRST_COMPLETED).done:
                    stream = waited.pop(each)
                    if (batch := each.result()) is not None:
                        waited[pool.submit(next, stream, None)] = stream
                        yield batch

    return pyarrow.RecordBatchReader.from_batches(streams[0].schema, batches())


def _touched(since: Since) -> str:
    """The roots in whose ledgers something was written."""
    table = Entry._meta.db_table
    return f"SELECT DISTINCT id >> {PART_BITS} AS root FROM {table} WHERE written_at >= '{since.at.isoformat()}'"


@contextmanager
def one_moment() -> Iterator[Book]:
    """The book at one moment, over connections of its own."""
    # Asked before the moment begins: whatever was running then and has ended since is seen.
    until, snapshot = feed.settled_before(), ""
    with ExitStack() as stack:
        cursors = []
        for _ in range(STREAMS):
            connected = stack.enter_context(adbc.connect(address()))
            stack.callback(connected.rollback)
            cursor = stack.enter_context(connected.cursor())
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if snapshot:
                cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            else:
                cursor.execute("SELECT pg_export_snapshot()")
                snapshot = cursor.fetchone()[0]
            # Whoever waits for a lock on a table between the two of us must not hold us up for good.
            cursor.execute("SET LOCAL lock_timeout = '30s'")
            cursor.execute("SET LOCAL random_page_cost = 1.1")
            _gives_way(cursor)
            cursors.append(cursor)
        yield Book(cursors, until)


def _gives_way(cursor: Any) -> None:
    """The server's process takes what time others leave, where it runs on this machine and may be told so."""
    cursor.execute("SELECT pg_backend_pid()")
    process = cursor.fetchone()[0]
    host = connection.settings_dict["OPTIONS"].get("host") or connection.settings_dict["HOST"]
    # Of another machine, or of another container, that number is somebody else's here.
    with suppress(OSError):
        if host.startswith("/") and Path(f"/proc/{process}/cmdline").read_bytes().startswith(b"postgres:"):
            os.setpriority(os.PRIO_PROCESS, process, LAST)


def address() -> str:
    """Where Django's database is, for libpq."""
    said = connection.settings_dict
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    # Among the options are Django's own and psycopg's, which libpq does not know.
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    parts = {name: value for name, value in said["OPTIONS"].items() if name in known}
    return make_conninfo("", **parts, **{name: said[key] for name, key in named.items() if said.get(key)})
