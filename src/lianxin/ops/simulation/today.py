"""The second part of the play: the last fortnight up to now, with work waiting in every queue.

Each story is planned to its end as any other and then cut off at `now`: what stands open is what had not happened
yet.  Where a queue must not be empty, the moment that would empty it is put after `now`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from lianxin.rules.policy import find
from lianxin.rules.worktime import SHANGHAI, Span

from . import course, facts, lengths, weeks
from .hours import CALENDAR, advance, at_night, by_day
from .life import Life
from .source import Source, source
from .story import Attempt, Call, Petition, Round, Run, Share, Story
from .write import Writer

#: How many orders stand where when the play stops.
FATES = {
    "to_dispatch": 8,
    "pending": 18,
    "fresh": 24,
    "due_today": 10,
    "due_soon": 12,
    "overdue": 11,
    "returned": 6,
    "extension": 5,
    "unit_audit": 6,
    "audit": 9,
    "sent_back": 6,
    "second": 9,
    "assisted": 8,
    "answered": 6,
    "closed": 30,
    "called": 28,
}
#: What comes in by the county's own telephone.
OWN = 0.3
HOUR = timedelta(hours=1)


def plan_today(now: datetime, first: int, seed: int = 7) -> list[Life]:
    """Lives of the last fortnight before `now` (aware), cut off there; `first` is the number of the first of them."""
    now, random, here = now.astimezone(SHANGHAI).replace(microsecond=0), Random(seed), source()
    scene = _Scene(here, random, now)
    stories = [scene.story(fate) for fate, number in FATES.items() for _ in range(number)]
    stories.sort(key=lambda story: story.registered)
    writer = Writer(here, f"today:{seed}")
    lives = []
    for number, story in enumerate(stories, first):
        story.number = number
        life = writer.write(story)
        life.steps = [step for step in life.ordered() if step.at <= now]
        lives.append(life)
    return lives


class _Scene:
    """Makes a story for each fate; `now` is where it will be cut off."""

    def __init__(self, here: Source, random: Random, now: datetime) -> None:
        self.here, self.random, self.now = here, random, now
        clocks = find(here.raw["centre"]["pack"]).clocks
        allowed: Span = next(clock.allow for clock in clocks if clock.kind == "handle" and clock.when is None)
        self.due: Callable[[datetime], datetime] = lambda at: allowed.due(at, CALENDAR).astimezone(SHANGHAI)

    def story(self, fate: str) -> Story:
        """A story that stands in the queue of `fate`."""
        story = Story(self._registered(fate))
        if fate == "answered":
            story.end = "answered"
        else:
            story.rounds = [Round([Share("lead", self._dispatched(story.registered, fate))])]
        self._facts(story, fate)
        getattr(self, f"_{fate}", self._open)(story)
        return story

    # --- when it came in, and what it is about ------------------------------------------------

    def _registered(self, fate: str) -> datetime:
        """A moment at which people call; for what is due, one whose deadline falls where it should."""
        hours = _WINDOWS[fate]
        for _ in range(2000):
            at = (self.now - self.random.uniform(*hours) * HOUR).replace(microsecond=0)
            left = self.due(at) - self.now
            fits = {
                "due_today": timedelta() < left <= 24 * HOUR,
                "due_soon": 24 * HOUR < left <= 48 * HOUR,
                "overdue": left < timedelta(),
                "fresh": left > 48 * HOUR,
            }.get(fate, True)
            if fits and (not at_night(at) or fate in ("to_dispatch", "pending")):
                return at
        # A holiday week in which nothing falls due then: any moment of the window.
        return at

    def _dispatched(self, registered: datetime, fate: str) -> datetime:
        if fate == "to_dispatch":
            return self.now + HOUR
        return registered + timedelta(seconds=self.random.randrange(40, 280))

    def _facts(self, story: Story, fate: str) -> None:
        random, here = self.random, self.here
        if story.rounds:
            weights = [unit.week[0] for unit in here.units]
            story.rounds[0].shares[0].unit = random.choices(here.units, weights)[0].code
        if fate == "assisted":
            weeks.call_in(random, story.rounds[0])
        lengths.name_the_rest(here, random, [story])
        story.topic = facts.ordinary_topic(here, random, story)
        facts.choose_matter(here, random, story)
        story.urgent = story.urgent and fate in ("closed", "called", "pending")
        if random.random() < OWN:
            story.source, story.channel = "county", random.choice(("phone", "phone", "phone", "web", "patrol"))

    # --- how it stands ------------------------------------------------------------------------

    def _open(self, story: Story) -> None:
        """Signed and at work, with no more time granted."""
        share = story.rounds[0].shares[0]
        share.run = replace(self._unfinished(share.at), extension=None)

    def _answered(self, story: Story) -> None:
        """Answered on the line a few minutes later."""

    def _to_dispatch(self, story: Story) -> None:
        self._open(story)

    def _pending(self, story: Story) -> None:
        share = story.rounds[0].shares[0]
        share.run = replace(self._unfinished(share.at), signed=self.now + HOUR, contacted=self.now + HOUR, missed=None)
        share.run = replace(share.run, progress=(), inner=None, extension=None, refused_return=None)

    def _assisted(self, story: Story) -> None:
        lengths.fill_round(self.random, story.rounds[0])

    def _returned(self, story: Story) -> None:
        """Given back, and not yet decided."""
        part = story.rounds[0]
        weeks.send_on(self.random, part, not_before=self.now + HOUR)
        first, heir = part.shares
        given = first.given_back
        assert given is not None
        first.given_back = replace(given, filed=min(given.filed, self._lately(first.at)))
        units = [unit for unit in self.here.units if unit.code != first.unit and unit.town != self._town(first)]
        heir.unit = self.random.choices(units, [unit.week[0] for unit in units])[0].code
        heir.run = course.run(self.random, heir.at)

    def _town(self, share: Share) -> bool:
        return self.here.unit(share.unit).town

    def _extension(self, story: Story) -> None:
        """More time asked for today, not yet decided."""
        share = story.rounds[0].shares[0]
        run = self._unfinished(share.at)
        filed = max(self._lately(run.contacted), run.contacted + timedelta(minutes=5))
        share.run = replace(run, extension=Petition(filed, self.now + HOUR, granted=True))

    def _unit_audit(self, story: Story) -> None:
        self._replied(story, lambda at, now: Attempt(at, now + HOUR, False, now + 2 * HOUR, True))

    def _audit(self, story: Story) -> None:
        self._replied(story, lambda at, now: Attempt(at, at + (now - at) * 0.4, False, now + 2 * HOUR, True))

    def _sent_back(self, story: Story) -> None:
        self._replied(story, lambda at, now: Attempt(at, at + (now - at) * 0.3, False, at + (now - at) * 0.8, False))
        run = story.rounds[0].shares[0].run
        assert run is not None
        later = [self.now + hours * HOUR for hours in (4, 5, 6)]
        again = Attempt(later[0], later[1], False, later[2], True)
        story.rounds[0].shares[0].run = replace(run, attempts=(*run.attempts, again))

    def _replied(self, story: Story, attempt: Callable[[datetime, datetime], Attempt]) -> None:
        share = story.rounds[0].shares[0]
        run = self._unfinished(share.at)
        replied = self._lately(run.contacted)
        before = tuple(moment for moment in run.progress if moment < replied)
        share.run = replace(
            run,
            progress=before,
            inner=None,
            extension=None,
            attempts=(_whole(attempt(replied, self.now)),),
        )

    def _second(self, story: Story) -> None:
        """A second round, at work."""
        share = story.rounds[0].shares[0]
        share.run = course.run(self.random, share.at, before=self.now - 50 * HOUR)
        at = by_day(self.random, advance(share.run.passed, self.random.uniform(60, 900), centre=True))
        at = min(at, self.now - 4 * HOUR)
        story.rounds[0].calls.append(Call("district", at, process=True, result=False))
        again = Share("lead", at + timedelta(minutes=self.random.randrange(5, 60)), unit=share.unit)
        again.run = self._unfinished(again.at)
        story.rounds.append(Round([again], opened="order.rehandled"))

    def _closed(self, story: Story) -> None:
        share = story.rounds[0].shares[0]
        share.run = course.run(self.random, share.at, before=self.now, urgent=story.urgent)

    def _called(self, story: Story) -> None:
        """Called back by the county or the city; now and then nobody answered, or the caller is not content."""
        self._closed(story)
        part = story.rounds[0]
        at = part.passed + (self.now - part.passed) * self.random.uniform(0.3, 0.9)
        layer = "city" if self.random.random() < 0.4 else "district"
        content = self.random.random() < 0.9
        part.calls.append(Call(layer, at.replace(microsecond=0), content, content))

    def _unfinished(self, start: datetime) -> Run:
        """A run that is signed and contacted before `now` where there was time, and passed only after it."""
        return course.run(self.random, start, after=self.now + HOUR, pace=2.0, longest=timedelta(days=40))

    def _lately(self, after: datetime) -> datetime:
        """Some hours ago, but after `after`."""
        start = max(after, self.now - 8 * HOUR)
        if start >= self.now:
            return after
        return (start + (self.now - start) * self.random.uniform(0.2, 0.9)).replace(microsecond=0)


def _whole(attempt: Attempt) -> Attempt:
    """In whole seconds."""
    verdict = attempt.verdict and attempt.verdict.replace(microsecond=0)
    return replace(attempt, unit_audited=attempt.unit_audited.replace(microsecond=0), verdict=verdict)


#: How many hours before now an order came in (from, to).
_WINDOWS = {
    "to_dispatch": (0.005, 0.08),
    "pending": (0.1, 15.0),
    "fresh": (3.0, 60.0),
    "due_today": (60.0, 320.0),
    "due_soon": (60.0, 320.0),
    "overdue": (150.0, 330.0),
    "returned": (2.0, 9.0),
    "extension": (26.0, 72.0),
    "unit_audit": (26.0, 90.0),
    "audit": (26.0, 110.0),
    "sent_back": (26.0, 110.0),
    "second": (190.0, 320.0),
    "assisted": (10.0, 90.0),
    "answered": (1.0, 200.0),
    "closed": (60.0, 330.0),
    "called": (100.0, 330.0),
}
