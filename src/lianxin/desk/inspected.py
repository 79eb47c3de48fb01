"""What 督查统计 shows of a month: what was inspected for, on which level and of which units, how the re-checked orders
were, and what people asked about most (热点, C43), which is what a hot-spot inspection follows (C54).

Counted by the one ruler, as known at the month's end (of a running month: as of now), with the formulas that the pack
has of it; every number leads to what it counts.  A post of the centre sees all, an inspecting unit its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from lianxin.bulletins.gather import period
from lianxin.directory import history
from lianxin.directory.snapshot import Snapshot
from lianxin.figures.count import Measures, count
from lianxin.figures.kept import kept
from lianxin.figures.scope import Scope
from lianxin.ledger import backdated
from lianxin.ledger.moments import one_moment
from lianxin.orders.reach import SEES_CENTRE
from lianxin.oversight.inspecting import LEVELS, inspects
from lianxin.rules.measures import MEASURES, in_words
from lianxin.rules.periods import Period
from lianxin.rules.policy import Pack
from lianxin.rules.policy_rows import FormulaRule

from .seats import Seat
from .weeks import stamped

#: So many lines of a table: those with most faults.
MOST = 100
RECHECKED = ("rechecked", "recheck_failed")
INSPECTED = ("inspected", "inspections_concluded", "inspections_faulty")
HOT = ("accepted",)
#: By what each of them is told apart: columns of its relation.
COLUMNS = {
    RECHECKED: ("inspector", "level", "unit_id"),
    INSPECTED: ("inspector", "level", "unit_id", "type"),
    HOT: ("category_id",),
}
#: The same in an address.
ASKED = {"level": "level", "unit": "unit_id", "type": "type", "category": "category_id"}
#: The formula of a category's share, and how many categories are shown.
SHARE, HOTTEST = "category_share", 10


@dataclass(frozen=True, slots=True)
class Line:
    """One line: of what or whom, each number with where what it counts stands, and the formulas of the pack."""

    title: str
    numbers: tuple[tuple[int, str], ...]
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the page."""

    title: str
    heading: str
    hint: str
    #: (title, what is counted) of its columns
    columns: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One month as it was counted."""

    scope: Scope
    pack: Pack
    #: the units of then
    directory: Snapshot
    by: dict[tuple[str, ...], dict[Any, Measures]]


def counts(seat: Seat) -> bool:
    """Whether this seat has anything to do with inspections under the rule book in force."""
    pack = seat.directory.pack_now
    there = pack is not None and bool(pack.inspection.types)
    return there and (sees_all(seat) or inspects(seat.directory, seat.post.unit))


def sees_all(seat: Seat) -> bool:
    return seat.role in SEES_CENTRE


def counted(seat: Seat, month: Period) -> Counted:
    """Counted within the last minute, for everybody at once.  Raises LookupError where no pack was in force."""
    directory = seat.directory
    stamp = (backdated.stamp(directory.centre_id), directory.stamp)
    return kept(("inspections", directory.centre_id, month.first), stamp, partial(_count, directory, month))


def _count(directory: Snapshot, month: Period) -> Counted:
    scope, pack = period(directory, month.first, month.last)
    with one_moment():
        by = {names: count(scope, names, by=columns) for names, columns in COLUMNS.items()}
    return Counted(scope, pack, history.as_of(directory, scope.cutoff), by)


@dataclass(frozen=True)
class Tables:
    """How the pack of the month makes figures of what was counted, and where it stands."""

    seat: Seat
    month: Period
    found: Counted

    def all(self) -> list[Table]:
        """What was hot; what was re-checked, on the whole, by level and by unit; what was inspected, by type, level and
        unit."""
        drawn, units = "随机抽取、到现场复查的已办结工单", "复查时承办工单的单位"
        return [
            *([self._hot()] if sees_all(self.seat) and SHARE in self.found.pack.formulas else []),
            self._table(RECHECKED, "抽项督察", "level", "督查层级", _level, drawn, whole=True),
            self._table(RECHECKED, "抽项督察按承办单位", "unit", "承办单位", self._unit, units),
            self._table(INSPECTED, "按督查类型", "type", "督查类型", self.found.pack.inspection.type_title),
            self._table(INSPECTED, "按督查层级", "level", "督查层级", _level),
            self._table(INSPECTED, "按督查对象", "unit", "督查对象", self._unit),
        ]

    def _table(
        self,
        names: tuple[str, ...],
        title: str,
        by: str,
        heading: str,
        called: Callable[[Any], str],
        hint: str = "",
        *,
        whole: bool = False,
    ) -> Table:
        """Those with most faults first; `whole`: all of them together above."""
        sums = self._sums(names, ASKED[by])
        rules = [rule for rule in self.found.pack.formulas.values() if rule.names <= {*names}]
        order = sorted(sums, key=lambda key: (*(-sums[key][name] for name in reversed(names)), called(key)))
        lines = [self._line(called(key), sums[key], rules, {by: key}) for key in order[:MOST]]
        if whole:
            every = {name: sum(line[name] for line in sums.values()) for name in names}
            lines.insert(0, self._line("全部", every, rules, {}))
        columns = [(MEASURES[name].title, MEASURES[name].definition) for name in names]
        columns += [(rule.title, f"{in_words(rule.of.text, rule.names)}。") for rule in rules]
        return Table(title, heading, hint, tuple(columns), tuple(lines))

    def _hot(self) -> Table:
        """The leaf categories with the largest share of what was accepted; what has none yet counts in the whole."""
        counted, rule, categories = self.found.by[HOT], self.found.pack.formulas[SHARE], self.found.directory.categories
        whole, above = sum(line["accepted"] for line in counted.values()), {line.parent for line in categories.values()}
        known = [(line["accepted"], pk) for (pk,), line in counted.items() if line["accepted"] and pk not in above]
        lines = []
        for number, pk in sorted(known, key=lambda line: (-line[0], self._category(line[1])))[:HOTTEST]:
            line = self._line(self._category(pk), {"accepted": number}, [], {"category": pk})
            lines.append(replace(line, shares=(rule.show({"part": number, "accepted": whole}),)))
        columns = ((MEASURES["accepted"].title, MEASURES["accepted"].definition), ("占比", f"{rule.title}。"))
        return Table("热点", "末级分类", "当月受理量占比最高的末级分类为本月热点，并列的都是", columns, tuple(lines))

    def _category(self, pk: int) -> str:
        line = self.found.directory.categories.get(pk)
        return line.title if line else "—"

    def _sums(self, names: tuple[str, ...], column: str) -> dict[Any, Measures]:
        """What this seat sees of it, by one column."""
        place, inspector = COLUMNS[names].index(column), COLUMNS[names].index("inspector")
        sums: dict[Any, Measures] = defaultdict(lambda: dict.fromkeys(names, 0))
        for key, line in self.found.by[names].items():
            if sees_all(self.seat) or key[inspector] == self.seat.post.unit:
                sums[key[place]] = {name: sums[key[place]][name] + line[name] for name in names}
        return {key: line for key, line in sums.items() if any(line.values())}

    def _line(self, title: str, sums: Mapping[str, int], rules: list[FormulaRule], group: dict[str, Any]) -> Line:
        asked = {"month": self.month.code, **group} | ({"at": stamped(self.cutoff)} if self._running else {})
        url = reverse("desk:inspections_behind")
        numbers = tuple((value, f"{url}?{urlencode({'of': name, **asked})}") for name, value in sums.items())
        return Line(title, numbers, tuple(rule.show(dict(sums)) for rule in rules))

    def _unit(self, pk: int | None) -> str:
        line = self.found.directory.units.get(pk or 0)
        return line.name if line else "—"

    @property
    def cutoff(self) -> datetime:
        return self.found.scope.cutoff

    @property
    def _running(self) -> bool:
        return self.cutoff < self.month.end


def _level(code: str) -> str:
    return LEVELS.get(code, code) or "—"
