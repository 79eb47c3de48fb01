"""The one door.  Everything that happens goes through `record` or `record_many`.

`record` is `record_many` of one act, so both leave the same rows; what is done there is `batch`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, transaction

from lianxin.rules.serving import serves

from . import attest, races
from .acts import Act, Refused
from .batch import Along, Batch, Recorded

__all__ = ["Along", "Recorded", "record", "record_in_company", "record_many"]

serves("E34")

#: How often a batch is tried that lost a race (the same key, the same upstream number, a deadlock).
TRIES = 3
#: From how many acts on a batch is worth its own arrangements.
LARGE = 100


def record(act: Act, along: Along = ()) -> Recorded:
    """Do one act.  Raises `Refused`, with a Chinese sentence per field, and then changes nothing.

    `along` is what its sender keeps outside the book, and wants done if the act is, in the same transaction: that the
    draft of the form goes.  None of it is done for a request that had been done before.
    """
    result = record_many([act], along=[along])[0]
    assert isinstance(result, Recorded)
    return result


def record_many(acts: Sequence[Act], *, collect: bool = False, along: Sequence[Along] = ()) -> list[Recorded | Refused]:
    """Do many acts, in their order, in one transaction; a result for each.

    A refused act raises, and nothing of the batch is done.  With `collect` it is answered by its `Refused`; so are
    all other acts of this batch on the same order, earlier ones too, and those on orders that relied on it (merged
    into it).  All other orders are done.
    A registration may be named by later acts of the batch: its `order` is a negative number of the caller's
    choice, and so is theirs.  `along` says for each act what `record` says for one; left out, nothing.
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(), _unswept(len(acts)):
                return Batch(acts, collect).run(along)
        except (IntegrityError, OperationalError) as error:
            if races.constraint(error) == "one_attestation_a_number":
                # Committed, and never told so: whatever came between, this thread goes on as another writer.
                attest.renew()
                if left:
                    continue
            sentence = races.refusal_of(error)
            if sentence is None:
                raise
            # Somebody else was faster: what he did is in the tables now, so the next try meets it as a fact.
            if not left:
                raise sentence from error
    raise AssertionError("the last try returns or raises")


def record_in_company(acts: Sequence[Act], along: Sequence[Along], patience: str) -> list[Recorded | Refused]:
    """Acts of people who know nothing of each other, in one transaction, tried once (`together`).

    Raises whatever stood in the way of one of them, with nothing done for any; a lock that somebody else holds for
    longer than `patience` (an interval of PostgreSQL) too.
    """
    with transaction.atomic():
        return Batch(acts, collect=True, patience=patience).run(along)


@contextmanager
def _unswept(acts: int) -> Iterator[None]:
    """No garbage collection during a large batch: its rows all live to the end, and going through them again and
    again in search of what does not took a fifth of the time."""
    if acts < LARGE or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
