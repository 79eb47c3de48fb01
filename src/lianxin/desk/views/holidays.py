"""节假日值班表: as a page, on paper, and as a sheet."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.rules.worktime import SHANGHAI

from .. import holidays, sheets, taken
from ..holidays import Holiday
from ..seats import DeskRequest, Seat, refuse, seated
from .shifts import EXPORTED

PAGE = 200


@require_safe
@seated
def page(request: DeskRequest) -> HttpResponse:
    """The holiday that is asked for, else the next."""
    seat = request.seat
    known = _coming(seat)
    asked = _asked(request, known)
    chosen = Paginator(holidays.units(seat), PAGE).get_page(request.GET.get("page"))
    running, still = holidays.limits(seat.pack)
    shown: dict[str, Any] = {"seat": seat, "here": "shifts", "holiday": asked, "holidays": known, "page": chosen}
    shown |= {"lines": holidays.sheet(seat, asked, list(chosen)) if asked else []}
    shown |= {"running": running, "still": still, "exports": seat.may(EXPORTED)}
    shown["query"] = urlencode({"first": asked.first.isoformat()}) if asked else ""
    return render(request, "desk/holidays.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat = request.seat
    if not seat.may(EXPORTED):
        return refuse(request, "您的岗位不能导出班表。")
    asked = _asked(request, _coming(seat))
    lines = holidays.sheet(seat, asked, holidays.units(seat)[: sheets.MOST_ROWS]) if asked else []
    taken.note(seat, EXPORTED, view=f"holiday:{asked.first if asked else ''}", rows=len(lines))
    cells = ((line.unit.name, "\n".join(line.people), "\n".join(line.deputies), "\n".join(line.gaps)) for line in lines)
    return sheets.answer("节假日值班表", ("单位", "值班人员、电话", "替班人员、电话", "空档"), cells, seat.now)


def _coming(seat: Seat) -> list[Holiday]:
    return holidays.coming(seat.calendar, seat.now.astimezone(SHANGHAI).date())


def _asked(request: DeskRequest, known: list[Holiday]) -> Holiday | None:
    """The one that begins on the day in the address, else the next; None where the calendar knows none."""
    first = request.GET.get("first", "")
    return next((each for each in known if each.first.isoformat() == first), known[0] if known else None)
