"""What the morning page of a unit says in short, whole: its lists, and the orders behind a figure by which it is
ranked.  A unit asks for its own alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import entered, morning, place, rowdrawing
from ..seats import DeskRequest, refuse, seated
from ..weeks import moment
from .behind import PAGE, listed

NO_UNIT = "这是承办单位岗位的页面。"


@require_safe
@seated
def listing(request: DeskRequest, code: str) -> HttpResponse:
    """One list of the morning, fifty a page."""
    seat = request.seat
    if code not in morning.TITLES:
        raise Http404
    if not morning.there(seat):
        return refuse(request, NO_UNIT)
    number = entered.page(request.GET.get("page", ""))
    found = morning.listed(seat, code, number)
    if number > 1 and not found.lines:
        # Beyond the end, which may have moved meanwhile.
        number, found = 1, morning.listed(seat, code, 1)
    page = Paginator(range(found.total), morning.PAGE).get_page(number)
    shown: dict[str, Any] = {"seat": seat, "here": "home", "list": found, "page": page, "query": ""}
    shown["lines"] = rowdrawing.lines(found.lines)
    shown["lists"] = [(other, title, other == code) for other, title in morning.TITLES.items()]
    return render(request, "desk/today.html", shown)


@require_safe
@seated
def orders_behind(request: DeskRequest) -> HttpResponse:
    """The orders behind the unit's own figure, as it was counted at the moment that the address names."""
    seat = request.seat
    if not morning.there(seat):
        return refuse(request, NO_UNIT)
    code, at = request.GET.get("of", ""), moment(request.GET.get("at", "")) or seat.now
    try:
        title, ids = place.measures_behind(seat, code, at)
    except LookupError:
        raise Http404 from None
    orders = seat.whole.filter(pk__in=ids).select_related("appeal").order_by("pk")
    page = Paginator(orders, PAGE).get_page(request.GET.get("page"))
    query = urlencode({"of": code, "at": request.GET.get("at", "")})
    shown: dict[str, Any] = {"seat": seat, "here": "home", "title": title, "page": page, "query": query}
    shown["lines"] = [listed(seat, order) for order in page]
    return render(request, "desk/place.html", shown)
