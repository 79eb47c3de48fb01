"""Holding the lake against the book: of each table, centre and month how many rows there are and whether they are the
same; and each file against its digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from . import reading, source
from .duck import connected, incoming, scanning
from .manifest import Manifest
from .manifest import reading as being_read
from .placing import Places
from .source import Since
from .store import Store
from .tables import DIRECTORY, OF_ROOTS, ROOTS, LakeTable

#: So many rows of a difference are named.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """What the lake has otherwise than the book: of which table, centre and month (both empty: of the directory)."""

    table: str
    centre: str
    month: str
    book: int
    lake: int
    #: (id, what is wrong with it) of some of its rows
    rows: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a check came to."""

    manifest: Manifest
    #: rows of the book, of the lake; what was touched since the lake was written is in neither
    book: int
    lake: int
    differences: tuple[Difference, ...]
    #: files that are not there, or are not what the manifest says
    broken: tuple[str, ...]


def check(store: Store) -> Found:
    """Count both.  Raises `Broken`, LookupError where there is no lake."""
    with being_read(store) as manifest, connected() as duck, source.one_moment() as book:
        broken = tuple(_broken(store, manifest))
        if broken:
            return Found(manifest, 0, 0, (), broken)
        checking = _Checking(duck, manifest, book, store)
        found = [checking.table(table) for table in (*OF_ROOTS, *DIRECTORY)]
    return Found(
        manifest,
        sum(each.book for each in found),
        sum(each.lake for each in found),
        tuple(difference for each in found for difference in each.differences),
        (),
    )


def _broken(store: Store, manifest: Manifest) -> Iterator[str]:
    for file in manifest.files:
        digest = store.digest(file.name)
        if digest is None:
            yield f"{file.name}：不在了"
        elif digest != file.sha256:
            yield f"{file.name}：与清单登记的摘要不符"


@dataclass(frozen=True, slots=True)
class _Counted:
    book: int
    lake: int
    differences: tuple[Difference, ...]


class _Checking:
    """One check, over one moment of the book."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, manifest: Manifest, book: source.Book, store: Store) -> None:
        self.duck, self.manifest, self.book = duck, manifest, book
        self.tongue = scanning(duck, store)
        self._lay_places()
        # What was written since is not in the lake yet, and is nothing that it lacks.
        with incoming(duck, book.touched(Since(manifest.until, ()))):
            duck.execute("CREATE TABLE touched AS FROM incoming")

    def table(self, table: LakeTable) -> _Counted:
        """Both sides by centre and month: how many rows, and the sum of what each comes to."""
        self._lay_side_by_side(table)
        book, lake = self._sums("book"), self._sums("lake")
        none = (0, None)
        unlike = [place for place in sorted(book.keys() | lake.keys()) if book.get(place) != lake.get(place)]
        differences = tuple(
            Difference(table.name, *place, book.get(place, none)[0], lake.get(place, none)[0], self._rows(*place))
            for place in unlike
        )
        return _Counted(sum(n for n, _ in book.values()), sum(n for n, _ in lake.values()), differences)

    def _lay_places(self) -> None:
        """The table `places`: centre and month of the roots from that `id` on."""
        places = Places()
        for table in ROOTS:
            for _ in places.placed(table, self.book.rows(table, None)):
                """It takes notice of each."""
        self.duck.execute("CREATE TABLE names (place INTEGER, centre VARCHAR, month VARCHAR)")
        self.duck.executemany(
            "INSERT INTO names VALUES ($1, $2, $3)", [[n, *name] for n, name in enumerate(places.names)]
        )
        with incoming(self.duck, places.changes()):
            self.duck.execute("CREATE TABLE places AS SELECT id, centre, month FROM incoming JOIN names USING (place)")

    def _lay_side_by_side(self, table: LakeTable) -> None:
        """The tables `book` and `lake`: of each row where it belongs, its id and a hash of all its columns."""
        columns = ", ".join(f'r."{column}"' for column in table.columns)
        if table.sort == "directory":
            place, joined = "'' AS centre, '' AS month", ""
        else:
            place = "p.centre, p.month"
            joined = f" ASOF JOIN places AS p ON p.id <= (r.{table.root}) WHERE (r.{table.root}) NOT IN (FROM touched)"
        with incoming(self.duck, self.book.rows(table, None)):
            for side, rows in (("book", "incoming"), ("lake", f"({reading.rows(table, self.manifest, self.tongue)})")):
                self.duck.execute(
                    f"CREATE OR REPLACE TEMP TABLE {side} AS"
                    f" SELECT {place}, r.id, hash({columns}) AS said FROM {rows} AS r{joined}"
                )

    def _sums(self, side: str) -> dict[tuple[str, str], tuple[int, int]]:
        statement = f"SELECT centre, month, count(*), sum(said::HUGEINT) FROM {side} GROUP BY ALL"
        found = self.duck.execute(statement).fetchall()
        return {(centre, month): (number, said) for centre, month, number, said in found}

    def _rows(self, centre: str, month: str) -> tuple[tuple[int, str], ...]:
        """Some of the rows that are not the same there."""
        found = self.duck.execute(
            "SELECT coalesce(b.id, l.id), CASE WHEN l.id IS NULL THEN '数据湖缺少' WHEN b.id IS NULL THEN '数据湖多出'"
            " ELSE '内容不同' END FROM (FROM book WHERE centre = $1 AND month = $2) AS b"
            " FULL JOIN (FROM lake WHERE centre = $1 AND month = $2) AS l ON l.id = b.id"
            f" WHERE l.said IS DISTINCT FROM b.said ORDER BY 1 LIMIT {NAMED}",
            [centre, month],
        ).fetchall()
        return tuple((int(pk), what) for pk, what in found)
