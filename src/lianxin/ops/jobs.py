"""What the worker does by itself, minute by minute.

Each job is safe to run twice and on several machines: the work is claimed in the tables, not by the job.  So a job
that was cut off is simply done again.  `queueing_lock`: while one waits, no second one is queued behind it.

No job waits for an hour of the day: Procrastinate never makes up what was missed by ten minutes, and a machine that is
off at night would never erase anything.  Each is asked every few minutes, finds in the tables or in the folder what
it still owes, and costs next to nothing where that is nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from lianxin.desk import awaiting, drafts, presence
from lianxin.duties import digest, language_draws, rounds, watching
from lianxin.lake import POINTER
from lianxin.ledger import moments, outbox, seals
from lianxin.ledger.sweep import sweep as ring_clocks
from lianxin.orders import erasure, succession
from lianxin.oversight import handovers, shift_holes
from lianxin.proceedings import erasure as proceedings_erasure
from lianxin.telling import outgoing

from . import places, roots

P = ParamSpec("P")
R = TypeVar("R")


def _with_fresh_connection(function: Callable[P, R]) -> Callable[P, R]:
    """A connection that died with the database is dropped before the job uses it, as a request does."""

    @wraps(function)
    def job(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return job


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="sweep")
@_with_fresh_connection
def sweep(timestamp: int) -> None:
    """Warn and breach what is due: at most a minute late."""
    ring_clocks(timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="follow_posts")
@_with_fresh_connection
def follow_posts(timestamp: int) -> None:
    """Holes torn into rosters are told to the duty lead, what was not handed over to the supervisor; open work of
    people who have left, or whose shift is over, goes to whoever answers for their posts now."""
    now = timezone.now()
    shift_holes.look(now)
    handovers.look(now)
    succession.follow_posts(now)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="outbox")
@_with_fresh_connection
def deliver(timestamp: int) -> None:
    """Empty the outbox."""
    outbox.deliver(timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="telling")
@_with_fresh_connection
def tell(timestamp: int) -> None:
    """What was noticed goes out by the channels of units and people."""
    outgoing.run(timezone.now)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="seal")
@_with_fresh_connection
def seal(timestamp: int) -> None:
    """Seal what was written in the last minute; close the days that are over, also those on which we were off.

    Closing is put off while a transaction still runs that may hold a number of such a day.
    """
    now = timezone.now()
    seals.seal(now)
    with suppress(moments.StillWriting):
        for closed in seals.close_days(now):
            roots.send(closed)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="duties")
@_with_fresh_connection
def come_round(timestamp: int) -> None:
    """Lay the duties of the periods that have begun, settle what is proved or over; propose what rules watch for; draw
    what is checked by lot."""
    now = timezone.now()
    rounds.run(now)
    watching.run(now)
    digest.run(now)
    language_draws.run(now)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="erase")
@_with_fresh_connection
def erase(timestamp: int) -> None:
    """Erase the words, files and callers whose time is over, so many at a time."""
    erasure.erase_expired(timezone.now())
    proceedings_erasure.erase_expired(timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="clear_imports")
def clear_imports(timestamp: int) -> None:
    """Drop the files that were previewed and never imported."""
    awaiting.clear(timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="clear_drafts")
@_with_fresh_connection
def clear_drafts(timestamp: int) -> None:
    """Drop what was typed three days ago and never handed in, and the signs of people who have left a form."""
    drafts.clear(timezone.now())
    presence.forget(timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="clear_sessions")
@_with_fresh_connection
def clear_sessions(timestamp: int) -> None:
    """Drop the sessions that are over: each sign-in leaves one, and they name people."""
    SessionStore.clear_expired()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="lake")
@_with_fresh_connection
def bring_lake(timestamp: int) -> None:
    """Bring the lake up to the book once a night, where somebody has made one."""
    if "://" in places.LAKE or (Path(places.LAKE) / POINTER).exists():
        # Its engines take a quarter of a second and some memory: a centre without a lake is spared both.
        from lianxin.lake import nightly

        nightly.run(places.LAKE, timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give back the jobs of workers that were killed: a worker without a heartbeat for 30 seconds is dead."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=30):
        await manager.retry_job(job)
