"""The figures of a week: the two core figures first, then the rest, towns and departments apart, dwell per node.

Every number leads to the orders that it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianxin.bulletins.gather import period
from lianxin.directory.snapshot import UnitLine
from lianxin.figures.count import Measures, count
from lianxin.figures.measures import COUNTED, OF_REQUESTS
from lianxin.orders.dwell import dwell
from lianxin.orders.moments import one_moment
from lianxin.rules.formulas import NOTHING
from lianxin.rules.measures import MEASURES
from lianxin.rules.policy import Pack

from ..seats import DeskRequest, Seat, seated
from ..weeks import Week, typed

#: B01: on every dashboard these two stand first.
CORE = ("within_limit_rate", "satisfaction")
MORE = (
    "sign_in_timely_rate",
    "response_rate",
    "closing_rate",
    "process_satisfaction",
    "result_satisfaction",
    "resolution_rate",
    "return_rate",
)
PLAIN = ("accepted", "handled", "closed", "overdue", "returned", "rehandled")
COLUMNS = ("handled", "closed", *CORE, "process_satisfaction", "result_satisfaction")
OF_UNITS = sorted(COUNTED.keys() - OF_REQUESTS)


@dataclass(frozen=True, slots=True)
class Number:
    """One figure: what it is called, as it is shown, from what, and where its orders stand."""

    title: str
    shown: str
    base: str = ""
    definition: str = ""
    url: str = ""


@require_GET
@seated
def figures(request: DeskRequest) -> HttpResponse:
    """One week, all of the centre; for a unit's post its own figures only."""
    seat = request.seat
    week = typed(request, timezone.localdate())
    try:
        scope, pack = period(seat.directory, week.first, week.last)
    except LookupError:
        messages.error(request, "这一周还没有生效的规则包，没有指标")
        return redirect("desk:home")
    with one_moment():
        by_unit = count(scope, OF_UNITS, by=["unit_id"])
        requests = {} if seat.in_unit else count(scope, sorted(OF_REQUESTS))[()]
    sheet = Sheet(seat, week, pack, by_unit)
    total = sheet.total() | requests
    whose = f".unit.{seat.unit.id}" if seat.in_unit else ""
    shown: dict[str, Any] = {
        "seat": seat,
        "here": "figures",
        "week": week,
        "cutoff": scope.cutoff if week.running else None,
        "core": sheet.numbers(CORE, total, whose),
        "plain": sheet.numbers(PLAIN, total, whose),
        "more": sheet.numbers(MORE, total, whose),
        "heads": [sheet.title(of) for of in sheet.known(COLUMNS)],
        "groups": [] if seat.in_unit else [sheet.table(group) for group in pack.units.groups],
        "dwells": [] if seat.in_unit else dwell(scope.centre, scope.start, scope.end),
    }
    return render(request, "desk/figures.html", shown)


@dataclass(frozen=True)
class Sheet:
    """The counted measures of one week, by unit, and how the pack makes figures of them."""

    seat: Seat
    week: Week
    pack: Pack
    by_unit: dict[Any, Measures]

    def total(self) -> Measures:
        """All units together, or the seat's own unit alone."""
        units = [(self.seat.unit.id,)] if self.seat.in_unit else list(self.by_unit)
        return {name: sum(self.by_unit[unit][name] for unit in units if unit in self.by_unit) for name in OF_UNITS}

    def known(self, names: tuple[str, ...]) -> list[str]:
        """Those that are a measure or a formula of the pack."""
        return [name for name in names if name in MEASURES or name in self.pack.formulas]

    def title(self, of: str) -> str:
        return MEASURES[of].title if of in MEASURES else self.pack.formulas[of].title

    def numbers(self, names: tuple[str, ...], measures: Measures, group: str) -> list[Number]:
        """What of `names` can be made of `measures`."""
        made = [self.number(of, measures, group) for of in self.known(names)]
        return [number for number in made if number is not None]

    def number(self, of: str, measures: Measures, group: str) -> Number | None:
        """A measure, or a rate with its base (57/58 beneath 98.28 %); None where a measure is not counted here."""
        if of in MEASURES:
            if of not in measures:
                return None
            return Number(self.title(of), str(measures[of]), "", MEASURES[of].definition, self._url(of + group))
        rule = self.pack.formulas[of]
        if not rule.names <= measures.keys():
            return None
        # In the order in which the formula names them: what is counted stands before what it is counted of.
        names = sorted(rule.names, key=rule.of.text.find)
        base = "、".join(f"{MEASURES[name].title} {measures[name]}" for name in names)
        shown = rule.show(measures)
        return Number(rule.title, shown, base, rule.of.text, "" if shown == NOTHING else self._url(of + group))

    def table(self, group: Any) -> dict[str, Any]:
        """A37: towns and departments are never in one table.  Most handled first; equals in the configured order."""
        units = [unit for unit in self.seat.directory.units.values() if unit.ranking_group == group.code]
        units.sort(key=lambda unit: (-self._of(unit)["handled"], unit.position, unit.id))
        rows = [
            {"name": unit.short_name or unit.name, "numbers": self.numbers(COLUMNS, self._of(unit), f".unit.{unit.id}")}
            for unit in units
            if any(self._of(unit).values())
        ]
        return {"title": group.title, "rows": rows}

    def _of(self, unit: UnitLine) -> Measures:
        return self.by_unit.get((unit.id,), dict.fromkeys(OF_UNITS, 0))

    def _url(self, key: str) -> str:
        return f"{reverse('desk:behind', args=[self.week.name])}?{urlencode({'key': key})}"
