"""How the orders of the last days stand when the play stops: what had happened by then, and what had not.

Each function finishes a story of which registration, first share and facts are known, so that it stands as its name
says at `now`; it says whether that came out.  What keeps a queue from emptying is put after `now`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from . import course, lengths
from .hours import CALENDAR, advance, between, by_day, calling, office_between
from .story import Attempt, Call, Petition, Round, Run, Share, Story

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Now:
    """When the play stops, its dice, and when a share dispatched at a moment must be answered."""

    at: datetime
    random: Random
    due: Callable[[datetime], datetime]

    def unfinished(self, start: datetime) -> Run:
        """A run that passes only after now, with no more time asked for."""
        run = course.run(self.random, start, after=self.at + HOUR, pace=2.0, longest=timedelta(days=40))
        return replace(run, extension=None)

    def lately(self, start: datetime) -> datetime | None:
        """A moment of the office's last hours before now, after `start`; None where the office was closed since."""
        recent = office_between(self.random, max(start, self.at - 8 * HOUR), self.at)
        return recent or office_between(self.random, start, self.at)


def _lead(story: Story) -> Share:
    return story.rounds[0].shares[0]


def to_dispatch(now: Now, story: Story) -> bool:
    """Not dispatched yet."""
    share = _lead(story)
    share.at = now.at + HOUR
    share.run = now.unfinished(share.at)
    return True


def pending(now: Now, story: Story) -> bool:
    """Not signed yet."""
    _lead(story).run = now.unfinished(now.at)
    return True


def to_contact(now: Now, story: Story) -> bool:
    """Signed; the caller has not been reached."""
    signed = office_between(now.random, _lead(story).at, now.at)
    if signed is None:
        return False
    missed = office_between(now.random, signed, now.at) if now.random.random() < 0.5 else None
    _lead(story).run = replace(now.unfinished(now.at), signed=signed, missed=missed)
    return True


def _working(now: Now, story: Story) -> bool:
    """Signed, contacted and at work."""
    run = now.unfinished(_lead(story).at)
    _lead(story).run = run
    return run.contacted < now.at < run.attempts[0].replied


def _workdays_left(now: Now, story: Story) -> int:
    """How many workdays after today the deadline falls; -1 where it has passed."""
    due, today = now.due(_lead(story).at), now.at.date()
    if due <= now.at:
        return -1
    last = (due - timedelta(seconds=1)).date()
    return sum(CALENDAR.is_workday(today + timedelta(days=n)) for n in range(1, (last - today).days + 1))


def fresh(now: Now, story: Story) -> bool:
    """At work, with time left."""
    return _workdays_left(now, story) > 1 and _working(now, story)


def due_soon(now: Now, story: Story) -> bool:
    """At work, due on the next workday."""
    return _workdays_left(now, story) == 1 and _working(now, story)


def due_today(now: Now, story: Story) -> bool:
    """At work, due today; on days off nothing is."""
    return _workdays_left(now, story) == 0 and _working(now, story)


def overdue(now: Now, story: Story) -> bool:
    """At work, its deadline has passed."""
    return _workdays_left(now, story) < 0 and _working(now, story)


def returned(now: Now, story: Story) -> bool:
    """Given back by a unit that it was not meant for (the first share), and not yet decided."""
    wrong, heir = story.rounds[0].shares
    filed = office_between(now.random, wrong.at, now.at)
    heir.at = now.at + HOUR
    heir.run = now.unfinished(heir.at)
    if filed is not None:
        wrong.given_back = Petition(filed, heir.at, granted=True)
    return filed is not None


def extension(now: Now, story: Story) -> bool:
    """More time asked for, and not yet decided."""
    if _workdays_left(now, story) < 1 or not _working(now, story):
        return False
    run = _lead(story).run
    assert run is not None
    filed = now.lately(run.contacted)
    if filed is not None:
        _lead(story).run = replace(run, extension=Petition(filed, now.at + HOUR, granted=True))
    return filed is not None


def unit_audit(now: Now, story: Story) -> bool:
    """Replied; the unit's own audit is to come."""
    return _replied(now, story, ())


def audit(now: Now, story: Story) -> bool:
    """Replied and audited by the unit; the centre's audit is to come."""
    return _replied(now, story, (False,))


def sent_back(now: Now, story: Story) -> bool:
    """Sent back by the centre, to be replied again."""
    return _replied(now, story, (False, True))


def _replied(now: Now, story: Story, steps: tuple[bool, ...]) -> bool:
    """A reply of the last hours, and the steps after it: each in the unit's hours, or (True) in the centre's."""
    if not _working(now, story):
        return False
    run = _lead(story).run
    assert run is not None
    moments = [now.lately(run.contacted)]
    for centre in steps:
        moments.append(moments[-1] and office_between(now.random, moments[-1], now.at, centre=centre))
    if moments[-1] is None:
        return False
    replied, audited, verdict = (*moments, *(now.at + n * HOUR for n in (1, 2)))[:3]
    assert replied is not None
    assert audited is not None
    attempts = [Attempt(replied, audited, False, verdict, passed=len(steps) < 2)]
    if len(steps) == 2:
        attempts.append(Attempt(now.at + HOUR, now.at + 2 * HOUR, False, now.at + 3 * HOUR, passed=True))
    before = tuple(moment for moment in run.progress if moment < replied)
    _lead(story).run = replace(run, progress=before, inner=None, refused_return=None, attempts=tuple(attempts))
    return run.refused_return is None


def second(now: Now, story: Story) -> bool:
    """The caller was not content; a second round, at work."""
    share = _lead(story)
    share.run = course.run(now.random, share.at, before=now.at - 30 * HOUR)
    at = by_day(now.random, advance(share.run.passed, now.random.uniform(60, 900), centre=True))
    story.rounds[0].calls.append(Call("district", at, process=True, result=False))
    again = Share("lead", advance(at, now.random.uniform(5, 60), centre=True), unit=share.unit)
    again.run = now.unfinished(again.at)
    story.rounds.append(Round([again], opened="order.rehandled"))
    return again.run.signed < now.at < again.run.attempts[0].replied


def third(now: Now, story: Story) -> bool:
    """The caller was not content twice; a third round, at work."""
    share, latest = _lead(story), (now.at - 100 * HOUR, now.at - 30 * HOUR)
    for before in latest:
        share.run = course.run(now.random, share.at, before=before, urgent=True)
        at = by_day(now.random, advance(share.run.passed, now.random.uniform(60, 600), centre=True))
        story.rounds[-1].calls.append(Call("district", at, process=True, result=False))
        share = Share("lead", advance(at, now.random.uniform(5, 60), centre=True), unit=share.unit)
        story.rounds.append(Round([share], opened="order.rehandled"))
    share.run = now.unfinished(share.at)
    return share.run.signed < now.at < share.run.attempts[0].replied


def assisted(now: Now, story: Story) -> bool:
    """At work, with an assisting unit."""
    helper = story.rounds[0].shares[1]
    if not _working(now, story) or helper.at > now.at:
        return False
    lengths.fill_round(now.random, story.rounds[0])
    return True


def answered(now: Now, story: Story) -> bool:
    """Answered on the line a few minutes later."""
    return True


redirected = answered


def closed(now: Now, story: Story) -> bool:
    """Closed, not yet called back."""
    share = _lead(story)
    share.run = course.run(now.random, share.at, before=now.at, urgent=story.urgent)
    return True


def tried(now: Now, story: Story) -> bool:
    """Closed; nobody answered when the centre called."""
    closed(now, story)
    part = story.rounds[0]
    at = between(now.random, part.passed, now.at)
    part.calls.append(Call("district", now.at + HOUR, tries=(at,)))
    return calling(at)


def called(now: Now, story: Story) -> bool:
    """Called back by the county or the city; now and then the caller is not content."""
    return _called(now, story, content=now.random.random() < 0.93)


def unhappy(now: Now, story: Story) -> bool:
    """Called back, and the caller is not content: it is to be handled again."""
    return _called(now, story, content=False)


def _called(now: Now, story: Story, content: bool) -> bool:
    closed(now, story)
    part = story.rounds[0]
    at = between(now.random, part.passed, now.at)
    part.calls.append(Call("city" if now.random.random() < 0.4 else "district", at, content, content))
    return calling(at)
