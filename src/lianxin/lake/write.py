"""Writing the lake: all of it, or what is new in the book since it was written last.

What is new is told by the acts (`written_at`): the rows of each root that was touched are brought again, in files of
their own beside the earlier ones.  A month that was brought again often is made one file once more, from its files.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from pyarrow import parquet

from lianxin.ledger.locks import Lock, alone

from . import manifest as manifests
from . import reading, source
from .duck import connected, incoming, quoted, scanning
from .manifest import ANEW, Broken, File, Manifest, Part
from .placing import PLACE, Places
from .source import Since
from .store import Store, digest_of
from .tables import BY_NAME, DIRECTORY, OF_ROOTS, LakeTable, shape

#: A month is made one file again once it was brought so often.
MOST_DELTAS = 8
#: Version 2 writes what follows one another, as ids and instants do, as differences: a third of the time to read.
_PARQUET = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd"


def write(store: Store, *, full: bool = False) -> Manifest:
    """Bring the lake up to the book; all anew if `full`, or where nothing is there yet, or of other columns than this
    version's.  Returns its manifest.

    One at a time.  Raises `Broken` where what is there cannot be built upon.
    """
    with alone(Lock.LAKE, 0):
        earlier = None if full else manifests.current(store)
        if earlier and earlier.shape != shape():
            earlier = None
        with source.one_moment() as book, ThreadPoolExecutor(1, initializer=_gives_way) as pool:
            made = pool.submit(_made, store, book, earlier).result()
        manifests.switch(store, made)
        manifests.sweep(store, datetime.now(UTC))
    return made


def _gives_way() -> None:
    """This thread, and those that it begins, take what time others leave: nobody waits who registers."""
    if sys.platform == "linux":  # elsewhere a thread has no such number of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), source.LAST)


def _made(store: Store, book: source.Book, earlier: Manifest | None) -> Manifest:
    """The manifest of the lake as of that moment of the book, whose files are made."""
    if earlier and earlier.last and not book.has(earlier.last):
        raise Broken(f"账目里没有数据湖写入时最后的一笔：恢复过备份，或者不是同一个数据库。{ANEW}")
    since = Since(earlier.until, earlier.again) if earlier else None
    with _making(store) as scratch, connected() as duck:
        writing = _Writing(store, duck, book, _last(store) + 1, earlier, scratch)
        files = writing.all(since)
        made = Manifest(writing.number, datetime.now(UTC), book.until, book.again(), book.last(), files)
        return writing.gathered(replace(made, backdated=book.backdated()))


@contextmanager
def _making(store: Store) -> Iterator[Path]:
    """A folder for what is being made.  What somebody who was killed has left in his is swept up."""
    mine = store.scratch()
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)


def _spans(said: parquet.FileMetaData, seen: Iterable[str]) -> dict[str, tuple[str, str] | None]:
    """Of these instants the first and the last in a file, by what it says of its pieces."""
    places = {said.schema.column(place).name: place for place in range(said.num_columns)}
    found: dict[str, tuple[str, str] | None] = {}
    for column in seen:
        pieces = [said.row_group(piece).column(places[column]).statistics for piece in range(said.num_row_groups)]
        if all(piece is not None and (piece.has_min_max or piece.num_values == 0) for piece in pieces):
            edges = [at for piece in pieces if piece.has_min_max for at in (piece.min, piece.max)]
            found[column] = (min(edges).isoformat(), max(edges).isoformat()) if edges else None
    return found


def _last(store: Store) -> int:
    """The number of the newest manifest that there ever was: none is written over, not even one that is broken."""
    numbers = (Path(name).stem for name in store.names("manifests"))
    return max((int(number) for number in numbers if number.isdigit()), default=0)


@dataclass
class _Writing:
    """One write: what it needs at each step."""

    store: Store
    duck: duckdb.DuckDBPyConnection
    book: source.Book
    number: int
    earlier: Manifest | None
    scratch: Path

    def __post_init__(self) -> None:
        self.known = {file.part for file in self.earlier.files} if self.earlier else set[Part]()

    def all(self, since: Since | None) -> tuple[File, ...]:
        """The files of the lake after this write."""
        places = Places()
        kept = () if self.earlier is None else self.earlier.files
        new = [file for table in OF_ROOTS for file in self._table(table, since, places)]
        directory = [file for table in DIRECTORY for file in self._directory(table)]
        return (*(file for file in kept if file.part.month), *new, *directory)

    def _table(self, table: LakeTable, since: Since | None, places: Places) -> Iterator[File]:
        """The rows of one table by centre and month."""
        folder = self.scratch / table.name
        folder.mkdir()
        columns = ", ".join(f'"{column}"' for column in (*table.columns, PLACE))
        with incoming(self.duck, places.placed(table, self.book.rows(table, since))):
            self.duck.execute(
                f"COPY (SELECT {columns} FROM incoming) TO {quoted(str(folder))}"
                f" ({_PARQUET}, PARTITION_BY ({PLACE}), OVERWRITE_OR_IGNORE)"
            )
        for file in sorted(folder.rglob("*.parquet")):
            centre, month = places.names[int(file.parent.name.partition("=")[2])]
            part = Part(table.name, centre, month)
            yield self._taken(file, part, self.number, base=part not in self.known)

    def _directory(self, table: LakeTable) -> Iterator[File]:
        """The rows of a table of the directory, all centres together: it is small."""
        file = self.scratch / f"{table.name}.parquet"
        columns = ", ".join(f'"{column}"' for column in table.columns)
        with incoming(self.duck, self.book.rows(table, None)):
            self.duck.execute(f"COPY (SELECT {columns} FROM incoming ORDER BY id) TO {quoted(str(file))} ({_PARQUET})")
        part, digest = Part(table.name, ""), digest_of(file)
        there = self.earlier.by_part.get(part, ()) if self.earlier else ()
        same = next((each for each in there if each.sha256 == digest), None)
        yield same or self._taken(file, part, self.number, base=True)

    def _taken(self, file: Path, part: Part, write: int, *, base: bool) -> File:
        """A file that was made becomes one of the lake."""
        digest, size = digest_of(file), file.stat().st_size
        said = parquet.read_metadata(file)
        place = "/".join(step for step in ("data", part.table, part.centre, part.month) if step)
        name = f"{place}/{write:08}-{digest[:32]}.parquet"
        self.store.take(file, name)
        return File(part, name, write, said.num_rows, size, digest, base, _spans(said, BY_NAME[part.table].seen))

    # --- what was brought again often ------------------------------------------------------------
    def gathered(self, made: Manifest) -> Manifest:
        """The same with one file a table for each month that was touched by many writes."""
        for centre, month in sorted(self._scattered(made.files)):
            new, parts = list[File](), set[Part]()
            for table in OF_ROOTS:
                part = Part(table.name, centre, month)
                if part in made.by_part:
                    parts.add(part)
                    new.append(self._one(table, part, made))
            made = replace(made, files=manifests.replaced(made.files, parts, new))
        return made

    @staticmethod
    def _scattered(files: Iterable[File]) -> set[tuple[str, str]]:
        writes: dict[tuple[str, str], set[int]] = {}
        for file in files:
            if file.part.month:
                writes.setdefault((file.part.centre, file.part.month), set()).add(file.write)
        return {place for place, made in writes.items() if len(made) > MOST_DELTAS}

    def _one(self, table: LakeTable, part: Part, made: Manifest) -> File:
        file = self.scratch / f"{uuid.uuid4().hex}.parquet"
        place = {(part.centre, part.month)}
        near = replace(made, files=tuple(f for f in made.files if (f.part.centre, f.part.month) in place))
        rows = reading.rows(table, near, scanning(self.duck, self.store))
        self.duck.execute(f"COPY (SELECT * FROM ({rows}) ORDER BY id) TO {quoted(str(file))} ({_PARQUET})")
        return self._taken(file, part, self.number, base=True)
