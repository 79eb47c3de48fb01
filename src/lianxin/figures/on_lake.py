"""Counting on the lake: what any engine over it does, and DuckDB, which is in this process.

Each centre's statement sees the files of that centre alone; those of several centres make one statement.  What the lake
does not know yet is refused (`engines.Behind`), never counted short.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import duckdb

from lianxin.lake import duck as ducks
from lianxin.lake import reading
from lianxin.lake.manifest import Manifest
from lianxin.lake.manifest import reading as being_read
from lianxin.lake.reading import Tongue
from lianxin.lake.store import Store
from lianxin.lake.tables import TABLES, LakeTable
from lianxin.ledger import backdated
from lianxin.ledger.batch import AHEAD
from lianxin.rules.worktime import show_instant

from .engines import Behind, Dialect, Piece, Seen
from .scope import Scope

#: It asks its calendar of zones for each instant to which hours are added, of a number of microseconds it does not:
#: four times as fast.
_DAY = re.compile(r"""CAST\(("\w+"\."\w+") \+ INTERVAL '8' HOUR AS DATE\)""")
DUCKDB = Dialect(
    "duckdb",
    "${}",
    lambda at: f"MAKE_TIMESTAMPTZ({at.year}, {at.month}, {at.day}, 0, 0, 0.0, 'UTC')",
    "{column} = ANY({values})",
    partial(_DAY.sub, r"CAST(MAKE_TIMESTAMP(EPOCH_US(\1) + 28800000000) AS DATE)"),
)
#: So many rows of the table by which a period sees its orders DuckDB takes at once: what it joins stays near.
AT_ONCE = 500_000

Rows = list[tuple[Any, ...]]


@dataclass
class OnLake:
    """An engine over one manifest of the lake.

    `runs`: statements and their values -> rows; `at_once`: so many rows make a piece, None: all together are one.
    """

    name: str
    dialect: Dialect
    tongue: Tongue
    manifest: Manifest
    runs: Callable[[Sequence[str], Mapping[str, Any]], Rows]
    at_once: int | None = None
    _selects: dict[tuple[int, str, Piece], str] = field(default_factory=dict)

    @property
    def until(self) -> datetime:
        """A little earlier than the lake: what an act says of when it was recorded is of another clock than when it was
        written."""
        return self.manifest.until - AHEAD

    @property
    def title(self) -> str:
        return f"数据湖（{self.name}，第 {self.manifest.number} 份清单，截至 {show_instant(self.until)}）"

    def must_know(self, scopes: Sequence[Scope]) -> None:
        """Raises `Behind` beyond `until`, for a centre that the lake does not have, and where something was recorded
        for the past since it was written."""
        latest = max(max(scope.cutoff, scope.known or scope.cutoff) for scope in scopes)
        if latest > self.until:
            raise Behind(f"{self.title}的数据截至 {show_instant(self.until)}，算不出截至 {show_instant(latest)} 的数")
        centres = {scope.centre for scope in scopes}
        if not centres <= self._centres:
            raise Behind(f"{self.title}里还没有这个中心")
        stamps = backdated.stamps(centres)
        if any(stamps.get(centre, 0) != self.manifest.backdated.get(centre, 0) for centre in centres):
            raise Behind(f"{self.title}写入以后，又补录了过往的账目，请再写入一次（lianxin lake write）")

    def pieces(self, scope: Scope, seen: Seen | None) -> Sequence[Piece]:
        """Of the months whose files may hold what the period sees: all rows of an order stand in the files of one."""
        if seen is None:
            return (None,)
        months = self.manifest.months.get((seen.model._meta.db_table, f"c-{scope.centre}"), {})
        rows = {
            month: sum(file.rows for file in files)
            for month, files in sorted(months.items())
            if not seen.column or any(file.may_hold(seen.column, scope.start, scope.end) for file in files)
        }
        return list(_parted(rows, self.at_once or sum(rows.values())))

    def stated(self, statement: str, scope: Scope, place: int, piece: Piece) -> str:
        """The statement over the files of the scope's centre and these months, with placeholders."""
        q = self.tongue.quote
        for table in TABLES:
            if (named := f"{q}{table.name}{q} AS ") in statement:
                statement = statement.replace(named, f"({self._select(scope.centre, table, piece)}) AS ")
        return self.dialect.placed(statement, place)

    def run(self, statements: Sequence[str], values: Mapping[str, Any]) -> Rows:
        """The rows that they give."""
        return self.runs(statements, values)

    def _select(self, centre: int, table: LakeTable, piece: Piece) -> str:
        """The rows of that table, said once: it names the files of each month."""
        key = (centre, table.name, piece)
        if key not in self._selects:
            self._selects[key] = reading.rows(table, self.manifest, self.tongue, [f"c-{centre}"], piece)
        return self._selects[key]

    @cached_property
    def _centres(self) -> set[int]:
        (centres,) = (table for table in TABLES if table.name == "directory_centre")
        rows = reading.rows(centres, self.manifest, self.tongue)
        return {pk for (pk,) in self.runs([f"SELECT id FROM ({rows}) AS c"], {})}


def _parted(rows: Mapping[str, int], at_once: int) -> Iterator[frozenset[str]]:
    """The months in pieces of about so many rows."""
    piece, number = set[str](), 0
    for month, more in rows.items():
        if piece and number + more > at_once:
            yield frozenset(piece)
            piece, number = set(), 0
        piece.add(month)
        number += more
    if piece:
        yield frozenset(piece)


@contextmanager
def on_duckdb(store: Store) -> Iterator[OnLake]:
    """The lake as DuckDB reads it, its pieces on all cores.  Raises `Broken`, LookupError where there is none."""
    with being_read(store) as manifest, ducks.kept(store) as duck, ThreadPoolExecutor(os.cpu_count()) as pool:

        def run(statements: Sequence[str], values: Mapping[str, Any]) -> Rows:
            if not store.local:
                # What its files are called is known to this connection alone.
                return [row for statement in statements for row in _rows(duck, statement, values)]
            cursors = [duck.cursor() for _ in statements]
            found = pool.map(lambda cursor, statement: _rows(cursor, statement, values), cursors, statements)
            return [row for rows in found for row in rows]

        yield OnLake("DuckDB", DUCKDB, ducks.scanning(duck, store), manifest, run, AT_ONCE)


def _rows(duck: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, Any]) -> Rows:
    # It refuses values for which there is no placeholder.
    asked = set(re.findall(r"\$(\w+)", statement)) & values.keys()
    return duck.execute(statement, {name: values[name] for name in asked}).fetchall()
