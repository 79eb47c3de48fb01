"""The rows of a lake as they stand, in SQL that DuckDB and Spark both read: of what was written twice the later.

An increment brings every row of a root that was touched, so what earlier files say of that root counts no more.  Which
roots an increment brought, its files of roots say themselves.  Acts are only ever added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from lianxin.ledger.models.parts import PART_BITS

from .manifest import File, Manifest, Part
from .tables import ROOTS, LakeTable

#: (names of files) -> what an engine reads them as
Scan = Callable[[Sequence[str]], str]


def rows(table: LakeTable, manifest: Manifest, scan: Scan, centres: Iterable[str] | None = None) -> str:
    """A SELECT of the table's rows as the manifest has them, of these centres (`c-…`) or of all."""
    wanted = None if centres is None else {*centres}
    mine = {
        part: files
        for part, files in manifest.by_part.items()
        if part.table == table.name and (wanted is None or part.centre in wanted)
    }
    columns = ", ".join(f'"{column}"' for column in table.columns)
    if not mine:
        nothing = ", ".join(
            f'CAST(NULL AS {_TYPES[kind]}) AS "{column}"' for column, (kind, _) in table.columns.items()
        )
        return f"SELECT {nothing} WHERE FALSE"
    once, again = list[File](), list[File]()
    for part, files in mine.items():
        plain = table.sort in ("entry", "directory") or not _deltas(part, manifest)
        (once if plain else again).extend(files)
    found = [f"SELECT {columns} FROM {scan([file.name for file in once])}"] if once else []
    if again:
        root = "t.id" if table.sort == "root" else f"(t.id >> {PART_BITS})"
        touched = _touched(manifest, {(file.part.centre, file.part.month) for file in again}, scan)
        listed = ", ".join(f't."{column}"' for column in table.columns)
        found.append(
            f"SELECT {listed} FROM ({_by_write(again, scan, '*')}) AS t LEFT JOIN ({touched}) AS touched"
            f" ON touched.root = {root} WHERE coalesce(touched.latest, t.written_by) = t.written_by"
        )
    return " UNION ALL ".join(found)


#: Types of PostgreSQL, as DuckDB and Spark call them.
_TYPES = {
    "bigint": "BIGINT",
    "integer": "INT",
    "smallint": "SMALLINT",
    "boolean": "BOOLEAN",
    "text": "STRING",
    "timestamptz": "TIMESTAMPTZ",
}


def _deltas(part: Part, manifest: Manifest) -> list[File]:
    """The files of roots by which later writes touched that centre and month."""
    found = (manifest.by_part.get(Part(table.name, part.centre, part.month), ()) for table in ROOTS)
    return [file for files in found for file in files if not file.base]


def _touched(manifest: Manifest, places: set[tuple[str, str]], scan: Scan) -> str:
    """Each root that a later write brought again, and by which one last."""
    files = [file for centre, month in sorted(places) for file in _deltas(Part("", centre, month), manifest)]
    if not files:
        return "SELECT CAST(NULL AS BIGINT) AS root, CAST(NULL AS BIGINT) AS latest WHERE FALSE"
    return f"SELECT id AS root, max(written_by) AS latest FROM ({_by_write(files, scan, 'id')}) AS d GROUP BY id"


def _by_write(files: Iterable[File], scan: Scan, columns: str) -> str:
    by_write: dict[int, list[str]] = defaultdict(list)
    for file in files:
        by_write[file.write].append(file.name)
    return " UNION ALL ".join(
        f"SELECT {columns}, CAST({write} AS BIGINT) AS written_by FROM {scan(names)}"
        for write, names in sorted(by_write.items())
    )
