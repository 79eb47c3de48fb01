"""督查统计: of a month, what was inspected for, on which level and of which units, and how the re-checked orders were.

A post of the centre sees all, an inspecting unit its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lianxin.bulletins.gather import YEARS
from lianxin.ledger.models import Entry
from lianxin.orders.reach import SEES_CENTRE
from lianxin.oversight.inspecting import LEVELS, inspects
from lianxin.oversight.sampling import CHECKED
from lianxin.proceedings.models import About
from lianxin.rules import periods
from lianxin.rules.measures import OF_INSPECTION
from lianxin.rules.periods import Period

from ..seats import DeskRequest, Seat, refuse, seated

#: So many units are listed: those with most faults.
MOST = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One line: of what or whom, how many were begun, concluded, and how many of those found faults."""

    title: str
    opened: int
    concluded: int
    faulty: int


def counts(seat: Seat) -> bool:
    """Whether this seat has anything to do with inspections under the rule book in force."""
    pack = seat.directory.pack_now
    there = pack is not None and bool(pack.inspection.types)
    return there and (seat.role in SEES_CENTRE or inspects(seat.directory, seat.post.unit))


@require_safe
@seated
def page(request: DeskRequest) -> HttpResponse:
    """One month."""
    seat = request.seat
    if not counts(seat):
        return refuse(request, "督查统计由热线中心和督查机构查看。")
    month = _month(request.GET.get("month", ""))
    shown: dict[str, Any] = {"seat": seat, "here": "proceedings", "month": month, "most": MOST}
    shown["after"] = month.next if month.end <= timezone.now() else None
    shown |= {"tables": _tables(seat, month), "levels": _rechecked(seat, month)}
    return render(request, "desk/inspections.html", shown)


def _month(text: str) -> Period:
    if not text:
        return periods.of("month", timezone.now())
    try:
        found = periods.parse(text)
    except ValueError as error:
        raise Http404 from error
    if found.kind != "month" or found.first.year not in YEARS:
        raise Http404
    return found


def _tables(seat: Seat, month: Period) -> list[tuple[str, str, list[Line]]]:
    """(title, heading, lines) by type, level and inspected unit: two statements."""
    mine = seat.proceedings.filter(kind="inspection", registered_at__gte=month.start, registered_at__lt=month.end)
    mine = mine.exclude(state="withdrawn")
    rows = list(mine.order_by().values_list("level", "channel", "outcome").annotate(n=Count("pk")))
    about = About.objects.filter(proceeding__in=mine, role="subject", until=None, to_unit__isnull=False)
    units = about.order_by().values_list("to_unit", "proceeding__outcome").annotate(n=Count("pk"))
    types, names = seat.pack.inspection, seat.directory.units
    by_type = _lines((types.type_title(level), outcome, n) for level, _, outcome, n in rows)
    by_level = _lines((LEVELS.get(channel, channel), outcome, n) for _, channel, outcome, n in rows)
    by_unit = _lines((names[pk].name if pk in names else str(pk), outcome, n) for pk, outcome, n in units)
    return [
        ("按督查类型", "督查类型", by_type),
        ("按督查层级", "督查层级", by_level),
        ("按督查对象", "督查对象", by_unit[:MOST]),
    ]


def _lines(rows: Iterable[tuple[str, str, int]]) -> list[Line]:
    """Those with most faults first."""
    found: dict[str, dict[str, int]] = {}
    for title, outcome, n in rows:
        sums = found.setdefault(title, {"opened": 0, "concluded": 0, "faulty": 0})
        sums["opened"] += n
        sums["concluded"] += n if outcome else 0
        sums["faulty"] += n if outcome == "faulty" else 0
    lines = [Line(title, **sums) for title, sums in found.items()]
    return sorted(lines, key=lambda line: (-line.faulty, -line.opened, line.title))


def _rechecked(seat: Seat, month: Period) -> list[tuple[str, int, int, str]]:
    """(level, re-checked, failed, the share by the pack's formula), all of them first."""
    samples = seat.proceedings.filter(kind="recheck")
    checked = Entry.objects.filter(proceeding__in=samples, action=CHECKED, at__gte=month.start, at__lt=month.end)
    by = checked.order_by().values_list("proceeding__channel")
    rows = list(by.annotate(all=Count("pk"), failed=Count("pk", filter=Q(payload__sound=False))))
    whole = ("全部", sum(row[1] for row in rows), sum(row[2] for row in rows))
    rule = next((found for found in seat.pack.formulas.values() if found.names <= OF_INSPECTION), None)

    def line(title: str, all_: int, failed: int) -> tuple[str, int, int, str]:
        share = rule.show({"rechecked": all_, "recheck_failed": failed}) if rule else ""
        return title, all_, failed, share

    return [line(*whole), *(line(LEVELS.get(code or "", ""), all_, failed) for code, all_, failed in sorted(rows))]
