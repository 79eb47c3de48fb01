"""What an open form tells the server while it is open: what was typed, that somebody is at it, what he looks for.

Answers have no page: 204 for done, 409 where another person has signed in meanwhile, 413 for more than a form holds.
"""

from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from .. import choices, drafts, duty, entered, faces, onward, picked, presence
from ..seats import DeskRequest, seated
from . import handover
from .order import look

NONE, ANOTHER, TOO_LONG = 204, 409, 413


@require_POST
@seated
def keep(request: DeskRequest) -> HttpResponse:
    """Keep what stands in a form of this person."""
    whose = drafts.read_tag(request.POST.get(drafts.TAG, ""))
    if whose is None or whose[0] != request.seat.staff.pk:
        return HttpResponse(status=ANOTHER)
    kept = drafts.keep(*whose, request.POST, request.seat.now)
    duty.seen(request.seat)
    return HttpResponse(status=NONE if kept else TOO_LONG)


@require_POST
@seated
def drop(request: DeskRequest) -> HttpResponse:
    """Throw a draft away and begin anew."""
    whose = drafts.read_tag(request.POST.get(drafts.TAG, ""))
    if whose is not None and whose[0] == request.seat.staff.pk:
        drafts.drop(*whose)
    return redirect(onward.back_to(request) or reverse("desk:home"))


@require_POST
@seated
def here(request: DeskRequest) -> HttpResponse:
    """The person still has a form of this order open, or has just left it; who else has one is the answer."""
    action = request.POST.get("action", "")
    order = look(request.seat, request.POST.get("number", "")).order
    if action not in faces.in_order() or not request.seat.acting:
        raise Http404
    if request.POST.get("gone"):
        presence.gone(request.seat, order.pk)
        return HttpResponse(status=NONE)
    presence.here(request.seat, order.pk, action)
    return JsonResponse({"others": presence.others(request.seat, order.pk)})


@require_GET
@seated
def pick(request: DeskRequest, kind: str) -> HttpResponse:
    """The first names that fit what was typed."""
    typed = request.GET.get("q", "").replace("\x00", "")[:60]
    usual = {"unit": "unit", "category": "category", "area": "area", "person": "heir"}.get(kind)
    known = choices.picks(request.seat.directory, usual) if usual else handover.picks(request.seat, kind)
    if kind == "unit" and (below := entered.number(request.GET.get("below", ""), 19)) is not None:
        known = choices.units_below(request.seat.directory, below)
    found = picked.offered(request.seat, kind, known, typed)
    return JsonResponse({"names": [option.name for option in found]})
