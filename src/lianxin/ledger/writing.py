"""The rows of one act, written by one call of a function in the database.

An act writes a dozen rows into as many tables.  Sent as statements they are quoted by us, parsed and planned by the
database, each time anew: that took more than all checks and clocks together.  The function takes the rows as JSON; the
database keeps its plans.  It is made from the models after each migration, so a new column needs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.apps import AppConfig, apps
from django.db import connection, models

from .models import Attestation, Beside, Enclosure, Notice, Part, roots

NAME = "lianxin_write"


def written_models() -> list[type[models.Model]]:
    """The tables that the door writes."""
    parts = sorted((m for m in apps.get_models() if issubclass(m, Part)), key=lambda m: m._meta.db_table)
    beside = sorted((m for m in apps.get_models() if issubclass(m, Beside)), key=lambda m: m._meta.db_table)
    return [*roots(), *beside, *parts, Enclosure, Notice, Attestation]


def columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """What we write of a new row; the database fills in the rest."""
    fields = model._meta.concrete_fields
    return [f for f in fields if f.db_default is models.NOT_PROVIDED and not isinstance(f, models.AutoField)]


def function() -> str:
    """The function's text.  Argument: {"+table": [row, …], "-table": [changed columns with the key, …]}.

    Changes come first: a partial unique index lets only one row of facts, one stay be the current one.
    """
    found = written_models()
    declared = "\n".join(f"    r{n} {m._meta.db_table};" for n, m in enumerate(found))
    changes = "\n".join(_change(n, model) for n, model in enumerate(found))
    inserts = "\n".join(_insert(model) for model in found)
    return f"""
CREATE OR REPLACE FUNCTION {NAME}(j jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    p jsonb;
{declared}
BEGIN
{changes}
{inserts}
END $$"""


def _change(n: int, model: type[models.Model]) -> str:
    table, key = model._meta.db_table, model._meta.pk
    assert key is not None
    sets = ", ".join(f'"{f.column}" = r{n}."{f.column}"' for f in model._meta.concrete_fields if f is not key)
    # By one row at a time, so that the plan is the primary key's whatever the planner thinks of the table's size.
    return f"""    IF j ? '-{table}' THEN
        FOR p IN SELECT * FROM jsonb_array_elements(j->'-{table}') LOOP
            SELECT * INTO r{n} FROM {table} WHERE "{key.column}" = (p->>'{key.column}')::bigint;
            r{n} := jsonb_populate_record(r{n}, p);
            UPDATE {table} SET {sets} WHERE "{key.column}" = r{n}."{key.column}";
        END LOOP;
    END IF;"""


def _insert(model: type[models.Model]) -> str:
    table, names = model._meta.db_table, ", ".join(f'"{f.column}"' for f in columns(model))
    return f"""    IF j ? '+{table}' THEN
        INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(null::{table}, j->'+{table}');
    END IF;"""


def install(sender: AppConfig, **_: Any) -> None:
    """After the migrations of the last app that has tables of ours (`post_migrate`): make the function anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = ANY(%s)", [_tables()])
        if cursor.fetchone() == (len(_tables()),):
            cursor.execute(function())


def _tables() -> list[str]:
    return [model._meta.db_table for model in written_models()]


def argument(
    fresh: Mapping[type[models.Model], Iterable[models.Model]],
    changed: Iterable[tuple[type[models.Model], int, Mapping[str, Any]]],
) -> str:
    """New rows and changed columns as the function takes them."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for model, pk, values in changed:
        key = model._meta.pk
        assert key is not None
        rows.setdefault(f"-{model._meta.db_table}", []).append({str(key.column): pk, **values})
    for model, new in fresh.items():
        names = _attributes(model)
        rows[f"+{model._meta.db_table}"] = [{name: row.__dict__[name] for name in names} for row in new]
    return orjson.dumps(rows, default=_plain).decode()


_KEPT: dict[type[models.Model], tuple[str, ...]] = {}


def _attributes(model: type[models.Model]) -> tuple[str, ...]:
    # Attribute and column have one name in all these tables (`order_id`).
    if model not in _KEPT:
        _KEPT[model] = tuple(field.attname for field in columns(model))
    return _KEPT[model]


def _plain(value: Any) -> Any:
    """What orjson does not know: bytes, as PostgreSQL reads them, and exact numbers."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (bytes, memoryview, bytearray)):
        return f"\\x{bytes(value).hex()}"
    raise TypeError(f"{type(value)} cannot be written")
