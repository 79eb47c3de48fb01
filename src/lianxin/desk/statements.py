"""Statements that every page asks again: their SQL is built once, and each time only sent.

Building it cost Django more than the database took to answer.  Nothing that was read is kept, only the text that asks
for it.  What a statement hangs on stands in its key: the person, his post, the stamp of the directory (who sees what,
which units there are), the day.  Two things are filled in each time: the present, which `Instant` marks wherever it
stands in a statement, moved or not, and what `Blank` names.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, get_related_populators

from lianxin.rules.worktime import SHANGHAI, Calendar, Span

from .asking import Question, answers
from .seats import Seat

#: Ids that are filled in each time stand in a statement as these.
IDS = tuple(-(1 << 62) - number for number in range(2))
#: So many texts are kept in a process, the least used ones go: about 10 kB each.
MOST = 2000


class Instant(datetime):
    """The present while a statement is built; so is what is a span before or after it."""


class Since(datetime):
    """The instant a span of the pack before the present (`Seat.since`): reckoned anew each time, since days off and
    office hours lie between."""

    span: Span
    calendar: Calendar


class Until(Since):
    """The instant a span of the pack after the present (`Seat.until`)."""


class Building(Seat):
    """A seat while a statement is built for it: its present is marked."""

    def until(self, span: Span) -> datetime:
        """Marked too."""
        found = Until.fromtimestamp(super().until(span).timestamp(), UTC)
        found.span, found.calendar = span, self.calendar
        return found

    def since(self, span: Span) -> datetime:
        """Marked too."""
        found = Since.fromtimestamp(super().since(span).timestamp(), UTC)
        found.span, found.calendar = span, self.calendar
        return found


class Blank(str):
    """A text that is filled in each time; it stands in the statement by its name."""

    __slots__ = ()


class Statement:
    """One query, built."""

    def __init__(self, found: QuerySet[Any], built_at: datetime) -> None:
        self.built_at = built_at
        self.compiler = found.query.get_compiler(using=found.db)
        self.whole = issubclass(found._iterable_class, ModelIterable)
        self.sql: str = ""
        self.params: Sequence[Any] = ()
        with suppress(EmptyResultSet):  # nothing can be found: it is not asked
            self.sql, self.params = self.compiler.as_sql()

    def question(self, now: datetime, ids: Sequence[int], blanks: Mapping[str, str]) -> Question:
        """What asks it now; it becomes objects of its model, or tuples where it asks for values."""
        return Question((self.sql, self.filled(now, ids, blanks)), self.made)

    def filled(self, now: datetime, ids: Sequence[int], blanks: Mapping[str, str]) -> list[Any]:
        """Its parameters, for once."""
        return [self._filled(value, now, ids, blanks) for value in self.params]

    @cached_property
    def _converters(self) -> dict[int, Any]:
        compiler = self.compiler
        found: dict[int, Any] = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        return found

    def made(self, read: list[Any]) -> list[Any]:
        """What the database's rows are here, as Django's `results_iter` makes them."""
        if not read:
            return []
        rows: Any = read
        if self._converters:
            rows = self.compiler.apply_converters(rows, self._converters)
        return list(self._objects(rows)) if self.whole else [tuple(row) for row in rows]

    def _filled(self, value: Any, now: datetime, ids: Sequence[int], blanks: Mapping[str, str]) -> Any:
        if isinstance(value, Instant):
            span: timedelta = datetime.__sub__(value, self.built_at)
            return now + span
        if isinstance(value, Until):
            return value.span.due(now, value.calendar)
        if isinstance(value, Since):
            return value.span.before(now, value.calendar)
        if isinstance(value, Blank):
            return blanks[value]
        # Django has wrapped a number in a type of its own.
        return ids[IDS.index(value)] if isinstance(value, int) and value in IDS else value

    def _objects(self, rows: Iterator[Any]) -> Iterator[Any]:
        """As `ModelIterable` makes them."""
        select, of, annotated = self.compiler.select, self.compiler.klass_info, self.compiler.annotation_col_map
        model, columns = of["model"], of["select_fields"]
        first, last = columns[0], columns[-1] + 1
        names = [column[0].target.attname for column in select[first:last]]
        related = get_related_populators(of, select, connection.alias)  # type: ignore[call-arg]
        for row in rows:
            found = model.from_db(connection.alias, names, row[first:last])
            for populator in related:
                populator.populate(row, found)
            for name, place in (annotated or {}).items():
                setattr(found, name, row[place])
            yield found


_kept: OrderedDict[tuple[Any, ...], Statement] = OrderedDict()
_lock = Lock()


def rows(
    seat: Seat, name: str, build: Callable[[Seat], QuerySet[Any]], *key: Any, ids: Sequence[int] = (), **blanks: str
) -> list[Any]:
    """What `build(seat)` chooses now (see `question`)."""
    (found,) = answers(question(seat, name, build, *key, ids=ids, **blanks))
    return list(found)


def question(
    seat: Seat, name: str, build: Callable[[Seat], QuerySet[Any]], *key: Any, ids: Sequence[int] = (), **blanks: str
) -> Question:
    """Asks what `build(seat)` chooses now.  `key` is whatever else decides which statement it is.

    `build` must take the present from `seat.now` alone, and may hang on nothing that neither the seat nor `key` has.
    """
    day = seat.now.astimezone(SHANGHAI).date()
    which = (name, seat.directory.centre_id, seat.directory.stamp, seat.staff.pk, seat.post.id, day, *key)
    with _lock:
        statement = _kept.get(which)
        if statement is not None:
            _kept.move_to_end(which)
    if statement is None:
        statement = built(seat, build)
        with _lock:
            _kept[which] = statement
            while len(_kept) > MOST:
                _kept.popitem(last=False)
    return statement.question(seat.now, ids, blanks)


def built(seat: Seat, build: Callable[[Seat], QuerySet[Any]]) -> Statement:
    """The statement for this seat, at whatever time of the day."""
    present = Instant.fromtimestamp(seat.now.timestamp(), seat.now.tzinfo)
    parts = {field.name: getattr(seat, field.name) for field in fields(seat)}
    return Statement(build(Building(**{**parts, "now": present})), present)


class Together:
    """Several queries about one thing, of which each names its id as `IDS[0]`.

    They hang on nothing but the id: whoever asks has been told that it is his.
    """

    def __init__(self, *builds: Callable[[], QuerySet[Any]]) -> None:
        self._builds = builds

    @cached_property
    def _statements(self) -> list[Statement]:
        return [Statement(build(), datetime.now(SHANGHAI)) for build in self._builds]

    def questions(self, pk: int) -> list[Question]:
        """Asks for the rows of each, in the order in which they were given."""
        return [each.question(each.built_at, [pk], {}) for each in self._statements]
