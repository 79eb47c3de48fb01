"""Draws by lot the records whose language is checked (C32): of each agent so many of the period that is over.

Safe to run twice and on several machines: only one draws in a centre at a time, and each drawn record of a period has a
key by agent and place.  What was refused is drawn at the next run: of an agent who has none anew, else the places that
are missing out of the very draw that stands in his first record, so nobody gets another one by having it refused.
Nobody is asked which records: the pool is all that the agent took in.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record_many
from lianxin.ledger.locks import Lock, alone
from lianxin.ledger.models import Entry
from lianxin.oversight.kinds.language_check import KIND
from lianxin.proceedings.models import Proceeding
from lianxin.rules import draws, periods
from lianxin.rules.periods import Period

from . import owed
from .everywhere import each_centre

_log = logging.getLogger(__name__)
#: By centre the period that lacks nothing, under which directory and with how many records: what every agent took in
#: within a period is read once a process, and not every few minutes.
_whole: dict[int, tuple[int, str, int]] = {}


@dataclass(frozen=True, slots=True)
class Lot:
    """How an agent's records were drawn, and which of them are there."""

    pool: Sequence[str]
    seed: str
    wanted: int
    there: frozenset[str] = frozenset()

    @property
    def missing(self) -> Iterator[tuple[int, str]]:
        """(place, number) of each record that was drawn and is not there."""
        drawn = enumerate(draws.draw(self.pool, self.seed, self.wanted), 1)
        return ((place, number) for place, number in drawn if number not in self.there)


def run(at: datetime) -> int:
    """Draw in every centre whose rule book asks for it.  Returns how many records were drawn."""
    return each_centre(lambda centre: draw(centre, at))


def draw(centre: int, at: datetime) -> int:
    """The records of the last period that is over by `at`, but for those that were drawn; none where no rule asks."""
    directory = snapshot.of(centre)
    pack = directory.pack_now
    if pack is None or not pack.quality.records:
        return 0
    period = periods.of(pack.quality.every, periods.of(pack.quality.every, at).start - owed.LAST)
    there = Proceeding.objects.filter(centre=centre, kind=KIND, period=period.code)
    if _whole.get(centre) == (directory.stamp, period.code, there.count()):
        return 0
    with alone(Lock.DRAWS, centre):
        lots = _lots(centre, directory, period, pack.quality.records)
        acts = [act for agent, lot in lots.items() for act in _drawn(directory, agent, lot, period, at)]
        done = record_many(acts, collect=True) if acts else []
    refused = [str(each) for each in done if isinstance(each, Refused)]
    for sentence, count in Counter(refused).items():
        _log.warning("%s: %d records could not be drawn: %s", period.code, count, sentence)
    if lots and not refused:
        _whole[centre] = directory.stamp, period.code, there.count()
    return sum(not isinstance(each, Refused) and not each.repeated for each in done)


def _lots(centre: int, directory: Snapshot, period: Period, wanted: int) -> Mapping[int, Lot]:
    """The lot of each agent in service: that by which he was drawn, else a new one."""
    drawn = _drawn_before(centre, period)
    pools = _pools(centre, directory, period)
    return {agent: drawn.get(agent) or Lot(pool, draws.seed(), wanted) for agent, pool in pools.items()}


def _drawn_before(centre: int, period: Period) -> Mapping[int, Lot]:
    """The lot of each agent of whom something is there."""
    first = Entry.objects.filter(
        number=1, proceeding__centre=centre, proceeding__kind=KIND, proceeding__period=period.code
    )
    said: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for payload in first.order_by("proceeding").values_list("payload", flat=True):
        said[payload["agent"]].append(payload)
    return {agent: _lot(found) for agent, found in said.items()}


def _lot(said: Sequence[dict[str, Any]]) -> Lot:
    first, there = said[0], frozenset(number for each in said for number in each["numbers"])
    return Lot(first["pool"], first["seed"], first["wanted"], there)


def _pools(centre: int, directory: Snapshot, period: Period) -> Mapping[int, list[str]]:
    """The numbers of all that each agent in service took in within the period, by agent."""
    taken = Entry.objects.filter(
        order__centre=centre,
        order__registered_at__gte=period.start,
        order__registered_at__lt=period.end,
        number=1,
        action="order.registered",
        post_role="agent",
    )
    found: dict[int, list[str]] = defaultdict(list)
    for agent, number in taken.order_by("order").values_list("staff", "order__number"):
        if (line := directory.staff.get(agent)) is not None and line.active:
            found[agent].append(number)
    return found


def _drawn(directory: Snapshot, agent: int, lot: Lot, period: Period, at: datetime) -> Iterator[Act]:
    for place, number in lot.missing:
        payload = {
            "title": f"{directory.staff[agent].name} {period.code} 第{place}件",
            "numbers": [number],
            "agent": agent,
            "period": period.code,
            "pool": lot.pool,
            "seed": lot.seed,
            "wanted": lot.wanted,
        }
        key = f"{KIND}:{period.code}:{agent}:{place}"
        yield Act(f"{KIND}.drawn", Actor.system(directory.centre_id), at, payload, key=key)
