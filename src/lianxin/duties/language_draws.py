"""Draws by lot the records whose language is checked (C32): of each agent so many of the period that is over.

Safe to run twice and on several machines: each drawn record of a period has a key by agent and place, so whoever comes
second with another seed finds them done.  Nobody is asked which records: the pool is all that the agent took in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record_many
from lianxin.ledger.models import Entry
from lianxin.oversight.kinds.language_check import KIND
from lianxin.proceedings.models import Proceeding
from lianxin.rules import draws, periods
from lianxin.rules.periods import Period

from . import owed
from .everywhere import each_centre


def run(at: datetime) -> int:
    """Draw in every centre whose rule book asks for it.  Returns how many records were drawn."""
    return each_centre(lambda centre: draw(centre, at))


def draw(centre: int, at: datetime) -> int:
    """The records of the last period that is over by `at`; none where that was done, or where no rule asks."""
    directory = snapshot.of(centre)
    pack = directory.pack_now
    if pack is None or not pack.quality.records:
        return 0
    period = periods.of(pack.quality.every, periods.of(pack.quality.every, at).start - owed.LAST)
    if Proceeding.objects.filter(centre=centre, kind=KIND, period=period.code).exists():
        return 0
    acts = [
        act
        for agent, pool in _pools(centre, directory, period).items()
        for act in _drawn(directory, agent, pool, period, pack.quality.records, at)
    ]
    done = record_many(acts, collect=True) if acts else []
    return sum(not isinstance(each, Refused) and not each.repeated for each in done)


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


def _drawn(
    directory: Snapshot, agent: int, pool: Sequence[str], period: Period, wanted: int, at: datetime
) -> Iterator[Act]:
    seed = draws.seed()
    for place, number in enumerate(draws.draw(pool, seed, wanted), 1):
        payload = {
            "title": f"{directory.staff[agent].name} {period.code} 第{place}件",
            "numbers": [number],
            "agent": agent,
            "period": period.code,
            "pool": pool,
            "seed": seed,
            "wanted": wanted,
        }
        key = f"{KIND}:{period.code}:{agent}:{place}"
        yield Act(f"{KIND}.drawn", Actor.system(directory.centre_id), at, payload, key=key)
