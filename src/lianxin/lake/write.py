"""Writing the lake: all of it, or what is new in the book since it was written last.

What is new is told by the acts (`written_at`): the rows of each root that was touched are brought again, in files of
their own beside the earlier ones.  A month that was brought again often is made one file once more, from its files.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from pyarrow import parquet

from lianxin.ledger.locks import Lock, alone

from . import manifest as manifests
from . import reading, source
from .duck import connected, incoming, lay_places, quoted, scanning
from .manifest import ANEW, Broken, File, Manifest, Part
from .source import Since
from .store import Store, digest_of
from .tables import DIRECTORY, OF_ROOTS, ROOTS, LakeTable, shape

#: A month is made one file again once it was brought so often.
MOST_DELTAS = 8
_PARQUET = "FORMAT parquet, COMPRESSION zstd"


def write(store: Store, *, full: bool = False) -> Manifest:
    """Bring the lake up to the book; all anew if `full`, or where nothing is there yet, or of other columns than this
    version's.  Returns its manifest.

    One at a time.  Raises `Broken` where what is there cannot be built upon.
    """
    with alone(Lock.LAKE, 0):
        earlier = None if full else manifests.current(store)
        if earlier and earlier.shape != shape():
            earlier = None
        number = _last(store) + 1
        with _making(store) as scratch, connected() as duck, source.one_moment() as book:
            if earlier and earlier.last and not book.has(earlier.last):
                raise Broken(f"账目里没有数据湖写入时最后的一笔：恢复过备份，或者不是同一个数据库。{ANEW}")
            since = Since(earlier.until, earlier.again) if earlier else None
            writing = _Writing(store, duck, book, number, earlier, scratch)
            files = writing.all(since)
            made = Manifest(number, datetime.now(UTC), book.until, book.again(), book.last(), files)
            made = replace(made, backdated=book.backdated())
            made = writing.gathered(made)
        manifests.switch(store, made)
        manifests.sweep(store, datetime.now(UTC))
    return made


@contextmanager
def _making(store: Store) -> Iterator[Path]:
    """A folder for what is being made.  What somebody who was killed has left in his is swept up."""
    mine = store.scratch()
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)


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
        lay_places(self.duck, (self.book.places(table, since) for table in ROOTS))
        kept = () if self.earlier is None else self.earlier.files
        new = [file for table in OF_ROOTS for file in self._table(table, since)]
        directory = [file for table in DIRECTORY for file in self._directory(table)]
        return (*(file for file in kept if file.part.month), *new, *directory)

    def _table(self, table: LakeTable, since: Since | None) -> Iterator[File]:
        """The rows of one table by centre and month."""
        folder = self.scratch / table.name
        folder.mkdir()
        columns = ", ".join(f'i."{column}"' for column in table.columns)
        with incoming(self.duck, self.book.rows(table, since)):
            self.duck.execute(
                f"COPY (SELECT {columns}, p.centre AS lake_centre, p.month AS lake_month"
                f" FROM incoming AS i JOIN places AS p ON p.id = (i.{table.root}))"
                f" TO {quoted(str(folder))} ({_PARQUET}, PARTITION_BY (lake_centre, lake_month), OVERWRITE_OR_IGNORE)"
            )
        for file in sorted(folder.rglob("*.parquet")):
            month, centre = (step.name.partition("=")[2] for step in (file.parent, file.parent.parent))
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
        rows = parquet.read_metadata(file).num_rows
        place = "/".join(step for step in ("data", part.table, part.centre, part.month) if step)
        name = f"{place}/{write:08}-{digest[:32]}.parquet"
        self.store.take(file, name)
        return File(part, name, write, rows, size, digest, base)

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
