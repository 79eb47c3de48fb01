"""The plan of the two years before the demo's weeks: what comes in on which day, about what, and how it goes.

All numbers of it stand in `history.toml`.  Each day and each story has dice of its own, so a part of the history can be
planned without what lies before it.
"""

from __future__ import annotations

import tomllib
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from lianxin.rules import periods
from lianxin.rules.periods import Period
from lianxin.rules.policy import find
from lianxin.rules.worktime import SHANGHAI, Span

from . import course, facts, followup, lengths, topics, weeks
from .hours import CALENDAR, advance, at_hour, by_day, dispatched
from .source import HERE, Topic, source, topic_of, words
from .story import Call, Petition, Round, Run, Share, Story

#: The number of the first life of the history, beyond those of all other parts.
FIRST = 1_000_001
#: Nothing of it takes longer, the holidays of a spring included.
LONGEST = timedelta(days=30)
_YEAR = timedelta(days=365)
#: What is asked about as often in each month.
_EVEN = (1.0,) * 12


@cache
def shape() -> Mapping[str, Any]:
    """How the history looks, as its file has it."""
    return tomllib.loads((HERE / "history.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Rates:
    """What share of the requests, or of the handled ones, goes how (see `history.toml`)."""

    answered: float
    redirected: float
    withdrawn: float
    returned: float
    assist: float
    dual: float
    extended: float
    late: float
    sent_back: float
    upset: float
    slow: float
    unsolved: float
    unreached: float


class Past:
    """The history up to the day before that of `end`, `scale` times as many orders as the file says."""

    def __init__(self, end: datetime, scale: float = 1) -> None:
        self.shape, self.scale = shape(), scale
        self.last = end.astimezone(SHANGHAI).date()
        self.first = months_before(self.last, self.shape["months"])
        self.here = source(self.shape["centre"])
        self.ordinary = Rates(**self.shape["ordinary"])
        worse = {name: rate for name, rate in self.shape["bad"].items() if name != "quarters_before"}
        self.worse = replace(self.ordinary, **worse)
        self.bad = quarter_before(self.last, self.shape["bad"]["quarters_before"])
        self.numbers = self._numbers()

    @property
    def total(self) -> int:
        """How many orders it has."""
        return sum(self.numbers.values())

    def stories(self) -> Iterator[tuple[date, list[Story]]]:
        """Each day with its stories, numbered, in the order of their registration."""
        number = FIRST
        for day, many in self.numbers.items():
            random = Random(f"{self._dice}:{day}")
            midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
            found = []
            for at in sorted(at_hour(random, midnight) for _ in range(many)):
                found.append(_Maker(self, Random(f"{self._dice}:{number}"), at).story(number))
                number += 1
            yield day, found

    def rates(self, at: datetime) -> Rates:
        """Those of the quarter in which `at` lies."""
        return self.worse if at in self.bad else self.ordinary

    @property
    def _dice(self) -> str:
        return f"history:{self.shape['seed']}"

    def _numbers(self) -> dict[date, int]:
        """How many come in each day: what is left of an order one day is carried over to the next, so that also a
        thin history has the shape of the whole one."""
        days = [self.first + timedelta(days=n) for n in range((self.last - self.first).days)]
        weights = [self._weight(day) for day in days]
        wanted = self.shape["a_day"] * len(days) * self.scale
        found, sum_, total = {}, 0.0, sum(weights)
        for day, weight in zip(days, weights, strict=True):
            before, sum_ = sum_, sum_ + weight
            found[day] = round(wanted * sum_ / total) - round(wanted * before / total)
        return found

    def _weight(self, day: date) -> float:
        grown = self.shape["growth"] ** ((day - self.first) / _YEAR)
        week = self.here.raw["days"]["before"][day.weekday()]
        chance = Random(f"{self._dice}:weight:{day}").lognormvariate(0, self.shape["spread"])
        return float(grown * week * chance * self.shape["months_of_year"][day.month - 1])


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def quarter_before(day: date, number: int) -> Period:
    """The quarter that lies `number` quarters before that of `day`."""
    quarter = periods.of("quarter", day)
    for _ in range(number):
        quarter = quarter.previous
    return quarter


@cache
def _limit(centre: str) -> Span:
    """How long a unit has for an ordinary order, as the centre's rule book says."""
    head = source(centre).raw["centre"]
    clocks = (clock for clock in find(head["pack"]).clocks if clock.kind == "handle" and clock.id == head["limit"])
    allow: Span = next(clocks).allow
    return allow


@cache
def often(centre: str, month: int) -> Mapping[Topic, float]:
    """How often each topic is asked about in a month: as in the week of the source, and as the season has it."""
    here, seasons = source(centre), shape()["season"]
    quotas = topics.Quotas(here)
    known = {key: float(number) for key, number in quotas.left.items() if isinstance(key, tuple)}
    for root, names in here.raw["towns"].items():
        trades = {topic for unit in here.departments for topic in unit.topics if topic[0] == root}
        several = sorted({*((root, name) for name in names), *trades})
        known |= {topic: quotas.left[root] / len(several) for topic in several if topic not in known}
    return {topic: number * seasons.get("/".join(topic), _EVEN)[month - 1] for topic, number in known.items()}


class _Maker:
    """Makes one story by dice of its own."""

    def __init__(self, past: Past, random: Random, at: datetime) -> None:
        self.past, self.here, self.random = past, past.here, random
        self.at, self.rates, self.lengths = at, past.rates(at), past.shape["lengths"]

    def story(self, number: int) -> Story:
        story = Story(self.at, number=number)
        kinds = ("answered", "redirected", "withdrawn")
        shares = [getattr(self.rates, kind) for kind in kinds]
        story.end = self.random.choices((*kinds, "handled"), (*shares, 1 - sum(shares)))[0]
        if story.end in ("handled", "withdrawn"):
            self._sent(story)
        self._about(story)
        if story.end == "withdrawn":
            minutes = self.random.uniform(30, 240)
            story.withdrawn = advance(max(share.at for share in story.shares), minutes)
        if story.end == "handled":
            self._handled(story)
        return story

    # --- what it is about, and whose ----------------------------------------------------------

    def _sent(self, story: Story) -> None:
        """By the topic of the season to whose trade it is, or to a town; some to another unit first."""
        topic = story.topic = self._topic()
        unit = self._unit(topic)
        part = Round([Share("lead", dispatched(self.random, self.at), unit=unit)])
        story.rounds = [part]
        if story.end == "withdrawn":
            return
        way = self.random.random()
        if way < self.rates.returned:
            self._give_back(part)
        elif way < self.rates.returned + self.rates.dual:
            weeks.make_dual(part)
        elif way < self.rates.returned + self.rates.dual + self.rates.assist:
            weeks.call_in(self.random, part)

    def _topic(self) -> Topic:
        weights = {
            topic: weight
            for topic, weight in often(self.past.shape["centre"], self.at.month).items()
            if weight and self.here.in_season(topic, self.at)
        }
        return self.random.choices(list(weights), list(weights.values()))[0]

    def _unit(self, topic: Topic) -> str:
        """Towns have what no department has, and some of what one has."""
        trade = [unit for unit in self.here.departments if topic in unit.topics and unit.week[0]]
        if not trade or self.random.random() > self.past.shape["trade"]["share"]:
            trade = self.here.towns
        return self.random.choices(trade, [unit.week[0] for unit in trade])[0].code

    def _give_back(self, part: Round) -> None:
        """Another unit was asked first, and said so while it still might."""
        keeper, first = part.shares[0].unit, part.shares[0]
        latest = advance(first.at, self.lengths["give_back"])
        while (back := course.give_back(self.random, first.at)).filed > latest:
            pass
        part.shares = [Share("lead", first.at, given_back=back), Share("lead", back.decided, unit=keeper)]

    def _about(self, story: Story) -> None:
        lengths.name_the_rest(self.here, self.random, [story])
        if story.end == "redirected":
            story.redirect = self.random.choice(words()["redirect"])
            story.topic = topic_of(story.redirect["topic"])
        elif story.topic is None:
            story.topic = topics.ordinary_topic(self.here, self.random, story)
        facts.choose_matter(self.here, self.random, story, may_be_urgent=len(story.shares) == 1)
        lengths.name_the_wrong(self.here, self.random, [story])
        facts.come_in(self.random, story)

    # --- how it goes --------------------------------------------------------------------------

    def _handled(self, story: Story) -> None:
        part = story.rounds[0]
        latest = max((share.at for share in part.assists), default=None)
        for share in part.mains:
            share.run = self._run(share, urgent=story.urgent, after=latest and advance(latest, 90))
        lengths.fill_round(self.random, part)
        followup.supplement(self.random, [story])
        at = self._asked(part)
        if self.random.random() < self.rates.unreached:
            tries = (at, by_day(self.random, at + timedelta(hours=self.random.uniform(3, 26))))
            last = by_day(self.random, tries[-1] + timedelta(hours=self.random.uniform(3, 26)))
            part.calls.append(Call("district", last, None, None, tries, closes="unreachable"))
        elif self.random.random() < self.rates.upset:
            part.calls.append(Call("district", at, self._content(), result=False))
            self._again(story, at)
        else:
            part.calls.append(Call("district", at, self._content()))

    def _again(self, story: Story, at: datetime) -> None:
        """A second round by the same unit, after which most are content; where one is not, it ends as unsolved."""
        start = advance(at, self.random.uniform(8, 60), centre=True)
        part = Round([Share("lead", start, unit=story.rounds[0].main.unit)], opened="order.rehandled")
        part.main.run = self._run(part.main, urgent=False, after=None)
        story.rounds.append(part)
        unsolved = self.random.random() < self.rates.unsolved
        closes = "unsolved" if unsolved else ""
        part.calls.append(Call("district", self._asked(part), self._content(), not unsolved, closes=closes))

    def _asked(self, part: Round) -> datetime:
        """When the caller is asked."""
        minutes = self.random.uniform(*self.lengths["asked"])
        return by_day(self.random, advance(part.passed, minutes, centre=True))

    def _content(self) -> bool:
        """Whether the caller finds that it went as it should."""
        return self.random.random() >= self.rates.slow

    def _run(self, share: Share, *, urgent: bool, after: datetime | None) -> Run:
        """In time, late, or in the time that was granted; what is urgent as fast as may be."""
        random, again = self.random, self.rates.sent_back
        if urgent:
            return self._plain(course.run(random, share.at, urgent=True, sent_back=again, longest=LONGEST))
        due = _limit(self.past.shape["centre"]).due(share.at, CALENDAR).astimezone(SHANGHAI)
        way = random.random()
        if way < self.rates.late:
            later = advance(due, random.uniform(*self.lengths["late"]))
            run = course.run(random, share.at, after=later, sent_back=again, longest=LONGEST)
        elif way < self.rates.late + self.rates.extended:
            run = course.run(random, share.at, after=advance(due, 60), sent_back=again, longest=LONGEST)
            return self._extended(self._plain(run), due)
        else:
            run = course.run(random, share.at, before=due, after=after, sent_back=again)
        return self._plain(run)

    def _plain(self, run: Run) -> Run:
        """Nobody asks for more time unless the plan says so, nor gives back what he has had for long."""
        back, latest = run.refused_return, advance(run.signed, self.lengths["give_back"])
        return replace(run, extension=None, refused_return=back if back and back.filed <= latest else None)

    def _extended(self, run: Run, due: datetime) -> Run:
        """More time is asked for while the limit runs, and granted; where there was no time to ask it is late."""
        filed = advance(run.contacted, self.random.uniform(30, 300))
        decided = advance(filed, self.random.uniform(20, 120), centre=True)
        if decided >= min(due, run.attempts[0].replied):
            return run
        return replace(run, extension=Petition(filed, decided, granted=True))
