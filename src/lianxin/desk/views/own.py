"""Own figures: what I did today, this week, this month; for supervisor and leaders what each person did."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from lianxin.bulletins.gather import YEARS
from lianxin.rules import periods

from .. import entered, own
from ..seats import DeskRequest, refuse, seated
from ..weeks import moment
from .behind import PAGE, listed


@require_GET
@seated
def page(request: DeskRequest) -> HttpResponse:
    """The person's own figures, and what was found of his records."""
    seat = request.seat
    if not seat.own_figures:
        return (
            redirect("desk:own_people") if seat.sees_people else refuse(request, "规则包没有给您的岗位列出本人指标。")
        )
    try:
        lines = own.mine(seat)
    except LookupError:
        messages.error(request, "还没有生效的规则包，没有指标")
        return redirect("desk:home")
    shown: dict[str, Any] = {"seat": seat, "here": "own", "spans": own.SPANS.values(), "lines": lines}
    return render(request, "desk/own.html", shown | {"checks": own.checks(seat)})


@require_GET
@seated
def people(request: DeskRequest) -> HttpResponse:
    """A table by person for each post."""
    seat = request.seat
    if not seat.sees_people:
        return refuse(request, "按人员的指标由督办员、领导查看；您本人的见“本人指标”。")
    span = request.GET.get("span", "")
    kind: Any = span if span in own.SPANS else "week"
    try:
        tables = own.everybody(seat, kind)
    except LookupError:
        messages.error(request, "还没有生效的规则包，没有指标")
        return redirect("desk:home")
    shown: dict[str, Any] = {"seat": seat, "here": "own", "spans": own.SPANS.items(), "span": kind}
    wanted = request.GET.get("page")
    paged = [(post, heads, Paginator(lines, PAGE).get_page(wanted)) for post, heads, lines in tables]
    longest = max((lines for _, _, lines in paged), key=lambda lines: lines.paginator.num_pages, default=None)
    shown |= {"tables": paged, "longest": longest, "query": f"span={kind}"}
    return render(request, "desk/own_people.html", shown)


@require_GET
@seated
def orders(request: DeskRequest) -> HttpResponse:
    """The orders behind one number of a person: his own, or anybody's for whoever sees those of all."""
    seat, asked = request.seat, {name: request.GET.get(name, "") for name in ("of", "period", "at", "person")}
    person = entered.number(asked["person"], 19)
    if person is None or not (seat.sees_people or (person == seat.staff.pk and seat.own_figures)):
        raise Http404
    try:
        period = periods.parse(asked["period"])
        if period.first.year not in YEARS:
            raise Http404
        title, ids = own.orders_of(seat.directory, asked["of"], period, person, moment(asked["at"]))
    except (LookupError, ValueError):
        raise Http404 from None
    found = seat.whole.filter(pk__in=ids).select_related("appeal").order_by("pk")
    rows = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "own", "title": title, "week": period, "page": rows}
    lines = [listed(seat, order) for order in rows]
    return render(request, "desk/behind.html", shown | {"lines": lines, "query": urlencode(asked)})
