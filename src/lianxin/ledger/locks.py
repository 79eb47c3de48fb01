"""The first keys of PostgreSQL's advisory locks of a centre (the second is the centre's id), all in one place: two
subjects with one key would wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """What only one at a time may do in a centre."""

    #: the journal is short and its chain must not fork
    JOURNAL = 0x6C78
    #: of two clicks on one preview the second finds that nothing is left
    HAND_OVER = 0x6C79
    #: two who ask at once for the next of a queue get two things
    HAND_OUT = 0x6C7A
    #: what a caller is marked with (`orders.flags`; the second key is a slice of the centre's callers)
    CALLERS = 0x6C7B
    #: of one channel only one message is made ready at a time (`telling`; the second key is the channel's id)
    TELLING = 0x6C7C
    #: what there may be only one of is opened by one at a time (`proceedings.same`; the second key is a hash of that)
    ONLY_ONE = 0x6C7D
    #: of two machines that draw by lot the second finds what the first has drawn (`duties.language_draws`)
    DRAWS = 0x6C7E
    #: of two machines that write the lake the second finds nothing new (`lake.write`; the second key is 0)
    LAKE = 0x6C7F


@contextmanager
def alone(lock: Lock, centre: int) -> Iterator[None]:
    """Nobody else does the same in this centre meanwhile.  Of the connection: it may take several transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [lock, centre])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock, centre])
