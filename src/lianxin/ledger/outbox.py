"""The outbox: notices that were written with their entries go out, each at most once.

1. `give_up`: what a worker took up and did not finish (it was killed) becomes `unknown`, and is never resent by
   itself: whether it reached its receiver is not known, and exactly once does not exist.
2. `_claim`: one conditional UPDATE takes up a batch; workers side by side skip what another one holds.
3. Each notice is sent and marked, `sent` or `failed`.

A notice goes to the desk's own inbox, which reads these very rows; groups and mailboxes have `telling`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection, transaction

from .models import Notice


class State(StrEnum):
    """The states of a notice, as in `Notice.STATES`."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


#: Delivers one notice; False or an exception: it was not delivered.
Send = Callable[[Notice], bool]
BATCH = 500
#: A batch takes seconds; whoever has not finished after this time is dead.
CUT_OFF = timedelta(minutes=10)

# Short transactions of its own: what was taken up must be seen by others before anything is sent.
_CLAIM = """
UPDATE ledger_notice SET state = 'sending', claimed_at = %s WHERE id IN (
    SELECT id FROM ledger_notice WHERE state = 'queued' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def to_inbox(notice: Notice) -> bool:
    """The desk's inbox: the row itself is the message, nothing more is to be done."""
    return True


def deliver(at: datetime, send: Send = to_inbox, *, batch: int = BATCH) -> int:
    """Send everything that is queued.  Returns how many notices were sent."""
    give_up(at)
    done = 0
    while ids := _claim(at, batch):
        sent = [notice.pk for notice in Notice.objects.filter(pk__in=ids).order_by("pk") if _send(notice, send)]
        _mark(sent, State.SENT, at)
        _mark(sorted(set(ids) - set(sent)), State.FAILED, at)
        done += len(sent)
    return done


def give_up(at: datetime) -> int:
    """Mark as unknown what was taken up before `at` - CUT_OFF and never finished.  Returns how many."""
    lost = Notice.objects.filter(state=State.SENDING, claimed_at__lte=at - CUT_OFF)
    return lost.update(state=State.UNKNOWN)


def _claim(at: datetime, batch: int) -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [at, batch])
        return [row[0] for row in cursor.fetchall()]


def _send(notice: Notice, send: Send) -> bool:
    try:
        return send(notice)
    except Exception:
        # One receiver's trouble is not the others'; the desk shows it as 未送达.
        return False


def _mark(ids: Sequence[int], state: State, at: datetime) -> None:
    """Only what is still ours: another worker may have given us up meanwhile."""
    sent_at = at if state == State.SENT else None
    Notice.objects.filter(pk__in=ids, state=State.SENDING).update(state=state, sent_at=sent_at)
