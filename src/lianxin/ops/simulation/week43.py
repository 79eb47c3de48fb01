"""The play of weeks 42 and 43 of 2021 and what followed, so that the founding bulletin can be counted from it.

The week's 2,150 assignments are slots, each of a unit and either closed by the cut-off or not.  Slots are dealt to
the leads of the week's own orders, to assisting units, to orders of the week before that are dispatched late, and
to second rounds.  Invariants:
- a returned assignment that was approved in the week is not a slot: its successor is;
- an order with an open assisting slot has an open lead slot (the lead replies last);
- nothing after the cut-off changes what was known at the cut-off.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from lianxin.rules.worktime import SHANGHAI

from . import course
from .course import between
from .life import Life

SOURCE = Path(__file__).with_name("junan.toml")
WEEK = datetime(2021, 10, 25, tzinfo=SHANGHAI)
CUTOFF = WEEK + timedelta(days=7)
BEFORE = WEEK - timedelta(days=7)
#: After this a share dispatched in the week has no time left to be closed in it.
LAST_CHANCE = CUTOFF - timedelta(hours=8)
Path3 = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One assignment of the week: whose, and whether it is closed by the cut-off."""

    unit: str
    closed: bool


@dataclass(slots=True)
class Play:
    """The plan, its source and its dice."""

    plan: dict[str, Any]
    tree: list[Path3]
    random: Random
    lives: list[Life] = field(default_factory=list)
    #: unit -> (life, when its lead share passed), for call-backs to choose from
    passed: dict[str, list[tuple[Life, datetime]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def towns(self) -> list[str]:
        return [u["name"] for u in self.plan["unit"] if u["type"] == "town"]

    @property
    def units(self) -> list[str]:
        return [u["code"] for u in self.plan["unit"]]

    def town_of(self, unit: str) -> str:
        """Where a request for `unit` comes from: the town itself, or for a department any."""
        place = self.random.choice(self.towns)
        return next((u["name"] for u in self.plan["unit"] if u["code"] == unit and u["type"] == "town"), place)

    def life(self) -> Life:
        self.lives.append(Life(len(self.lives) + 1))
        return self.lives[-1]


def read_plan() -> dict[str, Any]:
    """The inputs of the play."""
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


def plan_weeks(tree: list[Path3], seed: int = 43) -> list[Life]:
    """All lives of both weeks, every one ended by the end of November.  The same seed gives the same play."""
    play = Play(read_plan(), tree, Random(seed))
    slots = _slots(play)
    leads, assists, late, seconds = _deal(play, slots)
    _week_before(play, late, seconds)
    _week(play, leads, assists)
    _call_back_by_the_city(play)
    _november(play)
    return play.lives


# --- dealing the slots --------------------------------------------------------------------------


def _slots(play: Play) -> list[Slot]:
    found = [Slot(u["code"], n < u["closed"]) for u in play.plan["unit"] for n in range(u["handled"])]
    play.random.shuffle(found)
    return found


def _deal(play: Play, slots: list[Slot]) -> tuple[list[Slot], list[Slot], list[Slot], list[Slot]]:
    """(leads, assists, late, seconds).  Of the assists no more are open than leads: open goes with open."""
    volume = play.plan["volume"]
    take = iter(slots)
    assists = [next(take) for _ in range(volume["assisting"])]
    late = [next(take) for _ in range(volume["carried_over"])]
    seconds = [next(take) for _ in range(volume["second_round"])]
    return list(take), assists, late, seconds


def _pair(play: Play, leads: list[Slot], assists: list[Slot]) -> list[tuple[Slot, Slot | None]]:
    """Each assist to a lead of another unit, an open one to an open lead; the other leads stay alone."""
    free = sorted(leads, key=lambda s: s.closed)  # open leads first
    play.random.shuffle(assists)
    pairs: list[tuple[Slot, Slot | None]] = []
    for helper in sorted(assists, key=lambda s: s.closed):
        fit = (n for n, s in enumerate(free) if s.unit != helper.unit and (helper.closed or not s.closed))
        pairs.append((free.pop(next(fit)), helper))
    pairs += [(lead, None) for lead in free]
    play.random.shuffle(pairs)
    return pairs


# --- the week before ----------------------------------------------------------------------------


def _week_before(play: Play, late: list[Slot], seconds: list[Slot]) -> None:
    random, total = play.random, play.plan["volume"]["before"]
    graded = [u["code"] for u in play.plan["unit"] if "callbacks" in u for _ in range(u["callbacks"][0])]
    for slot in late:
        at = BEFORE + timedelta(days=6, hours=20) + timedelta(minutes=random.randrange(230))
        life, requests = _registered(play, at, "help", slot.unit)
        start = WEEK + timedelta(hours=8, minutes=random.randrange(90))
        course.dispatch(life, start, slot.unit)
        _run(play, life, slot, start, requests)
    for slot in seconds:
        life, requests, passed = _first_round(play, slot.unit, latest=WEEK + timedelta(days=3))
        asked = between(random, max(passed, WEEK), WEEK + timedelta(days=6), 0.02, 0.6)
        course.called_back(life, asked, "district", slot.unit, process=True, result=False)
        start = asked + timedelta(minutes=random.randrange(5, 60))
        course.rehandled(life, start, slot.unit)
        _run(play, life, slot, start, requests)
    for code in graded:
        life, _, passed = _first_round(play, code, latest=WEEK + timedelta(days=2))
        play.passed[code].append((life, passed))
    weights = [u["handled"] for u in play.plan["unit"]]
    for _ in range(total - len(late) - len(seconds) - len(graded)):
        _first_round(play, random.choices(play.units, weights)[0], latest=WEEK + timedelta(days=9))


def _first_round(play: Play, unit: str, latest: datetime) -> tuple[Life, int, datetime]:
    """An order of the week before, dispatched in it and passed before `latest`."""
    random = play.random
    at = BEFORE + timedelta(days=random.randrange(6)) + course.hour_of_day(random)
    life, requests = _registered(play, at, random.choices(["help", "complaint", "report"], [68, 27, 5])[0], unit)
    start = _dispatched(random, at)
    course.dispatch(life, start, unit)
    end = between(random, start + timedelta(hours=5), min(latest, start + timedelta(days=7)), 0.05, 0.95)
    course.handle(life, random, unit, start, end, requests)
    return life, requests, end


def _registered(play: Play, at: datetime, cls: str, unit: str) -> tuple[Life, int]:
    random, life = play.random, play.life()
    path = random.choice(play.tree)
    requests = course.register(life, random, at, town=play.town_of(unit), path=path, cls=cls, source="city", upper=True)
    return life, requests


def _dispatched(random: Random, at: datetime) -> datetime:
    """A few minutes after registration; now and then it takes longer."""
    return at + timedelta(seconds=random.randrange(60, 290) if random.random() < 0.95 else random.randrange(400, 2400))


# --- the week itself ----------------------------------------------------------------------------


def _week(play: Play, leads: list[Slot], assists: list[Slot]) -> None:
    random, volume = play.random, play.plan["volume"]
    facts = _facts(play)
    ends = ["answered"] * volume["answered"] + ["redirected"] * volume["redirected"] + ["merged"] * volume["merged"]
    ends += ["later"] * volume["dispatched_later"]
    dispatched = volume["week"] - len(ends)
    times = sorted(WEEK + timedelta(days=random.randrange(7)) + course.hour_of_day(random) for _ in range(dispatched))
    # The latest orders take open slots only; all others whatever comes.
    pairs = sorted(_pair(play, leads, assists), key=lambda pair: pair[0].closed)
    tail = sum(at > LAST_CHANCE for at in times)
    last, rest = pairs[:tail], pairs[tail:]
    random.shuffle(rest)
    for at, (lead, helper), fact in zip(times, rest + last, facts, strict=False):
        _dispatched_order(play, min(at, CUTOFF - timedelta(minutes=50)), lead, helper, fact)
    mains = [life for life in play.lives if WEEK <= life.registered_at < LAST_CHANCE]
    for end, fact in zip(ends, facts[dispatched:], strict=True):
        _undispatched_order(play, end, fact, mains)


def _facts(play: Play) -> list[tuple[str, str, Path3]]:
    """(source, class, category path) of each order of the week, in random order, as counted out in the plan."""
    random, plan = play.random, play.plan
    leaves: dict[tuple[str, str], list[Path3]] = defaultdict(list)
    for path in play.tree:
        leaves[path[0], path[1]].append(path)
    paths = [
        random.choice(leaves[root, topic])
        for root, topics in plan["topics"].items()
        for topic, number in topics.items()
        for _ in range(number)
    ]
    others = sorted({path[0] for path in play.tree} - plan["topics"].keys())
    by_root = {root: [path for path in play.tree if path[0] == root] for root in others}
    paths += [random.choice(by_root[others[n % len(others)]]) for n in range(plan["volume"]["week"] - len(paths))]
    sources = [code for code, number in plan["sources"].items() for _ in range(number)]
    classes = [code for code, number in plan["classes"].items() for _ in range(number)]
    for column in (paths, sources, classes):
        random.shuffle(column)
    return list(zip(sources, classes, paths, strict=True))


def _dispatched_order(play: Play, at: datetime, lead: Slot, helper: Slot | None, fact: tuple[str, str, Path3]) -> None:
    random, life = play.random, play.life()
    source, cls, path = fact
    requests = course.register(
        life, random, at, town=play.town_of(lead.unit), path=path, cls=cls, source=source, upper=True
    )
    start = _dispatched(random, at)
    if helper is None and random.random() < 0.02 and at < LAST_CHANCE - timedelta(hours=6):
        wrong = random.choice([u for u in play.units if u != lead.unit])
        course.dispatch(life, start, wrong)
        decided = start + timedelta(minutes=random.randrange(40, 300))
        course.returned(life, random, wrong, start, decided, lead.unit)
        start = decided
    else:
        course.dispatch(life, start, lead.unit, helper.unit if helper else None)
    end = _run(play, life, lead, start, requests, hold=helper is not None and not helper.closed)
    if helper is not None:
        given = between(random, start, min(end, CUTOFF), 0.3, 0.9) if helper.closed else _between_cutoff(random, end)
        course.assist(life, random, helper.unit, start, given)


def _between_cutoff(random: Random, end: datetime) -> datetime:
    return between(random, CUTOFF, end, 0.1, 0.9)


def _run(play: Play, life: Life, slot: Slot, start: datetime, requests: int, *, hold: bool = False) -> datetime:
    """A lead's share of the week from `start`: passed before the cut-off or only after it, as its slot says."""
    random = play.random
    if slot.closed and not hold:
        end = between(random, start + timedelta(hours=3), min(CUTOFF, start + timedelta(days=5)), 0.05, 0.97)
    else:
        end = between(random, max(CUTOFF, start + timedelta(hours=6)), CUTOFF + timedelta(days=11), 0.05, 0.95)
    back = random.random() < 0.03
    course.handle(life, random, slot.unit, start, end, requests, sent_back=back)
    play.passed[slot.unit].append((life, end))
    return end


def _undispatched_order(play: Play, end: str, fact: tuple[str, str, Path3], mains: list[Life]) -> None:
    random, life = play.random, play.life()
    source, cls, path = fact
    at = WEEK + timedelta(days=random.randrange(6)) + course.hour_of_day(random)
    if end == "later":
        at = CUTOFF - timedelta(minutes=random.randrange(3, 40))
    if end == "merged":
        main = random.choice(mains)
        at = main.registered_at + timedelta(seconds=random.randrange(5, 50))
    requests = course.register(
        life, random, at, town=random.choice(play.towns), path=path, cls=cls, source=source, upper=True
    )
    soon = at + timedelta(minutes=random.randrange(2, 6))
    if end == "answered":
        life.add(soon, "agent", "order.answered", told="已依据有关政策在线答复诉求人，诉求人表示清楚。")
    elif end == "redirected":
        reason = "诉求涉及已进入司法程序的事项，不属热线受理范围。"
        told = "已告知诉求人向市人大常委会或上一级司法机关反映。"
        life.add(soon, "agent", "order.redirected", code="R2", target="上一级司法机关", reason=reason, told=told)
    elif end == "merged":
        soon = at + timedelta(seconds=8)
        life.add(soon, "dispatcher", "order.merged", other=main.number, note="与在办工单为同一诉求，并单办理。")
        ended = max(step.at for step in main.steps) + timedelta(hours=2)
        life.add(ended, "callback", "order.closed", result="solved", told="已将主单办理结果告知诉求人。")
    else:
        start, unit = CUTOFF + timedelta(hours=8, minutes=random.randrange(30)), random.choice(play.units)
        course.dispatch(life, start, unit)
        course.handle(life, random, unit, start, start + timedelta(days=random.randrange(1, 5)), requests)


# --- call-backs and what came after the cut-off -------------------------------------------------


def _call_back_by_the_city(play: Play) -> None:
    """The city's call-backs finished in the week, unit by unit; each on an order of its own that had passed."""
    random = play.random
    for unit in play.plan["unit"]:
        total, process, result = unit.get("callbacks", (0, 0, 0))
        ready = [(life, at) for life, at in play.passed[unit["code"]] if at < CUTOFF - timedelta(hours=6)]
        for n, (life, passed) in enumerate(ready[:total]):
            at = between(random, max(passed, WEEK), CUTOFF, 0.1, 0.9)
            course.called_back(life, at, "city", unit["code"], process=n < process, result=n < result)


def _november(play: Play) -> None:
    """The county's own call-backs, second rounds, corrections and exclusions, all after the cut-off."""
    random = play.random
    start = CUTOFF + timedelta(days=12)
    done = [(unit, life) for unit, found in play.passed.items() for life, _ in found]
    random.shuffle(done)
    for n, (unit, life) in enumerate(done[:400]):
        at = start + timedelta(days=random.randrange(5), hours=9, minutes=random.randrange(480))
        course.called_back(life, at, "district", unit, process=True, result=n >= 40)
        if n < 40:
            again = at + timedelta(hours=1)
            course.rehandled(life, again, unit)
            requests = len(life.steps[0].payload["requests"])
            course.handle(life, random, unit, again, again + timedelta(days=random.randrange(1, 4)), requests)
    for n, (_, life) in enumerate(done[400:440]):
        at = CUTOFF + timedelta(days=2, hours=9, minutes=n)
        if n < 25:
            path = random.choice(play.tree)
            life.add(at, "dispatcher", "order.corrected", category=path, cls="suggestion", note="复核更正。")
        else:
            life.add(at, "supervisor", "order.excluded", excluded=True, reason="诉求无事实依据，经审核剔除。")
