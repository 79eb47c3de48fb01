"""The figures of a week: the two core figures first, then the rest, then towns and departments apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianxin.bulletins.gather import week_of
from lianxin.figures.count import count, one_moment
from lianxin.figures.measures import COUNTED
from lianxin.figures.scope import Scope
from lianxin.rules.measures import MEASURES
from lianxin.rules.policy import Pack
from lianxin.rules.policy_rows import FormulaRule

from ..seats import DeskRequest, Seat, seated
from .bulletins import name_of

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
COLUMNS = ("handled", "closed")
RATES = (*CORE, "process_satisfaction", "result_satisfaction")


@require_GET
@seated
def figures(request: DeskRequest) -> HttpResponse:
    """One week, all of the centre; for a unit's post its own figures only."""
    seat, today = request.seat, timezone.localdate()
    week = request.GET.get("week", "").strip().upper() or name_of(today)
    try:
        first, last = week_of(week)
        pack = seat.book.pack(timezone.now())
    except (ValueError, LookupError):
        raise Http404 from None
    scope = Scope.of_days(seat.book.centre_id, first, last, pack.callback.assess_layer)
    with one_moment():
        by_unit = count(scope, sorted(COUNTED.keys() - _ORDERS), by=["unit_id"])
        requests = {} if seat.in_unit else count(scope, sorted(_ORDERS))[()]
    total = _summed(by_unit, [seat.unit.id] if seat.in_unit else None) | requests
    shown: dict[str, Any] = {
        "seat": seat,
        "here": "figures",
        "week": week,
        "first": first,
        "last": last,
        "before": name_of(first - timedelta(days=7)),
        "after": name_of(first + timedelta(days=7)) if last < today else "",
        "core": [_tile(pack, name, total) for name in CORE if name in pack.formulas],
        "more": [_tile(pack, name, total) for name in MORE if name in pack.formulas],
        "plain": [(MEASURES[name].title, total[name], MEASURES[name].definition) for name in PLAIN if name in total],
        "groups": [] if seat.in_unit else [_table(seat, pack, group, by_unit) for group in pack.units.groups],
        "heads": [MEASURES[name].title for name in COLUMNS]
        + [pack.formulas[name].title for name in RATES if name in pack.formulas],
    }
    return render(request, "desk/figures.html", shown)


#: Measures of requests, which belong to no unit.
_ORDERS = frozenset({"accepted", "dispatched", "direct_answered"})


def _summed(by_unit: dict[Any, dict[str, int]], units: list[int] | None) -> dict[str, int]:
    lines = [values for (unit,), values in by_unit.items() if units is None or unit in units]
    return {name: sum(line[name] for line in lines) for name in COUNTED.keys() - _ORDERS}


def _tile(pack: Pack, name: str, measures: dict[str, int]) -> dict[str, str]:
    """A rate with its base: 57/58 beneath 98.28%."""
    rule: FormulaRule = pack.formulas[name]
    if not rule.names <= measures.keys():
        return {"title": rule.title, "shown": "-", "base": "", "of": rule.of.text}
    # In the order in which the formula names them: what is counted stands before what it is counted of.
    names = sorted((n for n in rule.names if n in MEASURES), key=rule.of.text.find)
    base = "、".join(f"{MEASURES[n].title} {measures[n]}" for n in names)
    return {"title": rule.title, "shown": rule.show(measures), "base": base, "of": rule.of.text}


def _table(seat: Seat, pack: Pack, group: Any, by_unit: dict[Any, dict[str, int]]) -> dict[str, Any]:
    """A37: towns and departments are never in one table.  Most handled first; equals in the configured order."""
    empty = dict.fromkeys(COUNTED.keys() - _ORDERS, 0)
    units = [u for u in seat.book.units.values() if u.ranking_group == group.code]
    lines = [(unit, by_unit.get((unit.id,), empty)) for unit in sorted(units, key=lambda u: (u.position, u.id))]
    lines.sort(key=lambda line: -line[1]["handled"])
    rows = [
        {
            "name": unit.short_name or unit.name,
            "cells": [str(values[name]) for name in COLUMNS]
            + [pack.formulas[name].show(values) for name in RATES if name in pack.formulas],
        }
        for unit, values in lines
        if values["handled"] or values["process_graded"]
    ]
    return {"title": group.title, "rows": rows}
