"""班表: a week of the rosters in force, who is on duty on which day for which post, and where nobody is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.urls import reverse

from lianxin.directory import rosters
from lianxin.directory.models import Roster, Shift
from lianxin.directory.rosters import Hole
from lianxin.oversight import shift_holes
from lianxin.rules.periods import Period
from lianxin.rules.worktime import SHANGHAI, DayMark

from .seats import Seat

DAY = timedelta(days=1)
#: So many rosters stand on one page.
PAGE = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A shift on a day, or a hole in it: from when until when, which team, who; where the hole is told of."""

    hours: str
    team: str = ""
    people: str = ""
    #: of them those who have registered that they are away
    away: str = ""
    hole: bool = False
    url: str = ""
    mine: bool = False

    @property
    def in_words(self) -> str:
        """`08:00—16:00 一队 张三、李四`."""
        away = f"（{self.away}已离岗）" if self.away else ""
        return (
            " ".join(part for part in (self.hours, self.team, "无人值班" if self.hole else self.people) if part) + away
        )


@dataclass(frozen=True, slots=True)
class Day:
    """A column: a day, whether it is today, and of a public holiday its name."""

    day: date
    title: str
    today: bool
    holiday: str


@dataclass(frozen=True, slots=True)
class Row:
    """A roster: its post, and what is on each day of the week."""

    title: str
    kind: str
    cells: tuple[tuple[Day, tuple[Line, ...]], ...]

    @property
    def torn(self) -> bool:
        return any(line.hole for _, lines in self.cells for line in lines)


@dataclass
class Board:
    """A week, for one seat."""

    seat: Seat
    week: Period
    _running: dict[int, Roster] = field(default_factory=dict, init=False)

    def rosters(self) -> list[Roster]:
        """Those in force of this week that the seat looks after: of the whole centre, or of its own unit."""
        start, end = self.week.start, self.week.end
        found = Roster.objects.filter(centre=self.seat.directory.centre_id, state=Roster.State.IN_FORCE)
        if self.seat.in_unit:
            found = found.filter(post__unit__in=self.seat.directory.within(self.seat.post.unit))
        found = found.filter(start__lt=end, until__gt=start)
        return list(found.order_by("post__unit__position", "post__unit", "post", "start"))

    @property
    def days(self) -> list[Day]:
        today = self.seat.now.astimezone(SHANGHAI).date()
        marks = self.seat.calendar.days(self.week.first, self.week.last)
        return [Day(mark.day, f"{mark.day:%m-%d} {mark.weekday}", mark.day == today, _named(mark)) for mark in marks]

    def rows(self, chosen: Sequence[Roster]) -> list[Row]:
        """A row for each, in three queries."""
        shifts, holes = self._shifts(chosen), self._holes(chosen)
        return [self._row(roster, shifts.get(roster.pk, []), holes.get(roster.pk, [])) for roster in chosen]

    def mine(self) -> list[tuple[Day, tuple[Line, ...]]]:
        """The shifts of the person himself, by day; the days on which he has one."""
        own = Shift.objects.filter(staff=self.seat.staff, roster__state=Roster.State.IN_FORCE, withdrawn=False)
        found = list(own.filter(start__lt=self.week.end, until__gt=self.week.start).select_related("roster"))
        cells = [(day, tuple(self._lines(found, [], day.day, named=True))) for day in self.days]
        return [(day, lines) for day, lines in cells if lines]

    def _shifts(self, chosen: Sequence[Roster]) -> Mapping[int, list[Shift]]:
        week = Shift.objects.filter(roster__in=chosen, withdrawn=False)
        by_roster: dict[int, list[Shift]] = defaultdict(list)
        for shift in week.filter(start__lt=self.week.end, until__gt=self.week.start).order_by("start", "id"):
            by_roster[shift.roster_id].append(shift)
        return by_roster

    def _holes(self, chosen: Sequence[Roster]) -> Mapping[int, list[tuple[Hole, str]]]:
        by_roster: dict[int, list[tuple[Hole, str]]] = defaultdict(list)
        found = [hole for hole in rosters.holes([r.pk for r in chosen], self.week.start) if hole.start < self.week.end]
        told = shift_holes.told(self.seat.proceedings) if found else {}
        for hole in found:
            by_roster[hole.roster].append((hole, told.get((hole.roster, hole.until), "")))
        return by_roster

    def _row(self, roster: Roster, shifts: Sequence[Shift], holes: Sequence[tuple[Hole, str]]) -> Row:
        post = self.seat.directory.posts[roster.post_id]
        cells = tuple((day, tuple(self._lines(shifts, holes, day.day))) for day in self.days)
        return Row(self.seat.label(post), str(roster.get_kind_display()), cells)

    def _lines(
        self, shifts: Iterable[Shift], holes: Iterable[tuple[Hole, str]], day: date, *, named: bool = False
    ) -> list[Line]:
        """What is on that day, the earliest first: a shift stands on the day on which it begins, what is longer than a
        day on each."""
        teams: dict[tuple[datetime, datetime, str], list[Shift]] = defaultdict(list)
        for shift in shifts:
            if self._stands(shift.start, shift.until, day):
                teams[shift.start, shift.until, shift.team].append(shift)
        found = [(start, self._line(members, day, named=named)) for (start, _, _), members in teams.items()]
        for hole, number in holes:
            if self._stands(hole.start, hole.until, day):
                url = reverse("desk:proceeding", args=[number]) if number else ""
                found.append((hole.start, Line(_hours(hole.start, hole.until, day), hole=True, url=url)))
        return [line for _, line in sorted(found, key=lambda each: each[0])]

    def _line(self, members: Sequence[Shift], day: date, *, named: bool) -> Line:
        """Those of one team at the same time; `named`: of which post."""
        first = members[0]
        post = self.seat.label(self.seat.directory.posts[first.roster.post_id]) if named else ""
        return Line(
            hours=_hours(first.start, first.until, day),
            team=" ".join(part for part in (post, first.team) if part),
            people=self._names(members),
            away=self._names(shift for shift in members if self._away(shift, day)),
            mine=any(shift.staff_id == self.seat.staff.pk for shift in members),
        )

    def _away(self, shift: Shift, day: date) -> bool:
        return self.seat.directory.away(shift.staff_id, max(shift.start, day_of(day)))

    def _stands(self, start: datetime, until: datetime, day: date) -> bool:
        begins = max(start, self.week.start).astimezone(SHANGHAI).date()
        if until - start <= DAY:
            return begins == day
        return start < day_of(day + DAY) and until > day_of(day)

    def _names(self, shifts: Iterable[Shift]) -> str:
        staff = self.seat.directory.staff
        return "、".join(staff[shift.staff_id].name for shift in shifts if shift.staff_id in staff)


def _named(mark: DayMark) -> str:
    return mark.name if mark.kind in ("holiday", "makeup") else ""


def day_of(day: date) -> datetime:
    """When a day begins in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def _hours(start: datetime, until: datetime, day: date) -> str:
    """`08:00—16:00`, `22:00—次日06:00`, `11-22 22:00—06:00`, of what is longer than the day 全天."""
    if start <= day_of(day) and until >= day_of(day + DAY):
        return "全天"
    return f"{_time(start, day)}—{_time(until, day)}"


def _time(at: datetime, day: date) -> str:
    local = at.astimezone(SHANGHAI)
    if local == day_of(day + DAY):
        return "24:00"
    apart = (local.date() - day).days
    return f"{ {0: '', 1: '次日'}.get(apart, f'{local:%m-%d} ') }{local:%H:%M}"
