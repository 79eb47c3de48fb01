"""The structure of the two weeks: what comes in when, how it goes, and which shares are dispatched when.

Units, texts and the length of the handling come later (slots, facts, lengths).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from . import course
from .hours import advance, arrivals, at_night, between, dispatched, lasting
from .slots import close_by_time
from .source import Source
from .story import BEFORE, CUTOFF, WEEK, Call, Round, Share, Story

FRIDAY_NOON = timedelta(days=4, hours=12)
#: Of an ordinary week: returned, with an assisting unit, dual, answered on the line, withdrawn.
ORDINARY = {"returned": 0.05, "assist": 0.07, "dual": 0.02, "answered": 0.05, "withdrawn": 0.005}


class Pool:
    """Stories whose way is still open; each is drawn once."""

    def __init__(self, random: Random, stories: list[Story]) -> None:
        self.random, self.free = random, list(stories)

    def draw(self, number: int, fit: Callable[[Story], bool] = lambda story: True) -> list[Story]:
        """`number` of those that fit, in order of time."""
        drawn = self.random.sample([story for story in self.free if fit(story)], number)
        taken = {id(story) for story in drawn}
        self.free = [story for story in self.free if id(story) not in taken]
        return sorted(drawn, key=lambda story: story.registered)


def build(source: Source, random: Random) -> list[Story]:
    """Both weeks; exactly the week's shares are counted and exactly those closed that should be."""
    week = _week(source, random)
    before = _before(source, random)
    handled = sum(unit.week[0] for unit in source.units)
    missing = handled - sum(share.of_the_week for story in week + before for share in story.shares)
    ready = [s for s in before if len(s.shares) == 1 and s.registered < WEEK - timedelta(days=1) and s.end == "handled"]
    for story in random.sample(ready, missing):
        go_round_again(random, story, by=WEEK + timedelta(days=3, hours=20))
    _name_the_ungrateful(source, random, [story for story in before if len(story.rounds) > 1])
    _name_the_pleased(source, random, [story for story in ready if len(story.rounds) == 1])
    _close(source, random, week + before)
    return week + before


def _sunday_night(random: Random, monday: datetime) -> datetime:
    return monday + timedelta(days=6, hours=22, minutes=random.randrange(5, 115), seconds=random.randrange(60))


def _week(source: Source, random: Random) -> list[Story]:
    v, days = source.volume, source.raw["days"]["week"]
    stories = [Story(at) for at in arrivals(random, WEEK, v["week"] - v["dispatched_later"], days)]
    late = [Story(_sunday_night(random, WEEK)) for _ in range(v["dispatched_later"])]
    pool = Pool(random, stories)
    for end in ("answered", "redirected"):
        for story in pool.draw(v[end]):
            story.end = end
    wednesday = WEEK + timedelta(days=2)
    for story in pool.draw(v["merged"], lambda s: s.registered > wednesday and not at_night(s.registered)):
        story.end = "merged"
    for story in pool.draw(v["withdrawn_early"], lambda s: s.registered.hour in range(8, 20)):
        story.end, story.withdrawn = "withdrawn", story.registered + timedelta(seconds=random.randrange(60, 200))
    for story in pool.free + late:
        story.rounds = [Round([Share("lead", dispatched(random, story.registered))])]
    for story in pool.draw(v["withdrawn_late"], lambda s: s.registered < CUTOFF - timedelta(days=2)):
        story.end, story.withdrawn = "withdrawn", advance(story.rounds[0].shares[0].at, lasting(random, 150))
    _returns(source, random, pool)
    _pairs(source, random, pool)
    for story in pool.draw(v["second_round"], lambda s: s.registered < WEEK + timedelta(days=2)):
        go_round_again(random, story, by=WEEK + timedelta(days=4, hours=12))
    return sorted(stories + late, key=lambda story: story.registered)


def _returns(source: Source, random: Random, pool: Pool) -> None:
    v = source.volume
    saturday = WEEK + timedelta(days=5, hours=12)
    for times, name in ((1, "returned"), (2, "returned_twice")):
        until = saturday if times == 1 else WEEK + timedelta(days=3)
        for story in pool.draw(v[name], lambda s, until=until: s.registered < until):  # type: ignore[misc]
            for _ in range(times):
                send_on(random, story.rounds[0])
    for story in pool.draw(v["returned_later"], lambda s: s.registered > WEEK + FRIDAY_NOON):
        send_on(random, story.rounds[0], not_before=CUTOFF + timedelta(hours=8))


def send_on(random: Random, part: Round, *, not_before: datetime | None = None) -> None:
    """The last share is given back and the next one made of it."""
    last = part.shares[-1]
    last.given_back = course.give_back(random, last.at, not_before=not_before)
    part.shares.append(Share("lead", last.given_back.decided))


def _pairs(source: Source, random: Random, pool: Pool) -> None:
    v = source.volume
    in_time = WEEK + timedelta(days=6, hours=14)
    for story in pool.draw(v["dual"], lambda s: s.registered < in_time):
        make_dual(story.rounds[0])
    for number, name in ((1, "one_assist"), (2, "two_assists")):
        for story in pool.draw(v[name], lambda s: s.registered < in_time):
            for _ in range(number):
                call_in(random, story.rounds[0])


def make_dual(part: Round) -> None:
    """Territory and trade both reply."""
    part.shares[0].role = "dual"
    part.shares.append(Share("dual", part.shares[0].at))


def call_in(random: Random, part: Round) -> None:
    """An assisting unit, named at dispatch, or added some time later on the first days of the week."""
    lead = part.shares[0]
    early = lead.at.weekday() < 4 and len(part.shares) == 1
    if early and random.random() < 0.35:
        part.shares.append(Share("assist", advance(lead.at, random.uniform(60, 240)), added=True))
    else:
        part.shares.append(Share("assist", lead.at))


def go_round_again(random: Random, story: Story, *, by: datetime) -> None:
    """The first round ends before `by`; called back in the week the caller is not content; a second round begins."""
    first = story.rounds[0].main
    first.closed = True if first.of_the_week else None
    first.run = course.run(random, first.at, before=by)
    start = max(first.run.passed + timedelta(hours=2), WEEK + timedelta(hours=9))
    at = between(random, start, CUTOFF - timedelta(hours=5))
    content = random.random() < 0.6
    story.rounds[0].calls.append(Call("district", at, process=content, result=False))
    again = at + timedelta(minutes=random.randrange(8, 58))
    story.rounds.append(Round([Share("lead", again)], opened="order.rehandled"))


def _before(source: Source, random: Random) -> list[Story]:
    """The week before: an ordinary one, of which some reaches into the week as the source says."""
    v, days = source.volume, source.raw["days"]["before"]
    stories = [Story(at) for at in arrivals(random, BEFORE, v["before"] - v["carried_over"], days)]
    late = [Story(_sunday_night(random, BEFORE)) for _ in range(v["carried_over"])]
    pool = Pool(random, stories)
    for story in pool.draw(round(len(stories) * ORDINARY["answered"])):
        story.end = "answered"
    for story in pool.free + late:
        story.rounds = [Round([Share("lead", dispatched(random, story.registered))])]
    for story in pool.draw(v["carried_return"], lambda s: s.registered > BEFORE + FRIDAY_NOON):
        send_on(random, story.rounds[0], not_before=WEEK + timedelta(hours=8))
    for name, fate in (("returned", send_on), ("assist", call_in), ("dual", lambda _, part: make_dual(part))):
        for story in pool.draw(
            round(len(stories) * ORDINARY[name]), lambda s: s.registered < BEFORE + timedelta(days=4)
        ):
            fate(random, story.rounds[0])
    for story in pool.draw(round(len(stories) * ORDINARY["withdrawn"])):
        story.end, story.withdrawn = "withdrawn", advance(story.rounds[0].shares[0].at, lasting(random, 150))
    return sorted(stories + late, key=lambda story: story.registered)


def _name_the_ungrateful(source: Source, random: Random, stories: list[Story]) -> None:
    """Where the city heard in the week that nothing was solved, the order went round again."""
    units = [unit for unit in source.units for _ in range(unit.city[0] - unit.city[2])]
    for unit, story in zip(units, random.sample(stories, len(units)), strict=True):
        story.rounds[0].main.unit = unit.code
        call = story.rounds[0].calls[0]
        call.layer, call.process = "city", True


def _name_the_pleased(source: Source, random: Random, stories: list[Story]) -> None:
    """Every unit that the city asks about has had orders in the week before."""
    units = [unit for unit in source.units for _ in range(unit.city[2] and unit.city[2] + 1)]
    for unit, story in zip(units, random.sample(stories, len(units)), strict=True):
        story.rounds[0].main.unit = unit.code


def _close(source: Source, random: Random, stories: list[Story]) -> None:
    """Decide which shares of the week are closed by the cut-off."""
    groups: list[list[Share]] = []
    first = source.volume["assist_first"]
    for story in stories:
        counted = [share for share in story.shares if share.of_the_week and share.closed is None]
        assisted = len(counted) > 1 and any(share.role == "assist" for share in counted)
        if story.end == "withdrawn":
            for share in counted:
                share.closed = False
        elif assisted and first and counted[0].at < CUTOFF - timedelta(days=2):
            first -= 1
            for share in counted:
                share.closed = share.role == "assist"
        elif assisted:
            groups.append(counted)
        else:
            groups += [[share] for share in counted if not _later(share)]
            for share in counted:
                share.closed = False if _later(share) else None
    done = sum(bool(share.closed) for story in stories for share in story.shares if share.of_the_week)
    wanted = sum(unit.week[1] for unit in source.units)
    close_by_time(random, groups, wanted - done, source.raw["days"]["closed"])


def _later(share: Share) -> bool:
    return share.given_back is not None
