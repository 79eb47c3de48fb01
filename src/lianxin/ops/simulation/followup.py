"""What follows when a share has passed: call-backs of the county and of the city, second rounds, second thoughts.

Invariants: the city's call-backs finished in the week are those of the source, unit by unit; no second round begins
in the week but those that `weeks.py` planned; nothing after the cut-off changes what was known at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from . import course
from .hours import advance, between, by_day, calling
from .lengths import fill_round
from .source import Source
from .story import CUTOFF, WEEK, Call, Change, Round, Share, Story, units_of
from .weeks import Pool

#: What share of closed orders the county calls back, the city calls back; how many do not answer; who is not content.
COUNTY, CITY, UNREACHED, UPSET = 0.42, 0.05, 0.07, 0.09
#: The last day on which a second round may begin: all has ended by the end of November.
LAST_ROUND = datetime(2021, 11, 17, tzinfo=WEEK.tzinfo)


def call_back(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """All call-backs; and the rounds that those after the week open."""
    handled = [story for story in stories if story.end == "handled"]
    city = _of_the_city(source, random, handled)
    for story in handled:
        if id(story) in city:
            continue
        call = _later_call(random, story.rounds[-1].passed)
        if call is None:
            continue
        in_week = WEEK <= call.at < CUTOFF
        if in_week and call.layer == "city":
            call.layer = "district"
        if call.result is False and (in_week or call.at > LAST_ROUND):
            call.result = True
        story.rounds[-1].calls.append(call)
        if call.result is False:
            _again(random, story, call)


def _of_the_city(source: Source, random: Random, handled: Sequence[Story]) -> set[int]:
    """The city's call-backs in the week: each on an order of one unit that had passed in time."""
    drawn: set[int] = set()
    for unit in source.units:
        graded, process, result = unit.city
        fit = [
            story
            for story in handled
            if len(story.rounds) == 1
            and len(story.shares) == 1
            and story.rounds[0].main.unit == unit.code
            and story.rounds[0].passed < CUTOFF - timedelta(hours=12)
        ]
        # Those with whom nothing was solved have gone round again: they are in the weeks' plan.
        for n, story in enumerate(random.sample(fit, result)):
            start = max(story.rounds[0].passed + timedelta(hours=2), WEEK + timedelta(hours=9))
            at = between(random, start, CUTOFF - timedelta(hours=4))
            story.rounds[0].calls.append(Call("city", at, process=n < process - (graded - result), result=True))
            drawn.add(id(story))
    return drawn


def _later_call(random: Random, passed: datetime) -> Call | None:
    """The county's call-back one to four days after closing, or the city's a week or two later, or none."""
    kind = random.random()
    if kind < COUNTY:
        at, layer = by_day(random, advance(passed, random.uniform(120, 2400), centre=True)), "district"
    elif kind < COUNTY + CITY:
        at, layer = by_day(random, advance(passed, random.uniform(3000, 9000), centre=True)), "city"
    else:
        return None
    if layer == "district" and random.random() < UNREACHED:
        tries = (at, by_day(random, at + timedelta(hours=random.uniform(3, 26))))
        return Call(layer, by_day(random, tries[-1] + timedelta(hours=random.uniform(3, 26))), None, None, tries)
    tried = between(random, at - timedelta(hours=20), at)
    upset = random.random() < UPSET
    content = random.random() < (0.55 if upset else 0.95)
    return Call(layer, at, content, not upset, (tried,) if random.random() < 0.15 and tried > passed else ())


def _again(random: Random, story: Story, call: Call) -> None:
    """A second round after the week, by the unit of the first, faster than the first."""
    start = call.at + timedelta(minutes=random.randrange(8, 58))
    share = Share("lead", start, unit=story.rounds[-1].main.unit)
    story.rounds.append(Round([share], opened="order.rehandled"))
    share.run = course.run(random, start, pace=0.8)
    at = by_day(random, advance(story.rounds[-1].passed, random.uniform(200, 1500), centre=True))
    story.rounds[-1].calls.append(Call("district", at, True, True))


def reopen(source: Source, random: Random, stories: Sequence[Story], number: int = 3) -> None:
    """A few that were answered on the line need a unit after all, some days after the week."""
    answered = [story for story in stories if story.end == "answered" and story.registered > WEEK]
    for story in random.sample(answered, number):
        at = advance(CUTOFF + timedelta(days=random.randrange(1, 8), hours=9), random.uniform(10, 300), centre=True)
        unit = next((u.code for u in source.departments if story.topic in u.topics), "shizilu")
        story.rounds = [Round([Share("lead", at + timedelta(minutes=12), unit=unit)], opened="order.reopened")]
        fill_round(random, story.rounds[0])


def think_again(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """Corrections soon after registration, which the bulletin follows; corrections and exclusions in November."""
    plan = source.raw["afterthoughts"]
    mains = {id(story.twin) for story in stories if story.twin}
    week = [s for s in stories if s.registered >= WEEK and s.end == "handled" and id(s) not in mains]
    pool = Pool(random, week)
    for story in pool.draw(
        plan["corrected_soon"], lambda s: _corrigible(source, s, "category") and calling(s.registered)
    ):
        assert story.matter is not None
        story.first_path = source.taken_for(story.matter)
        at = max(story.registered, WEEK) + timedelta(minutes=random.randrange(3, 100))
        story.changes.append(Change(min(at, CUTOFF - timedelta(seconds=5)), "category", story.matter.path))
    for what in ("category", "cls", "area"):
        for story in pool.draw(plan[f"corrected_{what}"], lambda s, what=what: _corrigible(source, s, what)):  # type: ignore[misc]
            story.changes.append(Change(_in_november(random), what, _other(source, random, story, what)))
    # The city's own call-backs among them: what is excluded later does not change what the week knew.
    by_city = {id(s) for s in week for part in s.rounds for c in part.calls if c.layer == "city" and c.at < CUTOFF}
    for story in pool.draw(3, lambda s: id(s) in by_city) + pool.draw(plan["excluded"] - 3):
        story.changes.append(Change(_in_november(random), "excluded"))


def supplement(random: Random, stories: Sequence[Story], share: float = 0.02) -> None:
    """Now and then a caller rings again while his order is handled."""
    for story in stories:
        if story.end == "handled" and random.random() < share:
            main = story.rounds[0].main
            assert main.run is not None
            moment = main.run.contacted + (main.run.attempts[0].replied - main.run.contacted) * random.random()
            if 8 <= moment.hour < 22:
                story.supplemented = moment.replace(microsecond=0)


def _in_november(random: Random) -> datetime:
    return CUTOFF + timedelta(days=random.randrange(1, 12), hours=random.randrange(9, 17), minutes=random.randrange(60))


def _corrigible(source: Source, story: Story, what: str) -> bool:
    """Whether one could see it otherwise: a category near it; a place between two towns that neither handles."""
    assert story.matter is not None
    if what == "category":
        return source.taken_for(story.matter) is not None
    return what == "cls" or (story.matter.place in "rv" and not any(unit.town for unit in units_of(source, story)))


def _other(source: Source, random: Random, story: Story, what: str) -> str | tuple[str, ...]:
    assert story.matter is not None
    if what == "category":
        return source.taken_for(story.matter) or story.matter.path
    if what == "area":
        return random.choice([unit.name for unit in source.towns if unit.name != story.area])
    return "complaint" if story.cls in ("help", "suggestion") else "help"


def tell_repeats(random: Random, stories: Sequence[Story]) -> None:
    """Whose request repeats another's hears how that ended, soon after."""
    for story in stories:
        if story.twin:
            at = story.twin.rounds[0].passed + timedelta(minutes=random.randrange(6, 60))
            story.told = by_day(random, at)
