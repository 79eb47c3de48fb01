"""Counting: measures by groups, and the orders behind a number.

One statement a relation, however many measures and groups.  The engine returns integers; rates are formulas of the
pack, made in Python (`rules.formulas`).  A statement is compiled once for all centres, periods and cut-offs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import ibis
from django.db import connection

from .measures import COUNTED, Relation
from .scope import Counting, Scope

Group = tuple[Any, ...]
Measures = dict[str, int]


def count(
    scope: Scope, names: Sequence[str], by: Sequence[str] = (), where: Mapping[str, Iterable[Any]] | None = None
) -> dict[Group, Measures]:
    """The measures `names` in `scope`, grouped by the columns `by` of their relations.

    Returns group -> measure -> integer; a group in which a measure counted nothing has 0 for it.  Without `by`
    there is the one group `()`.  `where` gives for a column of `by` the values that are meant (`{"unit_id": [7]}`).
    Raises KeyError for an unknown measure.
    """
    wanted_groups, meant = _among(where)
    found: dict[Group, Measures] = defaultdict(lambda: dict.fromkeys(names, 0))
    if not by:
        found[()] = dict.fromkeys(names, 0)
    for relation, wanted in _by_relation(names).items():
        sums = _sums(relation, *_shape(scope), tuple(wanted), tuple(by))
        for line in _run(f"SELECT * FROM ({sums}) AS counted WHERE {wanted_groups}" if where else sums, scope, **meant):
            group, values = tuple(line[: len(by)]), line[len(by) :]
            found[group].update({name: int(value or 0) for name, value in zip(wanted, values, strict=True)})
    return dict(found)


def order_ids(
    scope: Scope, name: str, where: Mapping[str, Iterable[Any]] | None = None, *, limit: int | None = None
) -> list[int]:
    """The ids of the orders behind one number, in their order; an order counted twice stands in it once.

    `where` gives for a column of the relation the values that are meant (`{"unit_id": [7]}`).  Raises KeyError for a
    measure of proceedings.
    """
    return _ids("order_id", scope, name, where, limit)


def proceeding_ids(scope: Scope, name: str, where: Mapping[str, Iterable[Any]] | None = None) -> list[int]:
    """The same of a measure of proceedings.  Raises KeyError for one of orders."""
    return _ids("proceeding_id", scope, name, where, None)


def _ids(of: str, scope: Scope, name: str, where: Mapping[str, Iterable[Any]] | None, limit: int | None) -> list[int]:
    if COUNTED[name].of != of:
        raise KeyError(name)
    rows = _counted(name, *_shape(scope), (of, *(where or ())))
    wanted, meant = _among(where)
    statement = f'SELECT DISTINCT counted."{of}" FROM ({rows}) AS counted WHERE {wanted} ORDER BY 1 LIMIT %(limit)s'
    return [line[0] for line in _run(statement, scope, limit=limit, **meant)]


def order_ids_by(scope: Scope, name: str, column: str) -> dict[Any, set[int]]:
    """The same for every value of `column` at once, in one statement."""
    found: dict[Any, set[int]] = defaultdict(set)
    for value, order in _run(_counted(name, *_shape(scope), (column, "order_id")), scope):
        found[value].add(order)
    return dict(found)


def rows_of(scope: Scope, name: str, columns: Sequence[str], among: Sequence[int]) -> list[tuple[Any, ...]]:
    """The rows that a measure counts of the orders `among`, each once by `columns`, `order_id` one of them."""
    rows = _counted(name, *_shape(scope), tuple(columns))
    return _run(f"SELECT * FROM ({rows}) AS counted WHERE counted.order_id = ANY(%(among)s)", scope, among=list(among))


@cache
def columns_of(name: str) -> frozenset[str]:
    """The columns by which a measure may be grouped and asked for."""
    return frozenset(COUNTED[name].rows(_pattern(Counting(), corrected=False)).columns)


def _among(where: Mapping[str, Iterable[Any]] | None) -> tuple[str, dict[str, Any]]:
    """The condition on the rows `counted`, and the values of its placeholders."""
    columns = where or {}
    wanted = " AND ".join(f'counted."{column}" = ANY(%(in_{column})s)' for column in columns) or "TRUE"
    return wanted, {f"in_{column}": list(meant) for column, meant in columns.items()}


def _by_relation(names: Sequence[str]) -> dict[Relation, list[str]]:
    found: dict[Relation, list[str]] = defaultdict(list)
    for name in names:
        found[COUNTED[name].rows].append(name)
    return found


# --- statements ------------------------------------------------------------------------------
# Ibis compiles a statement in some 50 ms, which was half of a page of figures.  So it is compiled with marks in the
# places of centre, instants and layer, and the marks become placeholders of the cursor.

_MARKED_CENTRE = 7_000_000_000_000_000_007
_MARKED_LAYER = "layer of the pack"
_MARKED = {name: datetime(1, 1, day, tzinfo=UTC) for day, name in enumerate(("start", "end", "cutoff", "known"), 1)}


def _shape(scope: Scope) -> tuple[Counting, bool]:
    """What of a scope decides how its statement looks."""
    return scope.counting, scope.known is not None


def _pattern(counting: Counting, *, corrected: bool) -> Scope:
    known = _MARKED["known"] if corrected else None
    start, end, cutoff = (_MARKED[name] for name in ("start", "end", "cutoff"))
    return Scope(_MARKED_CENTRE, start, end, cutoff, _MARKED_LAYER, known, counting)


@cache
def _sums(relation: Relation, counting: Counting, corrected: bool, names: tuple[str, ...], by: tuple[str, ...]) -> str:
    rows = relation(_pattern(counting, corrected=corrected))
    sums = {name: rows[COUNTED[name].of].count(where=COUNTED[name].which(rows)) for name in names}
    return _statement(rows.group_by(list(by)).agg(**sums) if by else rows.agg(**sums))


@cache
def _counted(name: str, counting: Counting, corrected: bool, columns: tuple[str, ...]) -> str:
    """The rows that a measure counts, each once by `columns`."""
    measure = COUNTED[name]
    rows = measure.rows(_pattern(counting, corrected=corrected))
    return _statement(rows.filter(measure.which(rows)).select(*columns).distinct())


def _statement(expression: Any) -> str:
    """The expression, compiled for PostgreSQL, with placeholders for what `_values` gives."""
    text = str(ibis.to_sql(expression, dialect="postgres")).replace("%", "%%")
    text = text.replace(str(_MARKED_CENTRE), "%(centre)s").replace(f"'{_MARKED_LAYER}'", "%(layer)s")
    for name, at in _MARKED.items():
        text = text.replace(f"'{at.isoformat()}'", f"%({name})s")
    return text


def _run(statement: str, scope: Scope, **more: Any) -> list[tuple[Any, ...]]:
    """The answer of a statement, by Django's own cursor: tests count it like any other."""
    values = {name: getattr(scope, name) for name in ("centre", "layer", *_MARKED)}
    with connection.cursor() as cursor:
        cursor.execute(statement, values | more)
        return list(cursor.fetchall())
