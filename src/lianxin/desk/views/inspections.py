"""督查统计, a month (`desk.inspected`), and what stands behind each of its numbers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from lianxin.bulletins.gather import YEARS, period
from lianxin.figures.count import order_ids, proceeding_ids
from lianxin.figures.scope import Scope
from lianxin.proceedings import kinds
from lianxin.rules import periods
from lianxin.rules.measures import MEASURES
from lianxin.rules.periods import Period

from .. import entered, glimpse
from ..folio import title_of
from ..inspected import ASKED, COLUMNS, HOT, INSPECTED, Tables, counted, counts, sees_all
from ..seats import DeskRequest, Seat, refuse, seated
from ..weeks import moment
from .behind import PAGE, listed


@require_safe
@seated
def page(request: DeskRequest) -> HttpResponse:
    """One month."""
    seat = request.seat
    if not counts(seat):
        return refuse(request, "督查统计由热线中心和督查机构查看。")
    month = _month(request.GET.get("month", ""))
    try:
        found = counted(seat, month)
    except LookupError:
        messages.error(request, "这个月还没有生效的规则包，没有督查统计")
        return redirect("desk:proceedings")
    shown: dict[str, Any] = {"seat": seat, "here": "proceedings", "month": month, "cutoff": found.scope.cutoff}
    shown["after"] = month.next if month.end <= timezone.now() else None
    shown["tables"] = Tables(seat, month, found).all()
    return render(request, "desk/inspections.html", shown)


@require_safe
@seated
def behind(request: DeskRequest) -> HttpResponse:
    """What one number counts, orders or inspections, as far as the person may see them."""
    seat, of, month = request.seat, request.GET.get("of", ""), _month(request.GET.get("month", ""))
    cutoff = moment(request.GET.get("at", ""))
    names = next((names for names in COLUMNS if of in names), ())
    if not counts(seat) or not names or (cutoff and not month.start <= cutoff < month.end):
        raise Http404
    where = _where(seat, request, names)
    try:
        scope, _ = period(seat.directory, month.first, month.last, cutoff)
    except LookupError:
        raise Http404 from None
    query = {name: request.GET[name] for name in ("month", "of", "at", *ASKED) if name in request.GET}
    shown: dict[str, Any] = {"seat": seat, "here": "proceedings", "week": month, "title": MEASURES[of].title}
    shown |= {"query": urlencode(query), "corrected": False}
    make = _inspections if of in INSPECTED else _orders
    return render(request, "desk/behind.html", shown | make(seat, request, scope, of, where))


# --- what is asked ---------------------------------------------------------------------------
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


def _where(seat: Seat, request: DeskRequest, names: tuple[str, ...]) -> dict[str, list[Any]]:
    """The values that the address names, by column, and of an inspecting unit always its own; it has no hot spots."""
    if names == HOT and not sees_all(seat):
        raise Http404
    where: dict[str, list[Any]] = {} if sees_all(seat) else {"inspector": [seat.post.unit]}
    for name, column in ASKED.items():
        text = request.GET.get(name)
        if text is None:
            continue
        value = (entered.number(text, 19) or 0) if name in ("unit", "category") else text
        if column not in COLUMNS[names] or "\0" in text:
            raise Http404
        where[column] = [value]
    return where


# --- what stands behind a number -------------------------------------------------------------
def _orders(seat: Seat, request: DeskRequest, scope: Scope, of: str, where: Any) -> dict[str, Any]:
    """Orders: seen whole, or as far as they were shown to the person."""
    found = seat.lookable.filter(pk__in=order_ids(scope, of, where)).select_related("appeal").order_by("pk")
    rows: Any = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = {line.number: line for line in glimpse.lines(seat, [order.pk for order in rows if not order.whole])}
    lines = [listed(seat, order) if order.whole else _shown(order, shown.get(order.number)) for order in rows]
    return {"page": rows, "lines": [line for line in lines if line]}


def _shown(order: Any, line: glimpse.Line | None) -> dict[str, Any] | None:
    if line is None:
        return None
    url = reverse("desk:order", args=[line.number])
    about = {"number": line.number, "category": line.category, "at": order.registered_at}
    return {"title": line.title or line.category, "url": url, "state": line.state, **about}


def _inspections(seat: Seat, request: DeskRequest, scope: Scope, of: str, where: Any) -> dict[str, Any]:
    found = seat.proceedings.filter(pk__in=proceeding_ids(scope, of, where)).select_related("wording").order_by("pk")
    rows: Any = Paginator(found, PAGE).get_page(request.GET.get("page"))
    kind = kinds.find("inspection")
    lines = [
        {
            "title": title_of(row, kind),
            "url": reverse("desk:proceeding", args=[row.number]),
            "state": kind.state_title(row.state),
            "number": row.number,
            "category": kind.title,
            "at": row.registered_at,
        }
        for row in rows
    ]
    return {"page": rows, "lines": lines, "what": kind.title}
