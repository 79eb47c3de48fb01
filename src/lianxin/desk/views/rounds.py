"""The list of duties that come round, as a page and as a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.ledger.models import Task
from lianxin.rules.periods import Period

from .. import sheets, taken
from ..rounds import STATES, Line, known_periods, lines, standing, visible
from ..seats import DeskRequest, Seat, refuse, seated

PAGE = 40
HEADINGS = ("单位", "职责", "周期", "责任岗位", "状态", "截止", "依据", "说明", "台账")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ones: standing how, of which period."""

    state: str
    period: str

    @property
    def query(self) -> str:
        return urlencode({"state": self.state, "period": self.period})


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of them, those of the latest period first."""
    seat, known = request.seat, known_periods(request.seat)
    asked = _asked(request, known)
    page = Paginator(_chosen(seat, asked), PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "proceedings", "asked": asked, "page": page, "query": asked.query}
    shown |= {"lines": lines(seat, page), "states": _states(seat, asked), "periods": known}
    shown |= {"exports": seat.may("proceedings.exported")}
    return render(request, "desk/rounds.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat, asked = request.seat, _asked(request, known_periods(request.seat))
    if not seat.may("proceedings.exported"):
        return refuse(request, "您的岗位不能导出定期职责。")
    rows = lines(seat, _chosen(seat, asked)[: sheets.MOST_ROWS])
    taken.note(seat, "proceedings.exported", view=f"rounds:{asked.state}", kind=asked.period, rows=len(rows))
    return sheets.answer("定期职责", HEADINGS, map(_cells, rows), seat.now)


def _asked(request: DeskRequest, known: list[Period]) -> Asked:
    state, period = request.GET.get("state", "open"), request.GET.get("period", "")
    return Asked(state if state in STATES else "open", period if period in {each.code for each in known} else "")


def _chosen(seat: Seat, asked: Asked) -> QuerySet[Task]:
    found = _of_period(seat, asked).filter(standing(seat, asked.state)).select_related("proceeding")
    return found.order_by("-due", "unit__position", "unit__name", "rule", "pk")


def _of_period(seat: Seat, asked: Asked) -> QuerySet[Task]:
    return visible(seat).filter(period=asked.period) if asked.period else visible(seat)


def _states(seat: Seat, asked: Asked) -> list[tuple[str, str, int, bool]]:
    """(code, title, how many, whether it is the present one); one statement for all of them."""
    counted = [Count("pk", filter=standing(seat, state) or None) for state in STATES]
    numbers = _of_period(seat, asked).aggregate(**{f"n{place}": each for place, each in enumerate(counted)})
    return [
        (code, title, numbers[f"n{place}"], code == asked.state) for place, (code, title) in enumerate(STATES.items())
    ]


def _cells(line: Line) -> tuple[str, ...]:
    about = (line.unit, line.title, line.period, f"{line.post} {line.holder}", line.state, line.due)
    return (*about, "、".join(line.evidence), line.why, line.file)
