"""In which month's files rows belong: those of the month in which their root was registered (Shanghai), of its centre.

Roots say so themselves as they pass.  Those that follow one another by their ids mostly belong to the same place, so
only those are kept at which it changes, and a row of a root's ledger is placed by a search among these: joining twenty
million roots to each table took longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow
from pyarrow import compute

from lianxin.ledger.models.parts import PART_BITS

from .tables import LakeTable

#: The column that `Places.placed` adds.
PLACE = "lake_place"
_SHANGHAI, _MONTHS, _BITS = pyarrow.scalar(timedelta(hours=8)), 12, 20


class Places:
    """Places of roots that have passed, and of what stands in their ledgers."""

    def __init__(self) -> None:
        self._codes: dict[int, int] = {}
        self._seen: list[pyarrow.Table] = []
        self._changes: pyarrow.Table | None = None

    def placed(self, table: LakeTable, stream: pyarrow.RecordBatchReader) -> pyarrow.RecordBatchReader:
        """The rows of a stream of that table, each with its `PLACE`.  All roots have to pass before what is theirs."""
        place = self._own if table.sort == "root" else self._found

        def batches() -> Iterator[pyarrow.RecordBatch]:
            for batch in stream:
                yield batch.append_column(PLACE, place(batch))

        schema = stream.schema.append(pyarrow.field(PLACE, pyarrow.int32()))
        return pyarrow.RecordBatchReader.from_batches(schema, batches())

    @property
    def names(self) -> list[tuple[str, str]]:
        """(centre, month) of each `PLACE`: by the centre's id, since its code may change."""
        found = []
        for key in self._codes:
            year, month = divmod(key & ((1 << _BITS) - 1), _MONTHS)
            found.append((f"c-{key >> _BITS}", f"m-{year:04}-{month + 1:02}"))
        return found

    def changes(self) -> pyarrow.Table:
        """The roots, ascending by `id`, at which the `place` is another than of the one before."""
        if self._changes is None:
            kind = pyarrow.schema([("id", pyarrow.int64()), ("place", pyarrow.int32())])
            roots = pyarrow.concat_tables([kind.empty_table(), *self._seen]).combine_chunks()
            # They lie as they were changed last, in a book of long ago all by their ids.
            if not compute.all(compute.greater(_steps(roots, "id"), 0), min_count=0).as_py():
                roots = roots.sort_by("id").combine_chunks()
            self._changes = roots.filter(compute.fill_null(compute.not_equal(_steps(roots, "place"), 0), True))
        return self._changes

    def _own(self, batch: pyarrow.RecordBatch) -> pyarrow.Array:
        """Of roots."""
        at = compute.add(batch.column("registered_at").cast(pyarrow.timestamp("us")), _SHANGHAI)
        months = compute.add(compute.multiply(compute.year(at), _MONTHS), compute.subtract(compute.month(at), 1))
        keys = compute.add(compute.shift_left(batch.column("centre_id"), _BITS), months).dictionary_encode()
        codes = pyarrow.array(
            [self._codes.setdefault(key, len(self._codes)) for key in keys.dictionary.to_pylist()], pyarrow.int32()
        )
        places = codes.take(keys.indices)
        # A copy: a column of a batch would keep all of it.
        self._seen.append(pyarrow.table({"id": compute.add(batch.column("id"), 0), "place": places}))
        self._changes = None
        return places

    def _found(self, batch: pyarrow.RecordBatch) -> Any:
        """Of what stands in the ledgers of roots."""
        changes, roots = self.changes(), compute.shift_right(batch.column("id"), PART_BITS)
        after = compute.search_sorted(changes.column("id"), roots, side="right")
        return changes.column("place").take(compute.subtract(after, 1)).combine_chunks()


def _steps(rows: pyarrow.Table, column: str) -> pyarrow.Array:
    """How much each value is more than the one before; null for the first."""
    values = rows.column(column)
    return compute.pairwise_diff(values.chunk(0) if values.num_chunks else pyarrow.array([], values.type))
