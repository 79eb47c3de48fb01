"""节假日值班表: for a public holiday who of each unit is on duty, who stands in, by which telephone, and which limits
run meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lianxin.directory import rosters, staffing
from lianxin.directory.lines import UnitLine
from lianxin.directory.models import Roster, Shift, Staff
from lianxin.directory.rosters import Hole
from lianxin.rules.policy import Pack
from lianxin.rules.worktime import Calendar, DayMark, Span, end_of_day

from .seats import Seat

#: The longest holiday is shorter; and so far ahead the next are looked for, and so many offered.
_LONGEST, _AHEAD, _OFFERED = timedelta(days=15), timedelta(days=400), 4
#: Whose it is where no roster says so, and who stands in: at the centre, in a unit.
_CENTRE, _UNIT = ("supervisor", "leader"), ("clerk", "hotline_deputy", "principal")


@dataclass(frozen=True, slots=True)
class Holiday:
    """Consecutive days off of which one at least is a public holiday."""

    name: str
    first: date
    last: date

    @property
    def start(self) -> datetime:
        return end_of_day(self.first - timedelta(days=1))

    @property
    def end(self) -> datetime:
        return end_of_day(self.last)

    @property
    def in_words(self) -> str:
        """`元旦 1月1日至3日`."""
        last = f"{self.last.month}月{self.last.day}日" if self.last.month != self.first.month else f"{self.last.day}日"
        until = "" if self.first == self.last else f"至{last}"
        return f"{self.name} {self.first.month}月{self.first.day}日{until}"


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A unit during a holiday; `gaps`: when nobody is on duty."""

    unit: UnitLine
    people: tuple[str, ...]
    deputies: tuple[str, ...]
    gaps: tuple[str, ...]


def coming(calendar: Calendar, today: date) -> list[Holiday]:
    """The holiday that runs and the next ones, the earliest first."""
    found: list[Holiday] = []
    run: list[DayMark] = []
    for mark in calendar.days(today - _LONGEST, today + _AHEAD):
        if not mark.workday:
            run.append(mark)
            continue
        name = next((day.name for day in run if day.kind == "holiday"), "")
        if name and run[-1].day >= today:
            found.append(Holiday(name, run[0].day, run[-1].day))
        run = []
    return found[:_OFFERED]


def limits(pack: Pack) -> tuple[list[str], list[str]]:
    """(those that run on during days off, those that stand still), each with how long it is."""
    rules = [(rule.title, rule.allow) for rule in pack.clocks] + [(rule.title, rule.allow) for rule in pack.tasks]
    spans = [(title, span) for title, span in rules if isinstance(span, Span)]
    still = [f"{title}（{span}）" for title, span in spans if span.unit == "workday" or span.office]
    running = [f"{title}（{span}）" for title, span in spans if not (span.unit == "workday" or span.office)]
    return list(dict.fromkeys(running)), list(dict.fromkeys(still))


def units(seat: Seat) -> list[UnitLine]:
    """Those on the sheet: the centre and the units that must have people of their own; of a unit its own alone."""
    if seat.in_unit:
        return [seat.unit]
    asked = [unit for unit in seat.directory.units.values() if staffing.asked(seat.directory, unit)]
    return [seat.directory.root, *asked]


def sheet(seat: Seat, holiday: Holiday, chosen: Sequence[UnitLine]) -> list[OnDuty]:
    """A line for each of these units, in four queries however many they are."""
    posts = {post.id: post.unit for post in seat.directory.posts.values()}
    found = Roster.objects.filter(centre=seat.directory.centre_id, state=Roster.State.IN_FORCE)
    found = found.filter(post__unit__in=[unit.id for unit in chosen])
    running = {roster.pk: roster for roster in found.filter(start__lt=holiday.end, until__gt=holiday.start)}
    shifts = Shift.objects.filter(roster__in=running, withdrawn=False)
    shifts = shifts.filter(start__lt=holiday.end, until__gt=holiday.start).order_by("start", "id")
    have: dict[int, dict[int, None]] = defaultdict(dict)
    for roster, staff in shifts.values_list("roster", "staff"):
        have[posts[running[roster].post_id]][staff] = None
    torn: dict[int, list[str]] = defaultdict(list)
    for hole in rosters.holes(running, holiday.start) if running else ():
        if hole.start < holiday.end:
            torn[posts[running[hole.roster].post_id]].append(_gap(hole))
    rostered = {posts[roster.post_id] for roster in running.values()}
    lines = [(unit, *_people(seat, unit, holiday, have.get(unit.id, {}))) for unit in chosen]
    phones = dict(
        Staff.objects.filter(pk__in={who for _, mine, others in lines for who in (*mine, *others)}).values_list(
            "pk", "phone"
        )
    )
    return [
        OnDuty(
            unit,
            _named(seat, mine, phones),
            _named(seat, others, phones),
            tuple(torn[unit.id] if unit.id in rostered else [] if mine else ["整个假期没有人值班"]),
        )
        for unit, mine, others in lines
    ]


def _gap(hole: Hole) -> str:
    return f"{hole.in_words} 没有人值班"


def _people(seat: Seat, unit: UnitLine, holiday: Holiday, shifts: Iterable[int]) -> tuple[list[int], list[int]]:
    """(who is on duty, who stands in): by the rosters, else whoever of its posts is there the whole time."""
    roles = _CENTRE if unit.parent is None else _UNIT
    crew = [
        who for role in roles for post in seat.directory.posts_at(unit.id, role) for who in seat.directory.crew(post.id)
    ]
    there = [who for who in dict.fromkeys(crew) if _there(seat, who, holiday)]
    mine = [who for who in shifts if seat.directory.staff[who].active] or there[:1]
    return mine, [who for who in there if who not in mine]


def _there(seat: Seat, staff: int, holiday: Holiday) -> bool:
    spans = seat.directory.absences.get(staff, ())
    away = any(start < holiday.end and (end is None or end > holiday.start) for start, end in spans)
    return seat.directory.staff[staff].active and not away


def _named(seat: Seat, people: Iterable[int], phones: Mapping[int, str]) -> tuple[str, ...]:
    """`张三 0539-7212345`."""
    staff = seat.directory.staff
    return tuple(f"{staff[who].name} {phones.get(who) or '（未登记电话）'}" for who in people)
