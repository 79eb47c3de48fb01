"""Which looks are odd, by the rules of the pack in force (`[looking]`), each with what it rests on.  Odd is not
forbidden: these stand first, and a person asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

from lianxin.rules.formulas import show_number

from .looks import KINDS, Asked, Look, by_day
from .seats import Seat

#: What a rule of `looking.orders` says of a look.
_ORDERS = {"not_own": "不是本人经办的工单", "flagged": "诉求人有标记", "confidential": "诉求人要求保密"}
#: Nobody is asked why he looks at this list.
_NEVER = "read"


class Odd:
    """The rules, and how often everybody looks: three statements, whatever is asked."""

    def __init__(self, seat: Seat, asked: Asked) -> None:
        self.seat, self.rules = seat, seat.pack.looking
        self.span = timedelta(days=self.rules.usual.amount)
        self.days = by_day(seat, asked.start - self.span, asked.end)
        #: of each person by kind, and of each post by kind: how often on a day, and how many people
        self.own: dict[tuple[int | None, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self.posts: dict[tuple[str, str], dict[date, tuple[int, int]]] = defaultdict(dict)
        for (staff, role, kind, day), number in self.days.items():
            self.own[staff, kind][day] += number
            times, people = self.posts[role, kind].get(day, (0, 0))
            self.posts[role, kind][day] = times + number, people + 1
        self._many: dict[tuple[int | None, str, str, date], str] = {}

    def reasons(self, look: Look) -> list[str]:
        """Why this look is odd; [] for most."""
        if look.kind == _NEVER:
            return []
        found = [words for name, words in _ORDERS.items() if name in self.rules.orders and getattr(look, name)]
        if look.role in self.rules.office_posts and not self.seat.calendar.in_office(look.at):
            found.append("非办公时间")
        many = self._too_many(look)
        return [*found, many] if many else found

    def _too_many(self, look: Look) -> str:
        key = (look.staff, look.role, look.kind, look.day)
        if key not in self._many:
            self._many[key] = self._counted(look)
        return self._many[key]

    def _counted(self, look: Look) -> str:
        """`当日 24 次，本人平时每天 3 次`: of the kind, by the days on which there were any."""
        number = self.own[look.staff, look.kind][look.day]
        if number < self.rules.least:
            return ""
        before = [look.day - timedelta(days=ago) for ago in range(1, self.span.days + 1)]
        days = self.own[look.staff, look.kind]
        own = _mean((days[day], 1) for day in before if day in days)
        post = _mean(self._others(look, day) for day in before if day in self.posts[look.role, look.kind])
        said = f"当日{KINDS[look.kind]} {number} 次"
        if own is not None and number > self.rules.times * own:
            return f"{said}，本人平时每天 {show_number(own, 1)} 次"
        if post is not None and number > self.rules.times * post:
            return f"{said}，同岗位平时每人每天 {show_number(post, 1)} 次"
        return f"{said}，平时没有" if own is None and post is None else ""

    def _others(self, look: Look, day: date) -> tuple[int, int]:
        """How often others at his post looked so on a day, and how many of them."""
        times, people = self.posts[look.role, look.kind][day]
        mine = self.days.get((look.staff, look.role, look.kind, day))
        return (times, people) if mine is None else (times - mine, people - 1)


def _mean(days: Iterable[tuple[int, int]]) -> Fraction | None:
    """A day of one person, of so many times on days of so many people."""
    found = list(days)
    people = sum(count for _, count in found)
    return Fraction(sum(times for times, _ in found), people) if people else None
