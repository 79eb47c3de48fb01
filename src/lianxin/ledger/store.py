"""Dockets out of the database and back: a few statements for any number of orders, and few journeys to it.

Statements are written by hand and sent together, since a journey costs more than most statements do, and Django's
compiler more than either.  Several statements may go in one message because Django binds values on our side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple, cast

import orjson
import psycopg
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from psycopg import abc, pq
from psycopg.types.json import Jsonb

from . import rows, writing
from .books import Ahead, Book
from .docket import Docket
from .models import Clock, Entry, Root, Task

#: From how many rows of one table on COPY is used.
COPY_FROM = 20
#: Up to how many rows one call of a function writes them (`writing`); larger batches go by statements and COPY.
CALL_UP_TO = 200
#: A row's model and id, and the columns that changed.
Change = tuple[type[models.Model], int, Mapping[str, Any]]
#: The ids of roots, and (centre, number) of further ones.
Wanted = tuple[set[int], set[tuple[int, str]]]
#: A statement and its values.
Statement = tuple[str, Sequence[Any]]

_TIMESTAMPTZ = psycopg.adapters.types["timestamptz"].oid
_LOADER = cast("type[abc.Loader]", psycopg.adapters.get_loader(_TIMESTAMPTZ, pq.Format.TEXT))


def allot(
    series: str, centre: int, day: date, count: int, ahead: Ahead | None = None
) -> tuple[list[tuple[int, int]], datetime]:
    """(id, running number of the day) for `count` new roots (gaps are allowed, doubles are not), and the
    database's time of this transaction; what is asked `ahead` goes in the same message."""
    asked = "SELECT root_id, running, transaction_timestamp() FROM lianxin_allot(%s, %s, %s, %s)"
    with connection.cursor() as cursor:
        more, values = (f"; {ahead.statements}", ahead.values) if ahead else ("", ())
        cursor.execute(asked + more, [series, centre, day, count, *values])
        found = cursor.fetchall()
        if ahead is not None:
            rows: list[Any] = []
            while cursor.nextset():
                rows = cursor.fetchall()
            ahead.keep(rows)
        return [(pk, running) for pk, running, _ in found], found[0][2]


class Loaded(NamedTuple):
    """What a batch begins with, read in one message: the roots in hand, the database's time of this transaction
    (None where nothing was asked), (key, digest, entry id) of requests that were done before, and the stamps of the
    centres' directories."""

    dockets: dict[int, Docket[Any]]
    written_at: datetime | None
    done: list[tuple[str, bytes, int]]
    stamps: dict[int, int]


def load(
    wanted: Mapping[Book, Wanted], keys: Iterable[str] = (), centres: Iterable[int] = (), patience: str = ""
) -> Loaded:
    """Lock the roots of each book in id order (so that two batches cannot deadlock) and load their running parts.

    Each statement sees what was committed before it began: the parts, the requests that were done and the stamps are
    read after the lock is held.  `patience` is for how long this transaction waits for any lock; "" has no end.
    """
    keys, centres = list(keys), list(centres)
    books = [book for book, (ids, numbers) in wanted.items() if ids or numbers]
    asked = [statement for book in books for statement in _parts_of(book, *wanted[book])]
    parts = len(asked)
    if keys:
        asked.append((f"SELECT key, request_digest, id FROM {Entry._meta.db_table} WHERE key = ANY(%s)", [keys]))
    if centres:
        asked.append(("SELECT centre_id, stamp FROM directory_revision WHERE centre_id = ANY(%s)", [centres]))
    if not asked:
        return Loaded({}, None, [], {})
    with connection.cursor() as cursor:
        read_times_fast(cursor)
        # It answers as a SELECT does, so that every statement of the message has rows.
        limit = [f"SELECT set_config('lock_timeout', '{patience}', true)"] if patience else []
        statements = "; ".join([*limit, "SELECT transaction_timestamp()", *(text for text, _ in asked)])
        _first(cursor, statements, [value for _, given in asked for value in given])
        if limit:
            cursor.nextset()
        ((written_at,),) = cursor.fetchall()
        tables = [cursor.fetchall() for _ in asked if cursor.nextset()]
    done, stamps = tables[parts] if keys else [], dict(tables[-1]) if centres else {}
    dockets: dict[int, Docket[Any]] = {}
    rest = iter(tables)
    for book in books:
        dockets |= _dockets(book, [next(rest) for _ in _running(book)])
    return Loaded(dockets, written_at, done, stamps)


@cache
def _running(book: Book) -> tuple[tuple[type[models.Model], str], ...]:
    """What a docket begins with: the root, its clocks and tasks that still run, and the parts that its book names."""
    column = book.model.column
    return (
        (book.model, "id = {} ORDER BY id FOR NO KEY UPDATE"),
        (Clock, f"{column} = {{}} AND ended_at IS NULL"),
        (Task, f"{column} = {{}} AND done_at IS NULL"),
        *((part, f"{column} = {{}}") for part in book.parts),
    )


def _parts_of(book: Book, ids: set[int], numbers: set[tuple[int, str]]) -> list[Statement]:
    """A statement a table."""
    which, values = _these(book, sorted(ids), sorted(numbers))
    return [(f"{_select(model)} WHERE {where.format(which)}", values) for model, where in _running(book)]


def _dockets(book: Book, tables: Sequence[list[Any]]) -> dict[int, Docket[Any]]:
    """From the rows of each table, in their order."""
    pairs = zip(_running(book), tables, strict=True)
    roots, *parts = [[rows.found(model, row) for row in table] for (model, _), table in pairs]
    clocks, tasks, *own = (_by_root(part, book.model.column) for part in parts)
    return {
        root.pk: book.docket(root, [part[root.pk] for part in own], clocks=clocks[root.pk], tasks=tasks[root.pk])
        for root in cast("list[Root]", roots)
    }


def _these(book: Book, ids: list[int], numbers: list[tuple[int, str]]) -> Statement:
    """`ANY (…)` of the roots' ids, and its values."""
    if not numbers:
        return "ANY(%s)", [ids]
    named = f"(centre_id, number) IN ({', '.join(['(%s, %s)'] * len(numbers))})"
    values = [*([ids] if ids else []), *(value for pair in numbers for value in pair)]
    more = "%s || " if ids else ""
    return f'ANY({more}ARRAY(SELECT id FROM "{book.model._meta.db_table}" WHERE {named}))', values


def _first(cursor: Any, statements: str, values: Sequence[Any]) -> None:
    """Send what a transaction begins with; BEGIN goes along, where psycopg would send it as a message of its own.

    From then on the transaction is the server's alone: psycopg, told not to begin any, ends it when Django says so.
    """
    link = connection.connection
    if link.autocommit or link.info.transaction_status != pq.TransactionStatus.IDLE or link.isolation_level is not None:
        cursor.execute(statements, values)
        return
    link.autocommit = True
    cursor.execute(f"BEGIN; {statements}", values)
    cursor.nextset()


def _nothing_follows() -> bool:
    """Whether the transaction that is open ends with this block: then COMMIT can go along with its last message.
    Django then finds it ended, and goes on to what waits for the commit."""
    return len(connection.atomic_blocks) == 1 and not connection.savepoint_ids


def read_times_fast(cursor: Any) -> None:
    """Instants by psycopg's own loader, in C; Django's, in Python, took half of a large batch's loading.

    Both give UTC: Django sets the connection's time zone to it.
    """
    cursor.cursor.adapters.register_loader("timestamptz", _LOADER)


@cache
def _select(model: type[models.Model]) -> str:
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    return f'SELECT {columns} FROM "{model._meta.db_table}"'


def _by_root(table: Iterable[Any], column: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in table:
        found[getattr(row, column)].append(row)
    return found


def save(dockets: Sequence[Docket[Any]], more: Iterable[models.Model], also: Sequence[Statement] = ()) -> None:
    """Write what the dockets changed, and `more` new rows (entries, enclosures, notices); then `also` is done.

    Nothing may follow in the same transaction: it may be committed.
    """
    changed: list[Change] = []
    fresh: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for docket in dockets:
        changed += docket.patched
        for row in (*docket.touched.values(), *(() if docket.is_new else (docket.root,))):
            if values := rows.changes(row):
                changed.append((type(row), row.pk, values))
        if docket.is_new:
            fresh[type(docket.root)].append(docket.root)
        for row in docket.added:
            fresh[type(row)].append(row)
    for row in more:
        fresh[type(row)].append(row)
    if len(changed) + sum(map(len, fresh.values())) < CALL_UP_TO:
        last: list[Statement] = [("COMMIT", [])] if _nothing_follows() else []
        _send([(f"SELECT {writing.NAME}(%s)", [writing.argument(fresh, changed)]), *also, *last])
        return
    _save_many(fresh, changed, also)


def _save_many(
    fresh: Mapping[type[models.Model], list[models.Model]], changed: Iterable[Change], also: Sequence[Statement]
) -> None:
    patches: dict[tuple[type[models.Model], tuple[str, ...]], list[tuple[Any, ...]]] = defaultdict(list)
    for model, pk, values in changed:
        patches[model, tuple(values)].append((pk, *values.values()))
    # Patches first: a partial unique index lets only one row of facts, one stay be the current one.
    statements = [s for (model, names), lines in patches.items() for s in _patch(model, names, lines)]
    statements += [_insert(model, new) for model, new in fresh.items() if len(new) < COPY_FROM]
    _send([*statements, *also])
    for model, new in fresh.items():
        if len(new) >= COPY_FROM:
            _copy(model, new)


def _send(statements: Sequence[Statement]) -> None:
    """All of them in one message."""
    if statements:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(s for s, _ in statements), [value for _, values in statements for value in values])


@cache
def _columns(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(writing.columns(model))


@cache
def _plain(model: type[models.Model]) -> tuple[tuple[str, bool], ...]:
    """Attribute and whether it goes as JSON, for each column that we write."""
    return tuple((field.attname, isinstance(field, models.JSONField)) for field in _columns(model))


def _values(row: models.Model) -> list[Any]:
    values = row.__dict__
    return [Jsonb(values[name], orjson.dumps) if as_json else values[name] for name, as_json in _plain(type(row))]


@cache
def _insert_head(model: type[models.Model]) -> tuple[str, str]:
    names = ", ".join(f'"{field.column}"' for field in _columns(model))
    slots = ", ".join(_slot(field) for field in _columns(model))
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ', f"({slots})"


def _slot(field: models.Field[Any, Any]) -> str:
    return f"%s::{field.db_type(connection)}" if isinstance(field, ArrayField) else "%s"


def _insert(model: type[models.Model], new: list[models.Model]) -> Statement:
    head, slots = _insert_head(model)
    return head + ", ".join([slots] * len(new)), [value for row in new for value in _values(row)]


def _copy(model: type[models.Model], new: list[models.Model]) -> None:
    """Many new rows cost by COPY a fraction of what they cost by INSERT."""
    columns = ", ".join(f'"{field.column}"' for field in _columns(model))
    with (
        connection.cursor() as cursor,
        # psycopg's own cursor does not speak Django's errors.
        connection.wrap_database_errors,
        cursor.cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy,
    ):
        for row in new:
            copy.write_row(_values(row))


def _patch(model: type[models.Model], names: tuple[str, ...], lines: list[tuple[Any, ...]]) -> list[Statement]:
    """Set the columns `names` of rows by id: one statement however many rows.

    UPDATE … FROM unnest() where there are several, unless a column is itself a list: unnest would take it apart.
    """
    fields = [_field(model, name) for name in names]
    lines = [(pk, *(_given(f, value) for f, value in zip(fields, values, strict=True))) for pk, *values in lines]
    key, table = model._meta.pk, model._meta.db_table
    assert key is not None
    if len(lines) == 1 or any(isinstance(f, ArrayField) for f in fields):
        sets = ", ".join(f'"{f.column}" = {_slot(f)}' for f in fields)
        return [(f'UPDATE "{table}" SET {sets} WHERE "{key.column}" = %s', [*v, pk]) for pk, *v in lines]
    casts = ", ".join(f"%s::{_type(f)}[]" for f in (key, *fields))
    aliases = ", ".join(f"v{n}" for n in range(len(fields) + 1))
    sets = ", ".join(f'"{f.column}" = v{n}' for n, f in enumerate(fields, 1))
    statement = f'UPDATE "{table}" t SET {sets} FROM unnest({casts}) AS v({aliases}) WHERE t."{key.column}" = v0'
    return [(statement, [list(column) for column in zip(*lines, strict=True)])]


@cache
def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    """A column by its attribute (`order_id`) or its field's name."""
    return next(f for f in model._meta.concrete_fields if name in (f.attname, f.name))


@cache
def _type(field: models.Field[Any, Any]) -> str:
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))


def _given(field: models.Field[Any, Any], value: Any) -> Any:
    return Jsonb(value, orjson.dumps) if isinstance(field, models.JSONField) and value is not None else value
