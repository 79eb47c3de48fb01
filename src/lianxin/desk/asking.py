"""Several statements as one message: a journey to the database costs more than most of what is asked there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from lianxin.ledger.store import read_times_fast

#: A statement and its values.
Asked = tuple[str, Sequence[Any]]


def at_once(*asked: Asked) -> list[list[Any]]:
    """The rows of several statements, sent and answered as one message; [] for one that gives none."""
    found = []
    with connection.cursor() as cursor:
        read_times_fast(cursor)
        cursor.execute("; ".join(text for text, _ in asked), [value for _, values in asked for value in values])
        for number in range(len(asked)):
            if number:
                cursor.nextset()
            # Not `description`, which makes an object of each column.
            found.append(cursor.fetchall() if cursor.pgresult.nfields else [])
    return found


class Question(NamedTuple):
    """A statement, and what its rows are to whoever asks.  An empty text asks nothing: nothing can be found."""

    asked: Asked
    made: Callable[[list[Any]], Any] = list


def answers(*questions: Question) -> list[Any]:
    """What became of each, all asked as one message."""
    sent = [question.asked for question in questions if question.asked[0]]
    found = iter(at_once(*sent) if sent else [])
    return [question.made(next(found) if question.asked[0] else []) for question in questions]
