"""The rows of a lake as they stand, in SQL that DuckDB and Spark both read: of what was written twice the later.

An increment brings every row of a root that was touched, so what earlier files say of that root counts no more.  Which
roots an increment brought, its files of roots say themselves.  Acts are only ever added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lianxin.ledger.models.parts import PART_BITS

from .manifest import File, Manifest, Part
from .tables import ROOTS, LakeTable


@dataclass(frozen=True, slots=True)
class Tongue:
    """How an engine says it: `scan`: (a table, names of its files) -> what it reads them as; how it quotes a name, and
    calls a type of PostgreSQL where the name is another."""

    scan: Callable[[LakeTable, Sequence[str]], str]
    quote: str = '"'
    types: Mapping[str, str] = field(default_factory=dict)

    def columns(self, table: LakeTable, of: str = "") -> str:
        return ", ".join(f"{of}{self.quote}{column}{self.quote}" for column in table.columns)


def rows(
    table: LakeTable,
    manifest: Manifest,
    tongue: Tongue,
    centres: Iterable[str] | None = None,
    months: Iterable[str] | None = None,
) -> str:
    """A SELECT of the table's rows as the manifest has them, of these centres (`c-…`) and months (`m-…`) or of all."""
    chosen = None if centres is None else {"", *centres}
    mine = {
        Part(table.name, centre, month): there[month]
        for (name, centre), there in manifest.months.items()
        if name == table.name and (chosen is None or centre in chosen)
        for month in (there if months is None else sorted({*months, ""} & there.keys()))
    }
    if not mine:
        q = tongue.quote
        nothing = ", ".join(
            f"CAST(NULL AS {tongue.types.get(kind, kind)}) AS {q}{column}{q}"
            for column, (kind, _) in table.columns.items()
        )
        return f"SELECT {nothing} WHERE FALSE"
    once, again = list[File](), list[File]()
    for part, files in mine.items():
        plain = table.sort in ("entry", "directory") or not _deltas(part, manifest)
        (once if plain else again).extend(files)
    found = [f"SELECT {tongue.columns(table)} FROM {_scan(table, once, tongue)}"] if once else []
    if again:
        root = "t.id" if table.sort == "root" else f"(t.id >> {PART_BITS})"
        touched = _touched(manifest, {(file.part.centre, file.part.month) for file in again}, tongue)
        found.append(
            f"SELECT {tongue.columns(table, 't.')} FROM ({_by_write(table, again, tongue, '*')}) AS t"
            f" LEFT JOIN ({touched}) AS touched"
            f" ON touched.root = {root} WHERE coalesce(touched.latest, t.written_by) = t.written_by"
        )
    return " UNION ALL ".join(found)


def _deltas(part: Part, manifest: Manifest) -> list[File]:
    """The files of roots by which later writes touched that centre and month."""
    found = (manifest.by_part.get(Part(table.name, part.centre, part.month), ()) for table in ROOTS)
    return [file for files in found for file in files if not file.base]


def _touched(manifest: Manifest, places: set[tuple[str, str]], tongue: Tongue) -> str:
    """Each root that a later write brought again, and by which one last."""
    deltas = [file for centre, month in sorted(places) for file in _deltas(Part("", centre, month), manifest)]
    found = (
        _by_write(table, files, tongue, "id")
        for table in ROOTS
        if (files := [file for file in deltas if file.part.table == table.name])
    )
    return f"SELECT id AS root, max(written_by) AS latest FROM ({' UNION ALL '.join(found)}) AS d GROUP BY id"


def _by_write(table: LakeTable, files: Iterable[File], tongue: Tongue, columns: str) -> str:
    by_write: dict[int, list[File]] = defaultdict(list)
    for file in files:
        by_write[file.write].append(file)
    return " UNION ALL ".join(
        f"SELECT {columns}, CAST({write} AS BIGINT) AS written_by FROM {_scan(table, mine, tongue)}"
        for write, mine in sorted(by_write.items())
    )


def _scan(table: LakeTable, files: Sequence[File], tongue: Tongue) -> str:
    return tongue.scan(table, [file.name for file in files])
