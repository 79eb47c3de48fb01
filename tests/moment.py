"""The moment at which every test begins, whatever day and hour it is by the wall's clock.

`LIANXIN_TEST_MOMENT` names another one (`2026-12-31 23:50`, in Shanghai).  What stands outside it:

- PostgreSQL goes by the wall, which must have passed November 2026: tests/duties play in that month, and what is over
  is ended by the database's time.  A test that compares what the database has dated with another time takes that one
  from the database too (`database_now`).
- A browser goes by the wall; no page compares its own time with the server's.
- Files are dated by the wall: a test that goes by a file's age dates it itself.
- Processes that tests start travel too (`tests/children/sitecustomize.py`); only the reader of a workbook, which knows
  nothing of its parent, does not, and it reads no clock.
- `time.monotonic` and `time.perf_counter` are nobody's to move.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import time_machine

from lianxin.rules.worktime import SHANGHAI

#: A Thursday in working hours, with working days before and after it.
MOMENT = datetime.fromisoformat(os.environ.get("LIANXIN_TEST_MOMENT") or "2026-11-26 10:00")
MOMENT = MOMENT.astimezone(SHANGHAI) if MOMENT.tzinfo else MOMENT.replace(tzinfo=SHANGHAI)
#: What tests share (fixtures of modules) is made so long before any of them begins.
BEFORE = timedelta(minutes=10)
#: A test takes no longer than this.
LONGEST = timedelta(hours=1)
#: The age of a sign-in, in seconds, that goes on by the database's clock too, whatever it says.
FOR_YEARS = 40 * 365 * 24 * 3600
#: Tells a process that a test starts how far its clock is ahead of the wall's, in seconds.
AHEAD = "LIANXIN_TEST_AHEAD"
CHILDREN = Path(__file__).parent / "children"

#: Tests that cannot live at the moment, by the beginning of their names, and why.
REAL_CLOCK = {
    "tests/lake/test_engines.py::test_a_cluster_counts_the_same": "what goes over its wire has deadlines by the wall",
}
#: Modules whose own statements ask for the database's time, and why it does no harm.
DATABASE_CLOCK = {
    "tests/moment.py": "the one place where tests ask for it",
    "tests/ops/test_live.py": "the sessions there are asked for by a statement that goes by the database's time too",
    "tests/orders/test_feed.py": "only the plan of the statement is looked at",
    "tests/orders/test_tampering.py": "a forger's times: any will do",
    "tests/proceedings/test_roots.py": "a forger's times: any will do",
}

_journey = time_machine.travel(MOMENT.timestamp(), tick=True)
_traveller: time_machine.Traveller | None = None


def depart() -> None:
    """Leave the wall's time, before any test is even read."""
    global _traveller
    _traveller = _journey.start()
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(CHILDREN), *(p for p in paths if p and p != str(CHILDREN))])


def arrive() -> None:
    """The wall's time again, for good."""
    global _traveller
    os.environ.pop(AHEAD, None)
    if _traveller is not None:
        _journey.stop()
        _traveller = None


def go(then: datetime) -> None:
    """It is `then`, and time goes on."""
    assert _traveller is not None
    _traveller.move_to(then.timestamp())
    os.environ[AHEAD] = str(then.timestamp() - time_machine.escape_hatch.time.time())


def again() -> None:
    """It is the moment once more: two pages that say as of when they are can be compared."""
    go(MOMENT)


def near() -> bool:
    """Whether it is about the moment: no test has gone elsewhere, and this is no process of a test's own."""
    return _traveller is not None and MOMENT - BEFORE <= datetime.now(SHANGHAI) <= MOMENT + LONGEST


@contextmanager
def before() -> Iterator[None]:
    """While it lasts it is the time at which what tests share is made: so none of it lies ahead of a test."""
    now = datetime.now(SHANGHAI)
    go(MOMENT - BEFORE)
    try:
        yield
    finally:
        go(now)


def home() -> None:
    """It is what the wall says, for the tests that need it."""
    assert _traveller is not None
    _traveller.move_to(time_machine.escape_hatch.time.time())
    os.environ.pop(AHEAD, None)


def needs_real_clock(test: str) -> bool:
    """Whether a test is listed as one that cannot live at the moment."""
    return any(test.startswith(name) for name in REAL_CLOCK)


def database_now() -> datetime:
    """The time by the database's clock, which does not travel."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        ((now,),) = cursor.fetchall()
    assert isinstance(now, datetime)
    return now
