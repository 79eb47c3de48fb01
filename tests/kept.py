"""The rows of a cast, kept from its first making and put back for every test after it: a third of a test's time.

What is put back is what was made: the same rows under the same ids, of the same stamp of the directory (no stamp of a
sequence comes twice).  Only for the first centre of a test; whatever a test makes besides is made.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction
from psycopg import sql
from tests import moment

Thing = TypeVar("Thing")

_TABLES = """
SELECT c.table_name::text, array_agg(c.column_name::text ORDER BY c.ordinal_position)
FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A thing (pickled) and the rows that its making wrote, as COPY wrote them out: (the statement, the rows)."""

    thing: bytes
    rows: list[tuple[sql.Composed, bytes]]


_kept: dict[Hashable, Kept] = {}


def kept(key: Hashable, make: Callable[[], Thing]) -> Thing:
    """What `make` makes, with its rows; from the second time on they are put back."""
    if not moment.near() or "LIANXIN_MUTATION" in os.environ or _there_is_a_centre():
        return make()
    found = _kept.get(key)
    if found is not None:
        _put_back(found)
        thing: Thing = pickle.loads(found.thing)
        return thing
    with moment.before(), transaction.atomic():
        before = _where()
        thing = make()
        _kept[key] = Kept(pickle.dumps(thing), _written(before))
    return thing


def _there_is_a_centre() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM directory_centre)")
        return bool(cursor.fetchone()[0])


def _tables() -> list[tuple[str, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return list(cursor.fetchall())


def _where() -> dict[str, list[str]]:
    """Where the rows of each table are."""
    found = {}
    with connection.cursor() as cursor:
        for table, _ in _tables():
            cursor.execute(sql.SQL("SELECT ctid::text FROM {}").format(sql.Identifier(table)))
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def _written(before: dict[str, list[str]]) -> list[tuple[sql.Composed, bytes]]:
    """The rows that were not there before.  What was there must be there still, untouched."""
    rows = []
    with connection.cursor() as cursor:
        for table, columns in _tables():
            name, names = sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
            cursor.execute(sql.SQL("SELECT ctid::text FROM {}").format(name))
            there = [row[0] for row in cursor.fetchall()]
            assert set(before[table]) <= set(there), f"making it has changed a row of {table} that was there before"
            new = [place for place in there if place not in set(before[table])]
            if not new:
                continue
            chosen = sql.SQL(", ").join(map(sql.Literal, new))
            out = sql.SQL("COPY (SELECT {} FROM {} WHERE ctid IN ({})) TO STDOUT").format(names, name, chosen)
            with cursor.cursor.copy(out) as copy:
                text = b"".join(bytes(part) for part in copy)
            rows.append((sql.SQL("COPY {} ({}) FROM STDIN").format(name, names), text))
    return rows


def _put_back(found: Kept) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # They were checked when they were made; triggers would only set another stamp.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for into, text in found.rows:
            with cursor.cursor.copy(into) as copy:
                copy.write(text)
        cursor.execute("SET LOCAL session_replication_role = origin")
