"""What is new in the book since somebody looked last: the one feed for all who follow it from outside the door.

Nothing is claimed, and no act waits for a reader.  A transaction that is still running may yet show entries that are
older than others that are seen already; so a reader comes only as far as the oldest of those that ran when he looked,
and sees some entries twice.  What he does with an entry must be harmless when done again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import connection

from .models import Reader

T = TypeVar("T")


def settled_before() -> datetime:
    """Every transaction that began before this instant has ended, whatever it has written is to be seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least(transaction_timestamp(), (SELECT min(xact_start) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'))"
        )
        (at,) = cursor.fetchone() or (None,)
    assert isinstance(at, datetime)
    return at


def read(name: str, first: datetime, look: Callable[[datetime, datetime], T]) -> T:
    """What `look(since, until)` makes of the entries written from `since` on (`written_at`); all that were written
    before `until` are there.  The reader called `name` begins at `first`.

    If it raises, or the process dies, the same entries are seen again.
    """
    until = settled_before()
    since = Reader.objects.filter(pk=name).values_list("read_until", flat=True).first()
    found = look(min(since or first, until), until)
    Reader.objects.update_or_create(pk=name, defaults={"read_until": until})
    return found
