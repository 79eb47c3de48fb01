"""Counting: measures by groups, and the orders behind a number.

One statement a relation, however many measures and groups.  The engine returns integers; rates are formulas of the
pack, made in Python (`rules.formulas`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ibis
from django.db import connection

from .measures import COUNTED, Relation
from .scope import Scope

Group = tuple[Any, ...]
Measures = dict[str, int]


def count(scope: Scope, names: Sequence[str], by: Sequence[str] = ()) -> dict[Group, Measures]:
    """The measures `names` in `scope`, grouped by the columns `by` of their relations.

    Returns group -> measure -> integer; a group in which a measure counted nothing has 0 for it.  Without `by`
    there is the one group `()`.  Raises KeyError for an unknown measure.
    """
    found: dict[Group, Measures] = defaultdict(lambda: dict.fromkeys(names, 0))
    if not by:
        found[()] = dict.fromkeys(names, 0)
    for relation, wanted in _by_relation(names).items():
        rows = relation(scope)
        sums = {name: rows.order_id.count(where=COUNTED[name].which(rows)) for name in wanted}
        expression = rows.group_by(list(by)).agg(**sums) if by else rows.agg(**sums)
        for line in _run(expression):
            group, values = tuple(line[: len(by)]), line[len(by) :]
            found[group].update({name: int(value or 0) for name, value in zip(wanted, values, strict=True)})
    return dict(found)


def order_ids(
    scope: Scope, name: str, where: Mapping[str, Iterable[Any]] | None = None, *, limit: int | None = None
) -> list[int]:
    """The ids of the orders behind one number, in their order; an order counted twice stands in it once.

    `where` gives for a column of the relation the values that are meant (`{"unit_id": [7]}`).
    """
    rows = _counted(scope, name)
    for column, values in (where or {}).items():
        rows = rows.filter(rows[column].isin(list(values)))
    expression = rows.select("order_id").distinct().order_by("order_id")
    return [line[0] for line in _run(expression.limit(limit) if limit else expression)]


def order_ids_by(scope: Scope, name: str, column: str) -> dict[Any, set[int]]:
    """The same for every value of `column` at once, in one statement."""
    rows = _counted(scope, name)
    found: dict[Any, set[int]] = defaultdict(set)
    for value, order in _run(rows.select(column, "order_id").distinct()):
        found[value].add(order)
    return dict(found)


def columns_of(scope: Scope, name: str) -> frozenset[str]:
    """The columns by which a measure may be grouped and asked for."""
    return frozenset(COUNTED[name].rows(scope).columns)


def _counted(scope: Scope, name: str) -> Any:
    """The rows that a measure counts."""
    measure = COUNTED[name]
    rows = measure.rows(scope)
    return rows.filter(measure.which(rows))


def _by_relation(names: Sequence[str]) -> dict[Relation, list[str]]:
    found: dict[Relation, list[str]] = defaultdict(list)
    for name in names:
        found[COUNTED[name].rows].append(name)
    return found


def _run(expression: Any) -> list[tuple[Any, ...]]:
    """The expression, compiled for PostgreSQL, by Django's own cursor: tests count it like any statement."""
    statement = str(ibis.to_sql(expression, dialect="postgres"))
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
