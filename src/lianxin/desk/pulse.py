"""The counts in the frame of every page: what waits for this post, and how many notices are unread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.db.models import IntegerField, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from lianxin.directory.models import Staff

from . import inbox, queues, statements
from .asking import Question, answers
from .seats import Seat

#: Over so many a badge says `99+`: nobody reads more, and the badge stays in its place.
MOST = 99


@dataclass(frozen=True, slots=True)
class Pulse:
    """`waiting`: in the queues from which this post acts, each thing once; None for posts without such a queue.
    Both are counted no further than a badge shows."""

    waiting: int | None
    unread: int

    @property
    def badge(self) -> str:
        return _short(self.waiting or 0)

    @property
    def bell(self) -> str:
        return _short(self.unread)


def context(request: HttpRequest) -> dict[str, Any]:
    """For templates: `pulse` of whoever sits at the desk, counted where a page asks for it.  A view that has counted
    already gives its own."""
    seat = getattr(request, "seat", None)
    return {"pulse": SimpleLazyObject(lambda: of(seat)) if seat else None}


def of(seat: Seat) -> Pulse:
    """Counted now."""
    (found,) = answers(question(seat))
    return cast(Pulse, found)


def question(seat: Seat) -> Question:
    """Asks for it in one statement, each number up to what a badge shows and one."""
    return Question(statements.question(seat, "pulse", _counts).asked, _made)


def _made(rows: list[Any]) -> Pulse:
    ((unread, *waiting),) = rows
    return Pulse(sum(waiting) if waiting else None, unread)


def _counts(seat: Seat) -> QuerySet[Any]:
    """One row: the unread notices, then what waits, a number a base."""
    # In the order of their index: the database stops when it has enough.
    parts = {"unread": _number(inbox.unread(seat).order_by("-made_at"))}
    parts |= {f"waiting_{n}": _number(rows.order_by()) for n, rows in enumerate(_waiting(seat))}
    return Staff.objects.filter(pk=seat.staff.pk).values_list(*parts.values())


def _waiting(seat: Seat) -> list[QuerySet[Any]]:
    """What the queues that are worked through choose, a query a base."""
    mine = [queue for queue in queues.queues_of(seat) if queue.worked or queue.counted]
    found = []
    for base in dict.fromkeys(queue.base for queue in mine):
        union = Q(pk__in=[])
        for queue in mine:
            if queue.base == base:
                union |= queue.where(seat)
        found.append(queues.rows(seat, base).filter(union))
    return found


class _Counted(Subquery):
    """How many rows a query has."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    #: of what can find nothing
    empty_result_set_value = 0


def _number(rows: QuerySet[Any]) -> _Counted:
    """How many there are; one more than a badge shows is enough, so that nobody pays for what he has left unread."""
    return _Counted(rows.values("pk")[: MOST + 1])


def _short(number: int) -> str:
    return "" if not number else str(number) if number <= MOST else f"{MOST}+"
