"""班表: who is on duty in a week, as a page and as a sheet; to each person his own shifts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.bulletins.gather import week_of
from lianxin.rules import periods
from lianxin.rules.periods import Period

from .. import on_shift, sheets, taken
from ..on_shift import PAGE, Board
from ..seats import DeskRequest, refuse, seated
from ..weeks import WEEK, name_of

EXPORTED = "shifts.exported"


@require_safe
@seated
def week(request: DeskRequest) -> HttpResponse:
    """The grid of a week, with what is the person's own."""
    seat, asked = request.seat, _asked(request)
    board = Board(seat, asked)
    page = Paginator(board.rosters(), PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "shifts", "week": asked, "days": board.days, "page": page}
    shown |= {"rows": board.rows(list(page)), "mine": board.mine(), "query": urlencode({"week": asked.code})}
    shown |= {"before": name_of(asked.first - WEEK), "after": name_of(asked.first + WEEK)}
    shown |= {"exports": seat.may(EXPORTED)}
    return render(request, "desk/shifts.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat, board = request.seat, Board(request.seat, _asked(request))
    if not seat.may(EXPORTED):
        return refuse(request, "您的岗位不能导出班表。")
    rows = board.rows(board.rosters()[: sheets.MOST_ROWS])
    taken.note(seat, EXPORTED, view=board.week.code, rows=len(rows))
    headings = ("岗位", "班表", *(day.title for day in board.days))
    return sheets.answer(f"班表{board.week.code}", headings, map(_cells, rows), seat.now)


def _cells(row: on_shift.Row) -> tuple[str, ...]:
    return row.title, row.kind, *("\n".join(line.in_words for line in lines) for _, lines in row.cells)


def _asked(request: DeskRequest) -> Period:
    """The week that is asked for, past or to come; this one where that is none, which is told."""
    text = request.GET.get("week", "").strip().upper()
    try:
        return periods.of("week", week_of(text)[0]) if text else periods.of("week", request.seat.now)
    except ValueError as error:
        messages.error(request, str(error))
        return periods.of("week", request.seat.now)
