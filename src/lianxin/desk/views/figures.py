"""The figures of a week: the two core figures first, then the rest, each group of units apart, dwell per node.

Every number leads to the orders that it counts.  Counting and drawing the tables takes longer than all the rest, and
gives the same for everybody: both are kept (`figures.kept`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from lianxin.bulletins.gather import period
from lianxin.directory import history
from lianxin.directory.lines import UnitLine
from lianxin.directory.snapshot import Snapshot
from lianxin.figures.choosing import Unready
from lianxin.figures.count import Measures, count
from lianxin.figures.engines import BOOK, Behind, Engine
from lianxin.figures.kept import kept
from lianxin.ledger import backdated
from lianxin.ledger.moments import one_moment
from lianxin.orders.dwell import Dwell, dwell
from lianxin.rules.formulas import NOTHING, show_number, show_percent
from lianxin.rules.measures import MEASURES, OF_REQUESTS, OF_UNITS, in_words
from lianxin.rules.policy import Pack, PolicyError
from lianxin.rules.policy_settings import ENDED_TITLES, ON_TIME_TITLES
from lianxin.rules.worktime import end_of_day, last_day

from ..engines import Against, choices, counting, named
from ..seats import NO_FIGURES, DeskRequest, refuse, seated
from ..weeks import Week, stamped, typed

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
PLAIN = (
    "accepted",
    "handled",
    "closed",
    "overdue",
    "returned",
    "rehandled",
    "contacts",
    "ended",
    "stock",
    "share_stock",
)
COLUMNS = ("handled", "closed", *CORE, "process_satisfaction", "result_satisfaction")
#: Measures that the pack's section [figures] decides on.
BY_REPLY = frozenset({"on_time_closed", "overdue"})


@dataclass(frozen=True, slots=True)
class Number:
    """One figure: what it is called, as it is shown, from what, where its orders stand, and the target of the pack."""

    title: str
    shown: str
    base: str = ""
    definition: str = ""
    url: str = ""
    target: str = ""
    missed: bool = False


@require_GET
@seated
def figures(request: DeskRequest) -> HttpResponse:
    """One week, all of the centre; for a unit's post its own figures only."""
    seat = request.seat
    if seat.sees_own:
        return refuse(request, NO_FIGURES)
    week = typed(request, timezone.localdate())
    try:
        sheet, against = _sheets(request, week)
    except LookupError:
        messages.error(request, "这一周还没有生效的规则包，没有指标")
        return redirect("desk:home")
    except (Unready, Behind) as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('desk:figures')}?week={week.name}")
    unit = seat.unit.id if seat.in_unit else None
    engines = [] if seat.in_unit else choices(request)
    total, whose = sheet.total(unit), f".unit.{unit}" if unit else ""
    shown: dict[str, Any] = {
        "seat": seat,
        "here": "figures",
        "week": week,
        "cutoff": sheet.cutoff if sheet.cut_short else None,
        "engines": engines,
        "engines_of": f"week={week.name}&",
        "against": against,
        "flows": seat.sees_flow,
        "strain": "" if unit else sheet.strain,
        "on_time": ON_TIME_TITLES[sheet.pack.figures.on_time],
        "core": sheet.numbers(CORE, total, whose),
        "plain": sheet.numbers(PLAIN, total, whose),
        "more": sheet.numbers((*MORE, *sheet.further), total, whose),
        "tables": "" if unit else sheet.tables,
    }
    return render(request, "desk/figures.html", shown)


def _sheets(request: DeskRequest, week: Week) -> tuple[Sheet, Against | None]:
    """The figures by the engine that was asked for; of another than the book with what the book counts to the same
    moment."""
    directory = request.seat.directory
    if request.seat.in_unit or named(request) == "book":
        return sheet_of(directory, week), None
    with counting(request) as on:
        sheet = sheet_of(directory, week, on=on)
        title = on.title
    # Of a week that is over the book's own page has counted it already.
    book = sheet_of(directory, week, cutoff=sheet.cutoff if sheet.cut_short else None)
    return sheet, Against.of(title, sheet.all_numbers, book.all_numbers, sheet.called)


def sheet_of(directory: Snapshot, week: Week, *, on: Engine = BOOK, cutoff: datetime | None = None) -> Sheet:
    """The figures of that week, counted within the last minute.

    Raises LookupError where no pack was in force, `Behind` where the engine knows nothing of that week.
    """
    centre = directory.centre_id
    stamp = (backdated.stamp(centre), directory.stamp)
    key = ("figures", centre, week.first, on.title, on.until, cutoff)
    return kept(key, stamp, lambda: _counted(directory, week, on, cutoff))


def _counted(directory: Snapshot, week: Week, on: Engine, cutoff: datetime | None) -> Sheet:
    scope, pack = period(directory, week.first, week.last, cutoff, on=on)
    shown = {*PLAIN, *COLUMNS, *(name for rule in pack.formulas.values() for name in rule.names)}
    # Not while another engine counts: an open transaction holds up whoever waits for the settled.
    with one_moment() if on is BOOK else nullcontext():
        by_unit = count(scope, sorted(shown & OF_UNITS.keys()), by=["unit_id"], on=on)
        requests = count(scope, sorted(shown & OF_REQUESTS), on=on)[()]
        reasons = count(scope, ["return_asked"], by=["reason", "pack"], on=on)
        # Which no other engine counts.
        dwells = dwell(scope.centre, scope.start, scope.end) if on is BOOK else []
    then = history.as_of(directory, scope.cutoff)
    return Sheet(week, pack, scope.cutoff, then, by_unit, requests, reasons, dwells)


@dataclass(frozen=True)
class Sheet:
    """The counted measures of one week, by unit, and how the pack makes figures of them."""

    week: Week
    pack: Pack
    cutoff: datetime
    directory: Snapshot
    by_unit: dict[Any, Measures]
    requests: Measures
    #: petitions for return, by reason and the order's pack
    reasons: dict[Any, Measures]
    dwells: list[Dwell]

    def total(self, unit: int | None) -> Measures:
        """All units together with the requests, or one unit alone."""
        units = list(self.by_unit) if unit is None else [(unit,)]
        counted: Measures = next(iter(self.by_unit.values()), _NOTHING)
        sums = {name: sum(self.by_unit[key][name] for key in units if key in self.by_unit) for name in counted}
        return sums if unit else sums | self.requests

    def known(self, names: tuple[str, ...]) -> list[str]:
        """Those that are a measure or a formula of the pack."""
        return [name for name in names if name in MEASURES or name in self.pack.formulas]

    @property
    def all_numbers(self) -> dict[Hashable, str]:
        """Each counted number: of the centre, of each unit, of each reason for a return, by (measure, of which)."""
        groups = {(): self.requests, **self.by_unit, **self.reasons}
        return {(name, *of): str(number) for of, measures in groups.items() for name, number in measures.items()}

    def called(self, number: Any) -> str:
        """One of `all_numbers` in words."""
        name, *of = number
        match of:
            case [code, own]:
                return f"{self.title(name)}（{self._reason_title(code, own)}，规则包 {own}）"
            case [None]:
                return f"未注明单位的{self.title(name)}"
            case [unit]:
                line = self.directory.units.get(unit)
                return f"{line.name if line else unit}{self.title(name)}"
        return self.title(name)

    @property
    def further(self) -> tuple[str, ...]:
        """The formulas of the pack that have no place of their own: none is written for nothing."""
        return tuple(name for name in self.pack.formulas if name not in (*CORE, *MORE))

    def title(self, of: str) -> str:
        return MEASURES[of].title if of in MEASURES else self.pack.formulas[of].title

    def numbers(self, names: tuple[str, ...], measures: Measures, group: str) -> list[Number]:
        """What of `names` can be made of `measures`."""
        made = [self.number(of, measures, group) for of in self.known(names)]
        return [number for number in made if number is not None]

    def number(self, of: str, measures: Measures, group: str) -> Number | None:
        """A measure, or a rate with its base (57/58 beneath 98.28 %); None where a measure is not counted here."""
        url = f"{self._behind}?key={of}{group}{self._moment}"
        if of in MEASURES:
            if of not in measures:
                return None
            return Number(self.title(of), str(measures[of]), "", self._definition(of), url)
        rule = self.pack.formulas[of]
        if not rule.names <= measures.keys():
            return None
        # In the order in which the formula names them: what is counted stands before what it is counted of.
        names = sorted(rule.names, key=rule.of.text.find)
        base = "、".join(f"{MEASURES[name].title}\u00a0{measures[name]}" for name in names)
        value = rule.value(measures)
        shown, aim = rule.show_value(value), rule.target
        target = "" if aim is None else show_percent(aim, 0 if (aim * 100).denominator == 1 else rule.digits or 2)
        missed = aim is not None and value is not None and value < aim
        return Number(rule.title, shown, base, self._words(of), "" if shown == NOTHING else url, target, missed)

    @property
    def cut_short(self) -> bool:
        """Whether it was counted before the week was over."""
        return self.week.running or self.cutoff < end_of_day(self.week.last)

    @property
    def strain(self) -> str:
        """C13: a sentence where more came in a day than the centre is dimensioned for, `""` otherwise."""
        days = (last_day(self.cutoff) - self.week.first).days + 1
        accepted, able = self.requests["accepted"], self.pack.capacity.daily
        if accepted <= able * days:
            return ""
        return f"日均受理 {show_number(Fraction(accepted, days), 0)} 件，超过受理能力（每日 {able} 件）。"

    @cached_property
    def tables(self) -> SafeString:
        """The tables of units and nodes, drawn."""
        groups = [(group.title, self._units(group.code)) for group in self.pack.units.groups]
        # A group that the period's pack does not know is counted like any other, under its code.
        known = {"", *(group.code for group in self.pack.units.groups)}
        others = sorted({unit.ranking_group for unit in self.directory.units.values()} - known)
        groups += [(f"{code}（本期规则包中没有的分组）", self._units(code)) for code in others]
        groups.append(("不参加排名的单位", self._units("")))
        heads = [self.title(of) for of in self.known(COLUMNS)]
        shown = {"groups": groups, "heads": heads, "reasons": self._reasons(), "dwells": self.dwells}
        return render_to_string("desk/_figure_tables.html", shown)

    def _units(self, group: str) -> list[tuple[str, list[Number]]]:
        """A37: groups are never in one table.  Most handled first; equals in the configured order."""
        units = [unit for unit in self.directory.units.values() if unit.ranking_group == group]
        units.sort(key=lambda unit: (-self._of(unit)["handled"], unit.position, unit.id))
        return [
            (unit.short_name or unit.name, self.numbers(COLUMNS, self._of(unit), f".unit.{unit.id}"))
            for unit in units
            if any(self._of(unit).values())
        ]

    def _reasons(self) -> list[Number]:
        """Petitions for return by their reason, in the pack's order; one that it lacks as the order's own calls it."""
        rule, counted, titles = self.pack.petition.return_, Counter[str](), {}
        for (code, own), measures in self.reasons.items():
            counted[code] += measures["return_asked"]
            titles[code] = self._reason_title(code, own)
        titles |= {reason.code: reason.title for reason in rule.reasons}
        codes = [reason.code for reason in rule.reasons]
        codes += sorted(counted.keys() - {*codes})
        return [
            Number(titles[code], str(counted[code]), url=f"{self._behind}?key=return_asked.reason.{code}{self._moment}")
            for code in codes
            if counted[code]
        ]

    def _reason_title(self, code: str, pack: str) -> str:
        try:
            return self.directory.find_pack(pack).petition.return_.reason_title(code)
        except PolicyError:
            return code

    def _of(self, unit: UnitLine) -> Measures:
        return self.by_unit.get((unit.id,), _NOTHING)

    def _definition(self, of: str) -> str:
        """What is counted, and what this centre's pack says of it."""
        section, text = self.pack.figures, MEASURES[of].definition
        if of in BY_REPLY:
            return f"{text}本中心{ON_TIME_TITLES[section.on_time]}。"
        if of == "handled" and section.not_handled:
            return f"{text}本中心不计：{'、'.join(ENDED_TITLES[how] for how in section.not_handled)}。"
        return text

    def _words(self, of: str) -> str:
        rule = self.pack.formulas[of]
        words = f"{in_words(rule.of.text, rule.names)}。"
        return f"{words}{ON_TIME_TITLES[self.pack.figures.on_time]}。" if rule.names & BY_REPLY else words

    @cached_property
    def _behind(self) -> str:
        return reverse("desk:behind", args=[self.week.name])

    @cached_property
    def _moment(self) -> str:
        """Of a running week the list behind a number is counted up to the same moment as the number."""
        return f"&at={stamped(self.cutoff)}" if self.cut_short else ""


_NOTHING: Measures = dict.fromkeys(OF_UNITS, 0)
