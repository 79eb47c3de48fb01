"""What several people send at the same moment, recorded in one transaction.

A transaction costs messages, a commit and an attestation whatever it holds: under load a fifth of a request.  So the
requests that this process has in hand meet here: the first to come waits for the others, a few milliseconds at most,
and does what all of them ask.  Whoever is alone waits for nobody.

No one is the worse for the company: what was refused in it is asked once more alone, so a refusal is his own; what
stands in the way of one (a lock, a number that somebody else was faster to take, a fault of ours) undoes all, and then
each is recorded alone, by his own thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from . import attest, door, races
from .acts import Act
from .door import Along, Recorded

#: Seconds that the first waits for those who are on their way.
WAIT = 0.004
#: For how long a transaction of several waits for a lock: one who must wait longer does so alone.
PATIENCE = "50ms"
MOST = 16


class _Asked:
    """One request.  `result` stays None where it has to be recorded alone."""

    __slots__ = ("act", "along", "answered", "failed", "result")

    def __init__(self, act: Act, along: Along) -> None:
        self.act, self.along = act, along
        self.result: Recorded | None = None
        self.failed: Exception | None = None
        self.answered = threading.Event()


class _Mine(threading.local):
    expected = False


class _Company:
    """Who is on the way, and who has come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._complete = threading.Condition(self._lock)
        self._expected = 0
        self._forming: list[_Asked] | None = None
        self._mine = _Mine()

    @contextmanager
    def expected(self) -> Iterator[None]:
        """While this thread is at a request that may record something."""
        with self._lock:
            self._expected += 1
            self._mine.expected = True
        try:
            yield
        finally:
            with self._lock:
                self._come()

    def _come(self) -> None:
        """This thread is not waited for any longer; under the lock."""
        if self._mine.expected:
            self._mine.expected = False
            self._expected -= 1
            if not self._expected:
                self._complete.notify()

    def meet(self, mine: _Asked) -> list[_Asked]:
        """All that `mine` is to record, itself first: more than itself where it was first to come.

        Empty where somebody else records it.
        """
        with self._lock:
            self._come()
            if self._forming is None:
                if not self._expected:
                    return [mine]
                self._forming = [mine]
                try:
                    self._complete.wait_for(lambda: not self._expected, WAIT)
                except BaseException:  # nobody waits for one who is being stopped: each records his own
                    for other in self._forming:
                        other.answered.set()
                    raise
                finally:
                    found, self._forming = self._forming, None
                return found
            if len(self._forming) == MOST:
                return [mine]
            self._forming.append(mine)
            return []


_company = _Company()
#: For a request that may record something: others wait a moment for it, until it has, or is answered.
expected = _company.expected


def record(act: Act, along: Along = ()) -> Recorded:
    """As `door.record`: the same rows and the same refusals, perhaps in one transaction with what others send."""
    if connection.in_atomic_block:
        return door.record(act, along)
    mine = _Asked(act, along)
    found = _company.meet(mine)
    if len(found) > 1:
        _record(found)
    elif not found:
        mine.answered.wait()
    if mine.failed:
        raise mine.failed
    return mine.result or door.record(act, along)


def _record(asked: list[_Asked]) -> None:
    """In one transaction; whoever is left without a result then records his own, whatever happened."""
    try:
        results = door.record_in_company([each.act for each in asked], [each.along for each in asked], PATIENCE)
        for each, result in zip(asked, results, strict=True):
            each.result = result if isinstance(result, Recorded) else None
    except Exception as error:
        if races.constraint(error) == "one_attestation_a_number":
            attest.renew()
        for each in asked:
            # Nobody knows whether it was committed: with its key it can be asked again, without one it cannot.
            each.failed = error if races.is_open(error) and not each.act.key else None
    finally:
        for each in asked:
            each.answered.set()
