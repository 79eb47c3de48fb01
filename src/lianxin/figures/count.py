"""Counting: measures by groups, and the orders behind a number, on whichever engine is told (`engines`).

One statement a relation, however many measures and groups.  The engine returns integers; rates are formulas of the
pack, made in Python (`rules.formulas`).  A statement is compiled once for all centres, periods and cut-offs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from .engines import BOOK, Dialect, Engine, pattern, values_of
from .measures import COUNTED, MORE, SEEN, Relation, rows_of
from .scope import Counting, Scope

Group = tuple[Any, ...]
Measures = dict[str, int]
Where = Mapping[str, Iterable[Any]]


def count(
    scope: Scope, names: Sequence[str], by: Sequence[str] = (), where: Where | None = None, *, on: Engine = BOOK
) -> dict[Group, Measures]:
    """The measures `names` in `scope`, grouped by the columns `by` of their relations.

    Returns group -> measure -> integer; a group in which a measure counted nothing has 0 for it.  Without `by`
    there is the one group `()`.  `where` gives for a column of `by` the values that are meant (`{"unit_id": [7]}`).
    Raises KeyError for an unknown measure, `Behind` where the engine does not know the cut-off yet.
    """
    return count_each([scope], names, by, where, on=on)[0]


def count_each(
    scopes: Sequence[Scope],
    names: Sequence[str],
    by: Sequence[str] = (),
    where: Where | None = None,
    *,
    on: Engine = BOOK,
) -> list[dict[Group, Measures]]:
    """The same of each of `scopes`, all in one statement a relation: of centres, each by its own pack, or periods."""
    nothing, width = dict.fromkeys(names, 0), 1 + len(by)
    found: list[dict[Group, Measures]] = [{} if by else {(): dict(nothing)} for _ in scopes]
    on.must_know(scopes)
    which, meant = _among(where, on.dialect)
    for relation, wanted in by_relation(names).items():
        statements, values = [], dict(meant)
        for place, scope in enumerate(scopes):
            sums = _sums(on.dialect, relation, *_shape(scope), tuple(wanted), tuple(by))
            for piece in on.pieces(scope, SEEN.get(relation)):
                stated = on.stated(sums, scope, place, piece)
                statements.append(f"SELECT {place} AS place, counted.* FROM ({stated}) AS counted WHERE {which}")
            values |= values_of(scope, place)
        for line in on.run(statements, values) if statements else ():
            groups, group = found[line[0]], line[1:width]
            if (counts := groups.get(group)) is None:
                counts = groups[group] = dict(nothing)
            for name, number in zip(wanted, line[width:], strict=True):
                counts[name] += number
    return found


def order_ids(
    scope: Scope, name: str, where: Where | None = None, *, limit: int | None = None, on: Engine = BOOK
) -> list[int]:
    """The ids of the orders behind one number, in their order; an order counted twice stands in it once.

    `where` gives for a column of the relation the values that are meant (`{"unit_id": [7]}`).  Raises KeyError for a
    measure of proceedings.
    """
    return _ids("order_id", scope, name, where, limit, on)


def proceeding_ids(scope: Scope, name: str, where: Where | None = None, *, on: Engine = BOOK) -> list[int]:
    """The same of a measure of proceedings.  Raises KeyError for one of orders."""
    return _ids("proceeding_id", scope, name, where, None, on)


def _ids(of: str, scope: Scope, name: str, where: Where | None, limit: int | None, on: Engine) -> list[int]:
    if COUNTED[name].of != of:
        raise KeyError(name)
    wanted, meant = _among(where, on.dialect)
    rows = _counted(on.dialect, name, *_shape(scope), (of, *(where or ())))
    first = "" if limit is None else f" LIMIT {int(limit)}"
    statement = f"SELECT DISTINCT counted.{of} FROM ({rows}) AS counted WHERE {wanted} ORDER BY 1{first}"
    # Each piece in order, and an order in one alone.
    return sorted(line[0] for line in _run(name, statement, scope, on, meant))[:limit]


def order_ids_by(scope: Scope, name: str, column: str, *, on: Engine = BOOK) -> dict[Any, set[int]]:
    """The same for every value of `column` at once, in one statement."""
    found: dict[Any, set[int]] = defaultdict(set)
    for value, order in _run(name, _counted(on.dialect, name, *_shape(scope), (column, "order_id")), scope, on):
        found[value].add(order)
    return dict(found)


def lines_of(
    scope: Scope, name: str, columns: Sequence[str], among: Sequence[int], *, on: Engine = BOOK
) -> list[tuple[Any, ...]]:
    """The rows that a measure counts of the orders `among`, each once by `columns`, `order_id` one of them."""
    rows = _counted(on.dialect, name, *_shape(scope), tuple(columns))
    which, meant = _among({"order_id": among}, on.dialect)
    return list(_run(name, f"SELECT * FROM ({rows}) AS counted WHERE {which}", scope, on, meant))


@cache
def columns_of(name: str) -> frozenset[str]:
    """The columns by which a measure may be grouped and asked for."""
    measure = COUNTED[name]
    return frozenset(measure.rows(pattern(Counting(), corrected=False)).columns) | MORE.get(measure.rows, {}).keys()


def _among(where: Where | None, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """The condition on the rows `counted`, and the values of its placeholders."""
    columns = where or {}
    wanted = (
        dialect.among.format(column=f"counted.{column}", values=dialect.placeholder.format(f"in_{column}"))
        for column in columns
    )
    # NULL equals nothing, and Spark takes no list that holds it.
    values = {f"in_{column}": [value for value in meant if value is not None] for column, meant in columns.items()}
    return " AND ".join(wanted) or "TRUE", values


def by_relation(names: Sequence[str]) -> dict[Relation, list[str]]:
    """Measures that are counted in one statement."""
    found: dict[Relation, list[str]] = defaultdict(list)
    for name in names:
        found[COUNTED[name].rows].append(name)
    return found


# --- statements ------------------------------------------------------------------------------


def _shape(scope: Scope) -> tuple[Counting, bool]:
    """What of a scope decides how its statement looks."""
    return scope.counting, scope.known is not None


@cache
def _sums(
    dialect: Dialect,
    relation: Relation,
    counting: Counting,
    corrected: bool,
    names: tuple[str, ...],
    by: tuple[str, ...],
) -> str:
    asked = {column for name in names for column in COUNTED[name].asks}
    rows = rows_of(relation, pattern(counting, corrected=corrected), asked | {*by})
    sums = {name: rows[COUNTED[name].of].count(where=COUNTED[name].which(rows)) for name in names}
    return dialect.compiled(rows.group_by(list(by)).agg(**sums) if by else rows.agg(**sums))


@cache
def _counted(dialect: Dialect, name: str, counting: Counting, corrected: bool, columns: tuple[str, ...]) -> str:
    """The rows that a measure counts, each once by `columns`."""
    measure = COUNTED[name]
    rows = rows_of(measure.rows, pattern(counting, corrected=corrected), {*measure.asks, *columns})
    return dialect.compiled(rows.filter(measure.which(rows)).select(*columns).distinct())


def _run(
    name: str, statement: str, scope: Scope, on: Engine, more: Mapping[str, Any] | None = None
) -> Iterable[tuple[Any, ...]]:
    """The rows that a statement over the relation of the measure gives."""
    on.must_know([scope])
    pieces = on.pieces(scope, SEEN.get(COUNTED[name].rows))
    statements = [on.stated(statement, scope, 0, piece) for piece in pieces]
    return on.run(statements, values_of(scope, 0) | dict(more or {})) if statements else ()
