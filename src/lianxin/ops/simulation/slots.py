"""Dealing the week's shares to its stories, so that every unit gets exactly its own.

The week's 2,150 shares are slots: of a unit, and closed by the cut-off or not.  First it is decided by time which
shares of the stories are closed (`close_by_time`), then units are dealt to closed and open shares (`Deal`).
Invariants:
- the shares of the week are as many as the slots, and as many of them closed;
- an order with an open assisting share has an open lead (the lead replies last);
- the shares of one round have different units, a second round goes to the unit of the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from .source import LARGE, Source, Unit
from .story import CUTOFF, WEEK, Share, Story

#: A share dispatched after this has no time left to be closed in the week.
LAST_CHANCE = CUTOFF - timedelta(hours=10)


def close_by_time(random: Random, groups: Sequence[list[Share]], number: int, by_day: Sequence[float]) -> None:
    """Mark `number` of the shares in `groups` closed, whole groups, the earlier dispatched the likelier.

    Weighted drawing without replacement (Efraimidis and Spirakis): a key u^(1/w) each, the largest are taken.
    """
    keyed = []
    for group in groups:
        latest = max(share.at for share in group)
        share_of_day = by_day[(latest - WEEK).days]
        weight = share_of_day / (1 - share_of_day)
        keyed.append((random.random() ** (1 / weight) if latest < LAST_CHANCE else 0.0, group))
    keyed.sort(key=lambda pair: -pair[0])
    left = number
    for key, group in keyed:
        fits = key > 0 and len(group) <= left
        left -= len(group) if fits else 0
        for share in group:
            share.closed = fits
    if left:
        raise ValueError(f"{left} closed shares of the week cannot be placed")


class Deal:
    """The slots not yet dealt, by unit, closed and open apart."""

    def __init__(self, source: Source, random: Random) -> None:
        self.source, self.random = source, random
        self.left = {
            True: Counter({unit.code: unit.week[1] for unit in source.units}),
            False: Counter({unit.code: unit.week[0] - unit.week[1] for unit in source.units}),
        }

    def give(self, share: Share, unit: str) -> None:
        """Deal a slot of `unit` to `share`.  Raises ValueError where it has none left."""
        left = self.left[bool(share.closed)]
        if not left[unit]:
            raise ValueError(f"{unit} has no slot left")
        left[unit] -= 1
        share.unit = unit

    def draw(self, share: Share, *wishes: Callable[[Unit], bool]) -> None:
        """Deal a slot of a large unit in proportion to what is left: one that meets the first wish, else the next.

        A unit with places of its own handles what happens there alone.
        """
        left = self.left[bool(share.closed)]
        large = [unit for unit in self.source.units if left[unit.code] and unit.week[0] >= LARGE and not unit.at]
        for wish in wishes or (lambda unit: True,):
            fit = [unit.code for unit in large if wish(unit)]
            if fit:
                self.give(share, self.random.choices(fit, [left[code] for code in fit])[0])
                return
        raise ValueError("no large unit has a slot left")

    def rest(self, shares: Sequence[Share]) -> None:
        """Deal everything that is left.  Raises ValueError unless it comes out even."""
        for closed in (True, False):
            takers = [share for share in shares if bool(share.closed) == closed]
            pool = list(self.left[closed].elements())
            if len(pool) != len(takers):
                raise ValueError(f"{len(takers)} shares for {len(pool)} slots")
            self.random.shuffle(pool)
            for share, unit in zip(takers, pool, strict=True):
                self.give(share, unit)


def deal_week(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """Units for all shares of the week in `stories`, hard cases first."""
    deal = Deal(source, random)
    with_slots = [story for story in stories if any(share.of_the_week for share in story.shares)]
    rest: list[Share] = []
    for story in sorted(with_slots, key=lambda story: -len([s for s in story.shares if s.of_the_week])):
        counted = [share for share in story.shares if share.of_the_week]
        if len(story.rounds) > 1:
            _second_round(deal, story)
        elif len(counted) > 1:
            _several(deal, counted)
        elif not counted[0].unit:
            rest.append(counted[0])
        else:
            deal.give(counted[0], counted[0].unit)
    deal.rest(rest)


def _second_round(deal: Deal, story: Story) -> None:
    """The unit of the first round again; a unit that was named before is kept."""
    first, second = story.rounds[0].main, story.rounds[1].main
    if first.of_the_week:
        other = deal.left[bool(second.closed)]
        deal.draw(first, lambda unit: other[unit.code] > (1 if first.closed == second.closed else 0))
        deal.give(second, first.unit)
    elif first.unit:
        deal.give(second, first.unit)
    else:
        deal.draw(second)
        first.unit = second.unit


def _several(deal: Deal, shares: list[Share]) -> None:
    """Territory and trade together; a third is a department of a trade near the other's."""
    lead, *others = sorted(shares, key=lambda share: share.role == "assist")
    deal.draw(lead)
    taken = [deal.source.unit(lead.unit)]
    for other in others:
        deal.draw(other, lambda unit: _joins(unit, taken), lambda unit: unit not in taken and not unit.town)
        taken.append(deal.source.unit(other.unit))


def _joins(unit: Unit, taken: Sequence[Unit]) -> bool:
    if len(taken) == 1:
        return unit.town != taken[0].town
    return not unit.town and unit not in taken and any(unit.roots & one.roots for one in taken)
