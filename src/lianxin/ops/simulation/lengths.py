"""How long each share takes, as its closing by the cut-off demands, and who was asked wrongly first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from . import course
from .hours import advance
from .source import LARGE, Source
from .story import CUTOFF, Round, Run, Share, Story

#: How fast units work where nothing is asked of them.
ORDINARY_PACE = 1.1


def fill(random: Random, stories: Sequence[Story]) -> None:
    """A run for every share that ends by itself."""
    for story in stories:
        if story.withdrawn:
            continue
        for part in story.rounds:
            fill_round(random, part, urgent=story.urgent)


def fill_round(random: Random, part: Round, *, urgent: bool = False) -> None:
    """Leads first; an assisting unit gives its opinion before the lead's answer passes."""
    latest = max((share.at for share in part.assists), default=None)
    for share in part.mains:
        if share.run is None:
            not_before = advance(latest, 90) if latest else None
            share.run = _run(random, share, urgent=urgent, not_before=not_before)
    for share in part.assists:
        end = min(main.run.passed for main in part.mains if main.run)
        if share.closed is False:
            course.assist(random, share, after=CUTOFF, before=end - timedelta(minutes=2))
        else:
            course.assist(random, share, before=min(CUTOFF, end) if share.closed else end)


def _run(random: Random, share: Share, *, urgent: bool, not_before: datetime | None) -> Run:
    start = share.at
    if share.closed:
        return course.run(random, start, before=CUTOFF, after=not_before, urgent=urgent)
    if share.closed is False:
        # Open at the cut-off: passed on the Monday after at the earliest, when the assisting units have had their say.
        return course.run(random, start, after=CUTOFF + timedelta(hours=10))
    return course.run(random, start, after=not_before, urgent=urgent, pace=ORDINARY_PACE)


def name_the_rest(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """Units for the shares that the week does not count: orders of other weeks, and units that gave theirs back."""
    weights = [unit.week[0] for unit in source.units]
    for story in stories:
        for part in story.rounds:
            taken = {share.unit for share in part.shares if share.unit}
            named = part.mains + part.assists
            for share in named:
                if not share.unit:
                    share.unit = _other(random, source, weights, taken, alone=len(named) == 1)
                    taken.add(share.unit)
        for before, part in zip(story.rounds, story.rounds[1:], strict=False):
            part.main.unit = before.main.unit


def name_the_wrong(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """Who was asked first: the trade where it was the town's, the town where it was the trade's."""
    for story in stories:
        for part in story.rounds:
            taken = {share.unit for share in part.shares if share.unit}
            for share in part.shares:
                if share.given_back is not None and not share.unit:
                    share.unit = _wrong(source, random, story, taken)
                    taken.add(share.unit)


def _wrong(source: Source, random: Random, story: Story, taken: set[str]) -> str:
    assert story.topic is not None
    keeper = source.unit(story.rounds[0].main.unit)
    near = [unit.code for unit in source.neighbours(keeper, story.topic, story.area) if unit.code not in taken]
    return random.choice(near or [unit.code for unit in source.towns if unit.code not in taken])


def _other(random: Random, source: Source, weights: Sequence[int], taken: set[str], *, alone: bool) -> str:
    """Any unit; for one of several no small one, nor one with places of its own, territory beside trade."""
    towns = {unit.code for unit in source.towns}
    want_town = not any(code in towns for code in taken) if taken else None
    while True:
        unit = random.choices(source.units, weights)[0]
        joins = unit.week[0] >= LARGE and not unit.at and want_town in (None, unit.town)
        if unit.code not in taken and (alone or joins):
            return unit.code
