"""Where figures are counted: what an engine is asked, how it spells it, and the book itself as the first of them.

Measures are expressions of Ibis.  Compiling one takes some 50 ms, which was half of a page of figures: so it is
compiled once, with marks in the places of centre, instants and layer, and the marks become placeholders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import ibis
from django.db import connection, models

from .scope import Counting, Scope
from .tables import of_book

_CENTRE = 7_000_000_000_000_000_007
_LAYER = "layer of the pack"
_INSTANTS = {name: datetime(1, 1, day, tzinfo=UTC) for day, name in enumerate(("start", "end", "cutoff", "known"), 1)}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine spells it: `name` as Ibis calls it, a placeholder, an instant, and whether a column holds one of
    the values of a placeholder; `prepared`: what is done to the SQL of Ibis first."""

    name: str
    placeholder: str
    instant: Callable[[datetime], str]
    among: str
    prepared: Callable[[str], str] = str

    def compiled(self, expression: Any) -> str:
        """A statement with the marks of `pattern`, which `placed` makes placeholders."""
        return self.prepared(str(ibis.to_sql(expression, dialect=self.name, pretty=False)))

    def placed(self, statement: str, place: int) -> str:
        """The same with placeholders for `values_of` at that place among several."""
        marks = {self.instant(at): name for name, at in _INSTANTS.items()}
        for mark, name in (marks | {str(_CENTRE): "centre", f"'{_LAYER}'": "layer"}).items():
            statement = statement.replace(mark, self.placeholder.format(f"{name}_{place}"))
        return statement


def pattern(counting: Counting, *, corrected: bool) -> Scope:
    """The scope with the marks."""
    known = _INSTANTS["known"] if corrected else None
    return Scope(_CENTRE, _INSTANTS["start"], _INSTANTS["end"], _INSTANTS["cutoff"], _LAYER, known, counting)


class Behind(Exception):
    """An engine was asked for what it does not know yet."""


@dataclass(frozen=True, slots=True)
class Seen:
    """That whatever a row of a relation is made of is of one order, and by which instant, a column of `model`, a period
    sees that order (`start` <= … < `end`); without a column it leaves none out."""

    model: type[models.Model]
    column: str = ""


#: Months of registration (`m-2026-10`) whose orders are counted at once; None: all, and what is of no month.
Piece = AbstractSet[str] | None


class Engine(Protocol):
    """What counts.  `title` is what is printed beside the figures; `until`: it knows all that was written before that
    instant, None: all that is known."""

    @property
    def title(self) -> str: ...

    @property
    def until(self) -> datetime | None: ...

    @property
    def dialect(self) -> Dialect: ...

    def must_know(self, scopes: Sequence[Scope]) -> None:
        """Raises `Behind` where it does not know all that was known at the cut-offs of these scopes."""

    def pieces(self, scope: Scope, seen: Seen | None) -> Sequence[Piece]:
        """In which pieces it counts a relation that is `seen` so: each row of it stands in one of them."""

    def stated(self, statement: str, scope: Scope, place: int, piece: Piece) -> str:
        """A compiled statement as it is run for a piece of a scope, with placeholders for `values_of` at that place."""

    def run(self, statements: Sequence[str], values: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
        """The rows that statements give, of all together; `values` of their placeholders by their names."""


def values_of(scope: Scope, place: int) -> dict[str, Any]:
    """What the placeholders of a scope stand for."""
    values = {name: getattr(scope, name) for name in ("centre", "layer", "start", "end", "cutoff")}
    values |= {} if scope.known is None else {"known": scope.known}
    return {f"{name}_{place}": value for name, value in values.items()}


class Book:
    """The database of the site itself, which always knows all."""

    title = "账目（PostgreSQL）"
    until = None
    dialect = Dialect(
        "postgres",
        "%({})s",
        lambda at: f"'{at.isoformat()}'",
        "{column} = ANY({values})",
        lambda text: of_book(text).replace("%", "%%"),
    )

    def must_know(self, scopes: Sequence[Scope]) -> None:
        """It always does."""

    def pieces(self, scope: Scope, seen: Seen | None) -> Sequence[Piece]:
        """One: by its indexes it finds what a period sees."""
        return (None,)

    def stated(self, statement: str, scope: Scope, place: int, piece: Piece) -> str:
        """The statement with placeholders: its tables hold all centres and months."""
        return self.dialect.placed(statement, place)

    def run(self, statements: Sequence[str], values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """By Django's own cursor: tests count it like any other."""
        with connection.cursor() as cursor:
            cursor.execute(together(statements), values)
            return list(cursor.fetchall())


def together(statements: Sequence[str]) -> str:
    """One statement that gives the rows of all of them."""
    return " UNION ALL ".join(statements)


BOOK: Engine = Book()
