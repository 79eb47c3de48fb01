"""Dockets out of the database and back: a few statements for any number of orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, cast

from django.db import connection, models
from psycopg.types.json import Jsonb

from .docket import Docket
from .models import Assignment, Clock, Order, Task

BATCH = 2000
#: From how many rows of one table on COPY is used.
COPY_FROM = 20


def allot(centre: int, day: date, count: int) -> list[tuple[int, int]]:
    """(order id, running number of the day) for `count` new orders; gaps are allowed, doubles are not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT order_id, running FROM lianxin_allot(%s, %s, %s)", [centre, day, count])
        return list(cursor.fetchall())


def load(order_ids: Iterable[int]) -> dict[int, Docket]:
    """Lock the orders in id order (so that two batches cannot deadlock) and load their running parts."""
    ids = sorted(set(order_ids))
    orders = list(Order.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    parts: list[dict[int, list[Any]]] = [
        _by_order(Assignment.objects.filter(order__in=ids)),
        _by_order(Clock.objects.filter(order__in=ids, ended_at=None)),
        _by_order(Task.objects.filter(order__in=ids, done_at=None)),
    ]
    return {
        order.pk: Docket(order, assignments=parts[0][order.pk], clocks=parts[1][order.pk], tasks=parts[2][order.pk])
        for order in orders
    }


def _by_order(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found


def save(dockets: Sequence[Docket], more: Iterable[models.Model]) -> None:
    """Write what the dockets changed, and `more` new rows (entries, enclosures, receipts)."""
    patches: dict[tuple[type[models.Model], tuple[str, ...]], list[tuple[Any, ...]]] = defaultdict(list)
    new: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    changed: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for docket in dockets:
        (new if docket.is_new else changed)[Order].append(docket.order)
        for model, pk, values in docket.patched:
            patches[model, tuple(values)].append((pk, *values.values()))
        for row in docket.added:
            new[type(row)].append(row)
        for row in docket.touched.values():
            changed[type(row)].append(row)
    for row in more:
        new[type(row)].append(row)
    # Patches first: a partial unique index lets only one row of facts, one stay be the current one.
    for (model, names), rows in patches.items():
        _patch(model, names, rows)
    for model, fresh in new.items():
        _insert(model, fresh)
    for model, stale in changed.items():
        _update(model, stale)


def _insert(model: type[models.Model], rows: list[models.Model]) -> None:
    """New rows: a few by INSERT, many by COPY, which costs a fraction of it."""
    if len(rows) < COPY_FROM:
        model._base_manager.bulk_create(rows, batch_size=BATCH)
        return
    fields = [
        f
        for f in model._meta.concrete_fields
        if f.db_default is models.NOT_PROVIDED and not isinstance(f, models.AutoField)
    ]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    plain = [(f.attname, isinstance(f, models.JSONField)) for f in fields]
    with (
        connection.cursor() as cursor,
        # psycopg's own cursor does not speak Django's errors.
        connection.wrap_database_errors,
        cursor.cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy,
    ):
        for row in rows:
            values = row.__dict__
            copy.write_row([Jsonb(values[name]) if as_json else values[name] for name, as_json in plain])


def _patch(model: type[models.Model], names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """UPDATE … FROM unnest(): one statement however many rows, since each round trip costs more than the work."""
    fields = [cast(models.Field[Any, Any], model._meta.get_field(name)) for name in names]
    pk = model._meta.pk
    assert pk is not None
    columns = [pk, *fields]
    if len(rows) == 1:
        model._base_manager.filter(pk=rows[0][0]).update(**dict(zip(names, rows[0][1:], strict=True)))
        return
    arrays = [[f.get_db_prep_save(row[n], connection) for row in rows] for n, f in enumerate(columns)]
    casts = ", ".join(f"%s::{f.rel_db_type(connection) if f.is_relation else f.db_type(connection)}[]" for f in columns)
    aliases = ", ".join(f"v{n}" for n in range(len(columns)))
    sets = ", ".join(f'"{f.column}" = v{n + 1}' for n, f in enumerate(fields))
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" t SET {sets} FROM unnest({casts}) AS v({aliases}) '
            f'WHERE t."{pk.column}" = v0',
            arrays,
        )


def _update(model: type[models.Model], rows: list[models.Model]) -> None:
    """Write changed rows whole; one by UPDATE, many by INSERT … ON CONFLICT (id) DO UPDATE."""
    if len(rows) == 1:
        rows[0].save(force_update=True)
        return
    pk = model._meta.pk
    assert pk is not None
    names = [f.name for f in model._meta.concrete_fields if not f.primary_key]
    model._base_manager.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=[pk.name], update_fields=names
    )
