"""Counting on the lake: what any engine over it does, and DuckDB, which is in this process.

Each centre's statement sees the files of that centre alone; those of several centres make one statement.  What the lake
does not know yet is refused (`engines.Behind`), never counted short.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

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

from .engines import Behind, Dialect
from .scope import Scope

DUCKDB = Dialect(
    "duckdb",
    "${}",
    lambda at: f"MAKE_TIMESTAMPTZ({at.year}, {at.month}, {at.day}, 0, 0, 0.0, 'UTC')",
    "{column} = ANY({values})",
)

Rows = list[tuple[Any, ...]]


@dataclass
class OnLake:
    """An engine over one manifest of the lake.

    `runs`: a statement and its values -> rows; `views`: gives a SELECT a name.
    """

    name: str
    dialect: Dialect
    tongue: Tongue
    manifest: Manifest
    runs: Callable[[str, Mapping[str, Any]], Rows]
    views: Callable[[str, str], None]
    _views: set[str] = field(default_factory=set)

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

    def stated(self, statement: str, scope: Scope, place: int) -> str:
        """The statement over the tables of the scope's centre, with placeholders."""
        q = self.tongue.quote
        for table in TABLES:
            if (named := f"{q}{table.name}{q} AS ") in statement:
                statement = statement.replace(named, f"{self._laid(scope.centre, table)} AS ")
        return self.dialect.placed(statement, place)

    def run(self, statement: str, values: Mapping[str, Any]) -> Rows:
        """The rows that it gives."""
        return self.runs(statement, values)

    def _laid(self, centre: int, table: LakeTable) -> str:
        """The view of the centre's rows of that table, made once: it opens the files of each month."""
        # With the manifest's number, since a session of Spark may be another's too.
        view = f"m{self.manifest.number}_c{centre}_{table.name}"
        if view not in self._views:
            self.views(view, reading.rows(table, self.manifest, self.tongue, [f"c-{centre}"]))
            self._views.add(view)
        return view

    @cached_property
    def _centres(self) -> set[int]:
        (centres,) = (table for table in TABLES if table.name == "directory_centre")
        rows = reading.rows(centres, self.manifest, self.tongue)
        return {pk for (pk,) in self.runs(f"SELECT id FROM ({rows}) AS c", {})}


@contextmanager
def on_duckdb(store: Store) -> Iterator[OnLake]:
    """The lake as DuckDB reads it.  Raises `Broken`, LookupError where there is none."""
    with being_read(store) as manifest, ducks.connected() as duck:

        def run(statement: str, values: Mapping[str, Any]) -> Rows:
            # It refuses values for which there is no placeholder.
            asked = set(re.findall(r"\$(\w+)", statement))
            return duck.execute(statement, {name: value for name, value in values.items() if name in asked}).fetchall()

        def view(name: str, select: str) -> None:
            duck.execute(f"CREATE TEMP VIEW {name} AS {select}")

        yield OnLake("DuckDB", DUCKDB, ducks.scanning(duck, store), manifest, run, view)
