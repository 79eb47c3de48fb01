"""The sweep: warns and breaches what is due, lays what comes now, and touches nothing else.

It looks only at clocks whose `next_at` has come, and at duties that come later (partial indexes), goes through the
ledger like everybody, and is safe to run twice or on several machines: the ledger locks the roots, and what was rung or
has come meanwhile is skipped.  Clocks of roots on a marked clock have no `next_at`, and their duties are left alone.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import F
from django.db.models.functions import Coalesce

from lianxin.rules.serving import serves
from lianxin.rules.worktime import SHANGHAI

from .acts import Act, Actor, Refused
from .door import Recorded, record_many
from .models import PART_BITS, Clock, Root, Task, roots

serves("B05")

BATCH = 2000
_log = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI)


class Due(NamedTuple):
    """A clock whose time has come, as the sweep needs it."""

    next_at: datetime
    clock: int
    #: the letter of its root
    root: str
    centre: int
    due: datetime


def sweep(at: datetime, *, batch: int = BATCH) -> int:
    """Lay what comes by `at` on its post, and ring every clock that is due, each once.  Returns how many entries were
    made.

    A clock that cannot be rung (the pack of its root is gone) does not keep the others waiting.
    """
    done, last = _come(at, batch), (_EPOCH, 0)
    while clocks := _due(at, last, batch):
        last = (clocks[-1].next_at, clocks[-1].clock)
        done += _ring(clocks, at)
    return done


def _come(at: datetime, batch: int) -> int:
    """The duties that were laid for later and whose time has come: one act a root."""
    done, last = 0, 0
    for model in (model for model in roots() if model.comes):
        here = _relation(model)
        ripe = Task.objects.filter(comes_at__lte=at, done_at=None, **{f"{here}__marked_clock": False})
        columns = (f"{here}__centre_id", model.column, "pk")
        while rows := list(ripe.filter(pk__gt=last).order_by("pk").values_list(*columns)[:batch]):
            last = rows[-1][-1]
            came: dict[tuple[int, int], list[int]] = defaultdict(list)
            for centre, root, task in rows:
                came[centre, root].append(task)
            done += _recorded(
                Act(verb=model.comes, actor=Actor.system(centre), order=root, at=at, payload={"tasks": tasks})
                for (centre, root), tasks in sorted(came.items())
            )
    return done


def _due(at: datetime, after: tuple[datetime, int], batch: int) -> list[Due]:
    """The next `batch` clocks that are due by `at`, in the order of the index `clock_next`."""
    since, last = after
    clocks = (
        Clock.objects.filter(next_at__lte=at, next_at__gte=since)
        .exclude(next_at=since, id__lte=last)
        .order_by("next_at", "id")
    )
    centre = Coalesce(*(f"{_relation(model)}__centre_id" for model in roots()))
    columns = [F(model.column) for model in roots()]
    rows = clocks.values_list("next_at", "id", centre, "due", *columns)[:batch]
    letters = [model.letter for model in roots()]
    return [
        Due(next_at or at, pk, next(letter for letter, root in zip(letters, of, strict=True) if root), centre_id, due)
        for next_at, pk, centre_id, due, *of in rows
    ]


def _relation(model: type[Root]) -> str:
    return model.column.removesuffix("_id")


def _ring(clocks: list[Due], at: datetime) -> int:
    """One act a root and kind of ringing; when warning and due time have both passed, only the breach counts."""
    verbs = {model.letter: model.rings for model in roots()}
    rings: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for clock in clocks:
        rings[clock.centre, clock.clock >> PART_BITS, verbs[clock.root][clock.due <= at]].append(clock.clock)
    return _recorded(
        Act(verb=verb, actor=Actor.system(centre), order=root, at=at, payload={"clocks": sorted(ids)})
        for (centre, root, verb), ids in sorted(rings.items())
    )


def _recorded(acts: Iterable[Act]) -> int:
    results = record_many(list(acts), collect=True)
    for sentence, count in Counter(str(result) for result in results if isinstance(result, Refused)).items():
        _log.warning("%d could not be rung: %s", count, sentence)
    return sum(isinstance(result, Recorded) for result in results)
