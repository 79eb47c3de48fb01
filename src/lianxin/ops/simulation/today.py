"""The second part of the play: the last fortnight up to now, with work waiting in every queue.

Each story is planned to its end as any other and then cut off at `now`: what stands open is what had not happened yet
(`stands.py` says how each fate stands).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from lianxin.rules.policy import find
from lianxin.rules.worktime import SHANGHAI, Span

from . import facts, lengths, stands, topics, weeks
from .hours import CALENDAR, NIGHT, at_night
from .life import Life
from .source import Source, source, topic_of, words
from .stands import HOUR, Now
from .story import Petition, Round, Share, Story
from .write import Writer


@dataclass(frozen=True, slots=True)
class Fate:
    """How many orders stand so; how many hours before now they came in; whether each unit of `SHOWN` has one."""

    number: int
    since: tuple[float, float]
    shown: bool = False


FATES = {
    "to_dispatch": Fate(8, (0.005, 0.08)),
    "pending": Fate(18, (0.1, 15), shown=True),
    "to_contact": Fate(7, (0.5, 20), shown=True),
    "fresh": Fate(22, (3, 60)),
    "due_today": Fate(10, (60, 320)),
    "due_soon": Fate(12, (60, 320)),
    "overdue": Fate(11, (150, 330), shown=True),
    "returned": Fate(6, (2, 28)),
    "extension": Fate(5, (26, 90)),
    "unit_audit": Fate(8, (8, 90), shown=True),
    "audit": Fate(9, (10, 110)),
    "sent_back": Fate(7, (20, 110), shown=True),
    "second": Fate(10, (140, 320), shown=True),
    "third": Fate(3, (200, 330), shown=True),
    "assisted": Fate(8, (10, 90)),
    "answered": Fate(8, (0.5, 200)),
    "redirected": Fate(2, (5, 200)),
    "closed": Fate(28, (40, 330)),
    "tried": Fate(6, (60, 300)),
    "called": Fate(26, (100, 330)),
    "unhappy": Fate(2, (100, 330)),
}
#: Units whose people the demo names: none of their queues is empty.
SHOWN: Mapping[str, Sequence[str]] = {
    "junan": ("shizilu", "dadian", "zhujian"),
    "zhoucun": ("sichoulu", "yongan", "zhujian"),
}
#: How many repeat an order at work, one that has been closed since.
REPEATS = {"fresh": 3, "closed": 3}
#: How what has come to an end stands; it may lie farther back.
ENDED = ("answered", "redirected", "called")
#: Nothing that is open came in earlier.
LONGEST = 14 * 24
TRIES = 400


def plan_today(now: datetime, first: int, seed: int = 7, centre: str = "junan") -> list[Life]:
    """Lives of the last weeks before `now` (aware), cut off there; `first` is the number of the first of them."""
    now, random, here = now.astimezone(SHANGHAI).replace(microsecond=0), Random(seed), source(centre)
    scene = _Scene(here, random, now)
    many = {fate: line.number for fate, line in FATES.items()} | here.raw.get("fates", {})
    made = {fate: [scene.story(fate, n) for n in range(number)] for fate, number in many.items()}
    stories = [story for lines in made.values() for story in lines]
    for fate, number in REPEATS.items():
        stories += scene.repeats(made[fate], here.raw.get("repeats", number))
    for story in stories:
        _in_time(scene.now, story)
    stories.sort(key=lambda story: story.registered)
    for number, story in enumerate(stories, first):
        story.number = number
    writer = Writer(here, f"today:{seed}")
    lives = [writer.write(story) for story in stories]
    for life in lives:
        life.steps = [step for step in life.ordered() if step.at <= now]
    _ask(scene.now, {life.number: life for life in lives}, made)
    return lives


def _in_time(now: Now, story: Story) -> None:
    """Nobody asks for more time once his is over."""
    for share in story.shares:
        if (run := share.run) and (asked := run.extension) and (story.urgent or asked.filed >= now.due(share.at)):
            share.run = replace(run, extension=None)


def _ask(now: Now, lives: Mapping[int, Life], made: Mapping[str, Sequence[Story]]) -> None:
    """Questions that wait for an answer: the centre asks the units that the demo names, a unit asks the centre."""
    said = words()["remark"]
    asked = [("dispatcher", "centre", story) for story in made["overdue"][:3]]
    asked += [("clerk", "unit", story) for story in made["due_soon"][:2]]
    for who, side, story in asked:
        unit = story.rounds[0].main.unit
        if at := now.lately(lives[story.number].steps[-1].at):
            person = who if side == "centre" else f"{who}@{unit}"
            lives[story.number].add(at, person, "remark.asked", of_unit=unit, text=now.random.choice(said[side]))


class _Scene:
    """Makes the stories of each fate; `now` is where they will be cut off."""

    def __init__(self, here: Source, random: Random, now: datetime) -> None:
        self.here, self.random = here, random
        self.shown = SHOWN[here.raw["centre"]["code"]]
        head = here.raw["centre"]
        clocks = [clock for clock in find(head["pack"]).clocks if clock.kind == "handle"]
        ordinary = (clock for clock in clocks if clock.id == head.get("limit") or clock.when is None)
        allowed: Span = next(ordinary).allow
        self.now = Now(now, random, lambda at: allowed.due(at, CALENDAR).astimezone(SHANGHAI))

    def story(self, fate: str, n: int) -> Story:
        """The `n`-th story of the fate: drawn until it comes out, each time from a little farther back.

        On some days nothing can stand so (nothing falls due on a day off): then the story is due next.
        """
        line = FATES[fate]
        unit = self.shown[n] if line.shown and n < len(self.shown) else ""
        for tried in range(TRIES):
            try:
                story = self._begun(fate, unit, 1 + tried / 100)
                if getattr(stands, fate)(self.now, story):
                    return story
            except ValueError:
                # It came in too late to have been closed by now.
                continue
        return self.story("due_soon", n)

    def repeats(self, mains: Sequence[Story], number: int) -> list[Story]:
        """Orders that repeat some of `mains` while they are open; that a main is closed they have not been told."""
        found: list[Story] = []
        for main in mains:
            share = main.rounds[0].main
            ended = share.run.passed if share.run else self.now.at
            start, end = share.at + HOUR, min(ended, self.now.at) - HOUR
            at = start + (end - start) * self.random.random()
            if len(found) < number and start < end and not at_night(at) and main.matter and not main.urgent:
                story = Story(at.replace(microsecond=0), end="merged", told=self.now.at + HOUR)
                facts.repeat(self.random, story, main)
                found.append(story)
        return found

    def _begun(self, fate: str, unit: str, stretch: float) -> Story:
        """A story with its registration, its units and what it is about."""
        random = self.random
        story = Story(self._registered(fate, stretch))
        if fate in ("answered", "redirected"):
            story.end = fate
        else:
            at = story.registered + timedelta(seconds=random.randrange(40, 280))
            story.rounds = [Round([Share("lead", at, unit=unit)])]
            if fate == "assisted":
                weeks.call_in(random, story.rounds[0])
            if fate == "returned":
                self._give_back(story.rounds[0])
        lengths.name_the_rest(self.here, random, [story])
        if fate == "redirected":
            story.redirect = random.choice(words()["redirect"])
            story.topic = topic_of(story.redirect["topic"])
        else:
            story.topic = topics.ordinary_topic(self.here, random, story)
        urgent = fate in ("to_dispatch", "pending", "closed", "called")
        facts.choose_matter(self.here, random, story, may_be_urgent=urgent)
        lengths.name_the_wrong(self.here, random, [story])
        facts.come_in(random, story)
        return story

    def _registered(self, fate: str, stretch: float) -> datetime:
        """A moment at which people call and somebody dispatches; what waits for the dispatcher came in since."""
        low, high = FATES[fate].since
        head = self.here.raw["centre"]
        span, low = head.get("span", 1) if fate in ENDED else 1, low * head.get("pace", 1)
        now = self.now.at
        if fate == "to_dispatch":
            night = (now - now.replace(hour=NIGHT[0], minute=0, second=0)) % (24 * HOUR)
            high = night / HOUR if at_night(now) else high
        while True:
            at = now - self.random.uniform(low, min(high * stretch, LONGEST) * span) * HOUR
            if fate == "to_dispatch" or not at_night(at):
                return at.replace(microsecond=0)

    def _give_back(self, part: Round) -> None:
        """The first share is another unit's, which gives it back."""
        later = self.now.at + HOUR
        part.shares[0].given_back = Petition(later, later, granted=True)
        part.shares.append(Share("lead", later))
