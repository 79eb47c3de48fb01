"""Batch intake: registrations with their dispatch through `record_many`, against a bare COPY of the same rows.

The limit is COPY, in one transaction, of exactly the rows that `record_many` had written, back into the same tables:
same indexes, checks and foreign keys, no work of ours.  COPY into tables without any of these is reported beside it.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from lianxin.ledger.door import record_many

from . import acts
from .ground import Ground, last_order, now, query
from .measured import Measured, timed

ORDERS = 2000
TIMES = 3


def run(ground: Ground) -> list[Measured]:
    """Orders a second both ways, the best of three each."""
    record_many(acts.lives(ground, 50, at=now()))
    ours = copied = bare = float("inf")
    rows = 0
    for _ in range(TIMES):
        first = last_order()
        batch = acts.lives(ground, ORDERS, at=now())
        ours = min(ours, timed(lambda batch=batch: record_many(batch)))
        lines = _taken_out(first)
        rows = sum(data.count(b"\n") for data in lines.values())
        bare = min(bare, _into_bare_tables(lines))
        copied = min(copied, timed(lambda lines=lines: _copy(lines)))
    return [
        Measured(
            "batch intake",
            copied / ours,
            0.35,
            "of COPY",
            higher=True,
            more={
                "record_many orders/s": ORDERS / ours,
                "COPY orders/s": ORDERS / copied,
                "rows an order": rows / ORDERS,
                "COPY without indexes and keys, orders/s": ORDERS / bare,
                "of that": bare / ours,
            },
        )
    ]


def _tables() -> list[str]:
    found = query("SELECT tablename FROM pg_tables WHERE tablename LIKE 'orders_%' ORDER BY 1")
    return [name for (name,) in found]


#: How each table's rows are found by the order they belong to, where it is not the column `order_id`.
_OF = {"orders_order": "id", "ledger_enclosure": "entry_id >> 16"}
_NONE = {
    "ledger_journal",
    "ledger_seal",
    "ledger_sealleaf",
    "ledger_attestation",
    "ledger_allotment",
    "ledger_sealeddirectory",
}


def _made_since(table: str, first: int) -> str:
    return f"{_OF.get(table, 'order_id')} BETWEEN {first + 1} AND {last_order()}"


def _taken_out(first: int) -> dict[str, bytes]:
    """The rows of all orders after `first` as COPY writes them, and the same rows deleted."""
    lines: dict[str, bytes] = {}
    for table in _tables():
        if table in _NONE:
            continue
        where = _made_since(table, first)
        with (
            connection.cursor() as cursor,
            cursor.cursor.copy(f"COPY (SELECT * FROM {table} WHERE {where}) TO STDOUT") as out,
        ):
            data = b"".join(bytes(part) for part in out)
        if data:
            lines[table] = data
    with transaction.atomic():
        # The ledger refuses deletion to everyone, rightly; this database is thrown away.
        query("SET LOCAL session_replication_role = replica")
        for table in lines:
            query(f"DELETE FROM {table} WHERE {_made_since(table, first)}")
    for table in lines:
        query(f"VACUUM {table}")
    query("CHECKPOINT")
    return lines


def _copy(lines: dict[str, Any], prefix: str = "") -> None:
    with transaction.atomic():
        for table, data in lines.items():
            with connection.cursor() as cursor, cursor.cursor.copy(f"COPY {prefix}{table} FROM STDIN") as into:
                into.write(data)


def _into_bare_tables(lines: dict[str, Any]) -> float:
    for table in lines:
        query(f"DROP TABLE IF EXISTS bare_{table}")
        query(f"CREATE TABLE bare_{table} AS SELECT * FROM {table} WHERE false")
    return timed(lambda: _copy(lines, "bare_"))
