"""The play of weeks 42 and 43 of 2021 and what followed, so that the founding bulletin can be counted from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from . import facts, followup, lengths, slots, topics, weeks
from .life import Life
from .source import source
from .story import Story
from .write import Writer

SEED = 43


def plan_junan(seed: int = SEED) -> list[Life]:
    """All lives of both weeks in the order of their registration, every one ended by the end of November.

    The same seed gives the same play.
    """
    stories = _stories(Random(seed))
    for number, story in enumerate(stories, 1):
        story.number = number
    writer = Writer(source(), f"junan:{seed}")
    return [writer.write(story) for story in stories]


def _stories(random: Random) -> Sequence[Story]:
    """First when things are dispatched, then to whom, then what about, then how long it takes and what follows."""
    here = source()
    stories = weeks.build(here, random)
    slots.deal_week(here, random, stories)
    lengths.name_the_rest(here, random, stories)
    topics.deal_topics(here, random, stories)
    facts.deal_classes(here, random, stories)
    facts.deal_sources(here, random, stories)
    lengths.name_the_wrong(here, random, stories)
    lengths.fill(random, stories)
    followup.call_back(here, random, stories)
    followup.reopen(here, random, stories)
    followup.think_again(here, random, stories)
    followup.supplement(random, stories)
    followup.tell_repeats(random, stories)
    return sorted(stories, key=lambda story: story.registered)


def read_plan(centre: str = "junan") -> Mapping[str, Any]:
    """Centre, units and volumes as the source has them."""
    return source(centre).raw
