"""What is read at one moment, and which transactions were running at a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

#: Seconds for which a transaction that goes on is waited for, and between two looks.
PATIENCE = 600.0
_PAUSE = 0.2


class StillWriting(Exception):
    """A transaction that began before the moment in question is still running."""


@contextmanager
def one_moment(*, writes: bool = False) -> Iterator[None]:
    """Everything read inside sees the book at one moment: REPEATABLE READ, read only unless it `writes`.

    Inside a running transaction (a test, a request that holds one) it reads in that one.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner takes a look-up by index for as slow as on a turning disk, and would rather read the whole history
        # than look up the rows of one week; both settings end with the transaction.
        mode = "READ WRITE" if writes else "READ ONLY"
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, {mode}; SET LOCAL random_page_cost = 1.1")
        yield


def none_since(moment: datetime) -> None:
    """Raise `StillWriting` while another transaction that began at `moment` or before is running."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            # Also one that has only read so far: it may write yet.
            " AND backend_type = 'client backend' AND xact_start <= %s)",
            [moment],
        )
        if cursor.fetchone() != (False,):
            raise StillWriting


def wait_for_earlier(patience: float = PATIENCE) -> None:
    """Return once every transaction that runs now has ended.  Raises `StillWriting` after `patience` seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone() or (None,)
    assert moment is not None
    until = time.monotonic() + patience
    while True:
        try:
            return none_since(moment)
        except StillWriting:
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE)
