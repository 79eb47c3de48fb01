"""The topics of the play's orders, dealt so that the week's counts come out.

Invariant: of the week's accepted orders each second-level topic of the five counted categories and each other category
has exactly the number that the source says, as known at the cut-off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random

from .source import Source, Topic, Unit, topic_of, words
from .story import WEEK, Story, units_of


class Quotas:
    """How many orders of each topic are still to be dealt; other categories have one number for all their topics."""

    def __init__(self, source: Source) -> None:
        raw = source.raw
        self.left: Counter[Topic | str] = Counter(
            {(root, name): number for root, line in raw["topics"].items() for name, number in line.items()}
        )
        self.left.update(raw["roots"])

    def key(self, topic: Topic) -> Topic | str:
        return topic if topic in self.left else topic[0]

    def of(self, topic: Topic) -> int:
        return self.left[self.key(topic)]

    def take(self, topic: Topic) -> Topic:
        if not self.of(topic):
            raise ValueError(f"no order of {topic} left to deal")
        self.left[self.key(topic)] -= 1
        return topic


def deal_topics(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """A topic for each order of the week that fits its units, counted out; for the week before as it comes."""
    quotas, in_week = Quotas(source), [story for story in stories if story.registered >= WEEK]
    for n, story in enumerate(story for story in in_week if story.end == "redirected"):
        story.redirect = words()["redirect"][n % len(words()["redirect"])]
        story.topic = quotas.take(topic_of(story.redirect["topic"]))
    left: list[Story] = []
    for story in sorted((s for s in in_week if s.topic is None), key=lambda s: _choice(source, s)):
        unit = _trade(source, story)
        if unit is None:
            left.append(story)
        else:
            story.topic = quotas.take(_of_trade(random, unit, quotas))
    answers = [topic_of(text) for text in source.raw["answers"]["topics"]]
    for story in [story for story in left if story.end == "answered"]:
        story.topic = quotas.take(_drawn(random, answers, quotas))
        left.remove(story)
    rest = [key for key, number in quotas.left.items() for _ in range(number)]
    random.shuffle(rest)
    for story, key in zip(left, rest, strict=True):
        story.topic = _town_topic(source, random, key)
    _twins(random, left)
    for story in stories:
        if story.topic is None:
            story.topic = ordinary_topic(source, random, story)


def _twins(random: Random, left: Sequence[Story]) -> None:
    """Each merged order repeats another of its topic that is open at the cut-off, so open when the repeat comes.

    It changes topics with a third order, which only towns handle, so that the counts stay.
    """
    open_ones = [s for s in left if s.end == "handled" and len(s.shares) == 1 and s.shares[0].closed is False]
    given: set[int] = set()
    for story in (story for story in left if story.end == "merged"):
        for main in random.sample(open_ones, len(open_ones)):
            others = [s for s in left if s.topic == main.topic and s.end != "merged" and s is not main]
            late = story.registered - main.shares[0].at
            if id(main) in given or not others or not timedelta(minutes=20) < late < timedelta(days=6):
                continue
            given.add(id(main))
            story.twin, story.topic, others[0].topic = main, main.topic, story.topic
            break
        else:
            raise ValueError("nothing open to merge into")


def ordinary_topic(source: Source, random: Random, story: Story) -> Topic:
    """A topic of the season as often as it comes in the week, that fits the order's units."""
    quotas, unit = Quotas(source), _trade(source, story)
    if unit is not None:
        topics = [topic for topic in unit.topics if source.in_season(topic, story.registered)]
        return _drawn(random, topics, quotas)
    if story.end == "answered":
        return _drawn(random, [topic_of(text) for text in source.raw["answers"]["topics"]], quotas)
    keys = list(quotas.left)
    while True:
        topic = _town_topic(source, random, random.choices(keys, [quotas.left[key] for key in keys])[0])
        if source.in_season(topic, story.registered):
            return topic


def _choice(source: Source, story: Story) -> int:
    """Units with few topics first, so that what they need is still there."""
    unit = _trade(source, story)
    return len(unit.topics) if unit else 99


def _trade(source: Source, story: Story) -> Unit | None:
    """The department whose trade the order is; None where only towns or nobody handles it."""
    return next((unit for unit in units_of(source, story) if not unit.town), None)


def _drawn(random: Random, topics: Iterable[Topic], quotas: Quotas) -> Topic:
    known = list(topics)
    return random.choices(known, [quotas.of(topic) for topic in known])[0]


def _of_trade(random: Random, unit: Unit, quotas: Quotas) -> Topic:
    return _drawn(random, unit.topics if any(map(quotas.of, unit.topics)) else unit.spare, quotas)


def _town_topic(source: Source, random: Random, key: Topic | str) -> Topic:
    if isinstance(key, tuple):
        return key
    return key, random.choice(source.raw["towns"][key])
