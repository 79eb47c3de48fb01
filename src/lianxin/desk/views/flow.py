"""Stock and inflow (化解存量、遏制增量, D26): a chart by day of what came in, what ended and what stands; its orders.

Of the centre its orders, of a unit its shares.  A post of a unit sees its own unit alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianxin.bulletins.gather import period
from lianxin.directory.lines import UnitLine
from lianxin.figures import flow
from lianxin.figures.count import order_ids
from lianxin.figures.kept import kept
from lianxin.figures.scope import Scope
from lianxin.ledger import backdated
from lianxin.ledger.moments import one_moment
from lianxin.rules.measures import MEASURES

from .. import entered
from ..charts import Band, Chart, Series, chart
from ..choices import picks
from ..seats import NO_FIGURES, DeskRequest, Seat, refuse, seated
from ..weeks import moment, stamped
from .behind import PAGE, listed

#: Four weeks unless said, a year at most: a chart of more shows nothing.
USUAL, MOST = 28, 366
#: The colours of what adds to the stock, one after the other.
ADDED = ("lx-tone2", "lx-tone3")


@dataclass(frozen=True, slots=True)
class Asked:
    """The days that the page is about, and of which unit; None: of the centre."""

    first: date
    last: date
    unit: UnitLine | None

    @property
    def running(self) -> bool:
        """Whether its last day is not over yet."""
        return self.last >= timezone.localdate()

    @property
    def measured(self) -> flow.Measured:
        return flow.ORDERS if self.unit is None else flow.SHARES

    @property
    def query(self) -> dict[str, Any]:
        return {"unit": self.unit.id} if self.unit else {}


@require_GET
@seated
def page(request: DeskRequest) -> HttpResponse:
    """The chart, and the same in numbers, each of which opens its orders."""
    seat = request.seat
    if not seat.sees_flow:
        return refuse(request, NO_FIGURES)
    unit = _unit(seat, request.GET.get("unit", ""))
    asked, problem = _days(request, unit)
    if problem:
        messages.error(request, problem)
    try:
        scope, days = _counted(seat, asked)
    except LookupError:
        messages.error(request, "这一期还没有生效的规则包，没有指标")
        return redirect("desk:figures")
    measures = [MEASURES[name] for name in asked.measured.names]
    shown: dict[str, Any] = {"seat": seat, "here": "figures", "asked": asked, "measures": measures}
    shown |= {"chart": _drawn(asked, days), "lines": _lines(asked, scope, days), "total": _total(asked, scope, days)}
    shown |= {"cutoff": scope.cutoff, "units": () if seat.in_unit else picks(seat.directory, "unit").options}
    return render(request, "desk/flow.html", shown)


@require_GET
@seated
def orders(request: DeskRequest) -> HttpResponse:
    """The orders behind one number, as far as the person may see them."""
    seat, of = request.seat, request.GET.get("of", "")
    if not seat.sees_flow:
        raise Http404
    asked, problem = _days(request, _unit(seat, request.GET.get("unit", "")))
    if problem or of not in asked.measured.names:
        raise Http404
    cutoff = moment(request.GET.get("at", ""))
    try:
        scope, _ = period(seat.directory, asked.first, asked.last, cutoff)
    except LookupError:
        raise Http404 from None
    where = {"unit_id": [asked.unit.id]} if asked.unit else None
    found = seat.whole.filter(pk__in=order_ids(scope, of, where)).select_related("appeal").order_by("pk")
    rows = Paginator(found, PAGE).get_page(request.GET.get("page"))
    query = {name: request.GET[name] for name in ("of", "first", "last", "unit", "at") if name in request.GET}
    title = f"{asked.unit.short_name or asked.unit.name} {MEASURES[of].title}" if asked.unit else MEASURES[of].title
    shown: dict[str, Any] = {"seat": seat, "here": "figures", "week": asked, "title": title, "page": rows}
    shown |= {"lines": [listed(seat, order) for order in rows], "query": urlencode(query), "corrected": False}
    return render(request, "desk/behind.html", shown)


# --- what is asked ---------------------------------------------------------------------------
def _unit(seat: Seat, text: str) -> UnitLine | None:
    """The unit that is asked for, of a post of a unit its own; Http404 for one that is none or another's."""
    if seat.in_unit:
        if text not in ("", str(seat.unit.id)):
            raise Http404
        return seat.unit
    if not text:
        return None
    line = seat.directory.units.get(entered.number(text, 19) or 0)
    if line is None or line.id == seat.directory.root.id:
        raise Http404
    return line


def _days(request: DeskRequest, unit: UnitLine | None) -> tuple[Asked, str]:
    """The days that were typed, and what is wrong with them (Chinese); then the last four weeks instead."""
    first, last, problem = entered.days(request.GET, USUAL, MOST)
    return Asked(first, last, unit), problem


# --- what is counted -------------------------------------------------------------------------
def _counted(seat: Seat, asked: Asked) -> tuple[Scope, list[flow.Day]]:
    """Counted within the last minute.  Raises LookupError where no pack was in force."""
    directory, unit = seat.directory, asked.unit.id if asked.unit else None

    def made() -> tuple[Scope, list[flow.Day]]:
        scope, _ = period(directory, asked.first, asked.last)
        with one_moment():
            return scope, flow.flow(scope, unit)

    centre = directory.centre_id
    stamp = (backdated.stamp(centre), directory.stamp)
    return kept(("flow", centre, asked.first, asked.last, unit), stamp, made)


def _drawn(asked: Asked, days: list[flow.Day]) -> Chart:
    measured = asked.measured

    def series(name: str, form: Any, tone: str) -> Series:
        return Series(MEASURES[name].title, [line.numbers[name] for line in days], form, tone)

    tones = zip(measured.added, ADDED, strict=False)
    moving = [series(name, "bar", tone) for name, tone in tones]
    moving.append(series(measured.taken, "bar", "lx-tone1"))
    bands = [
        Band("存量（每日24:00）", [series(measured.stock, "line", "lx-tone1")]),
        Band("增量与结束", moving),
    ]
    return chart("存量与增量", [line.day for line in days], bands)


def _lines(asked: Asked, scope: Scope, days: list[flow.Day]) -> list[tuple[date, list[tuple[int, str]]]]:
    """(day, (number, where its orders stand) of each measure), newest first."""
    names = asked.measured.names
    return [
        (line.day, [(line.numbers[name], _url(asked, scope, name, line.day, line.day)) for name in names])
        for line in reversed(days)
    ]


def _total(asked: Asked, scope: Scope, days: list[flow.Day]) -> list[tuple[int, str]]:
    """The whole period: what moved together, the stock at its end."""
    measured, last = asked.measured, days[-1]
    moved = [(name, sum(line.numbers[name] for line in days)) for name in measured.names if name != measured.stock]
    numbers = [*moved, (measured.stock, last.numbers[measured.stock])]
    return [(number, _url(asked, scope, name, asked.first, asked.last)) for name, number in numbers]


def _url(asked: Asked, scope: Scope, name: str, first: date, last: date) -> str:
    query = {"of": name, "first": first.isoformat(), "last": last.isoformat(), **asked.query}
    # As known when the page was counted: what was recorded since belongs to no number on it.
    query["at"] = stamped(scope.cutoff)
    return f"{reverse('desk:flow_orders')}?{urlencode(query)}"
