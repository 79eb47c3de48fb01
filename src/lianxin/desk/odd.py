"""Which looks are odd, by the rules of the pack in force (`[looking]`), each with what it rests on.  Odd is not
forbidden: these stand first, and a person asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

from lianxin.rules.formulas import show_number

from .looks import KINDS, Asked, Days, Look, by_day
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
        self.own: dict[tuple[int | None, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self.posts: dict[tuple[str, str], list[tuple[int | None, date, int]]] = defaultdict(list)
        self._sort(self.days)
        self._many: dict[tuple[int | None, str, str, date], str] = {}

    def _sort(self, days: Days) -> None:
        for (staff, role, kind, day), number in days.items():
            self.own[staff, kind][day] += number
            self.posts[role, kind].append((staff, day, number))

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
        own = _mean(n for day, n in self.own[look.staff, look.kind].items() if self._before(day, look.day))
        others = self.posts[look.role, look.kind]
        post = _mean(n for staff, day, n in others if staff != look.staff and self._before(day, look.day))
        said = f"当日{KINDS[look.kind]} {number} 次"
        if own is not None and number > self.rules.times * own:
            return f"{said}，本人平时每天 {show_number(own, 1)} 次"
        if post is not None and number > self.rules.times * post:
            return f"{said}，同岗位平时每人每天 {show_number(post, 1)} 次"
        return f"{said}，平时没有" if own is None and post is None else ""

    def _before(self, day: date, than: date) -> bool:
        return than - self.span <= day < than


def _mean(numbers: Iterable[int]) -> Fraction | None:
    found = list(numbers)
    return Fraction(sum(found), len(found)) if found else None
