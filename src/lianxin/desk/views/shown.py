"""What is shown to the person: orders that are neither his centre's nor his unit's work."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.orders import access
from lianxin.rules import lifecycle

from .. import entered, glimpse
from ..seats import DeskRequest, seated

#: What whoever is shown an order may say of it.
OPINION = "order.opinion"


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """The newest first, fifty a page; the next page begins before the last order of this one."""
    known = entered.number(request.GET.get("before", ""), 19)
    lines, more = glimpse.newest(request.seat, known)
    seat = request.seat
    shown = {"seat": seat, "here": "shown", "lines": lines, "more": more, "first": known is None}
    shown["opines"] = seat.acting and access.takes(seat.actor, lifecycle.find(OPINION), seat.directory)
    return render(request, "desk/shown.html", shown)
