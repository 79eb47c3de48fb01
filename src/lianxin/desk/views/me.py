"""我的: my notices, the posts that I hold, and leaving."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from .. import inbox
from ..seats import CHOSEN, DeskRequest, seated


@seated
def me(request: DeskRequest) -> HttpResponse:
    """Who I am here, my notices, my posts, the key map."""
    seat = request.seat
    shown = {"notices": inbox.lines(seat), "until": seat.now.isoformat()}
    return render(request, "desk/me.html", {"seat": seat, "here": "me"} | shown)


@require_safe
@seated
def pulse(request: DeskRequest) -> HttpResponse:
    """The counts of the frame alone: each page fetches them anew when it hears of news."""
    return render(request, "desk/_pulse.html", {"seat": request.seat})


@require_safe
@seated
def bell(request: DeskRequest) -> HttpResponse:
    """The newest notices, for the list under the bell."""
    shown = {"notices": inbox.lines(request.seat, inbox.LATEST), "until": request.seat.now.isoformat()}
    return render(request, "desk/_bell.html", {"seat": request.seat} | shown)


@require_POST
@seated
def read_notices(request: DeskRequest) -> HttpResponse:
    """All notices that were there when the page was drawn are read."""
    until = _instant(request.POST.get("until", "")) or request.seat.now
    inbox.read_all(request.seat, min(until, request.seat.now))
    return redirect("desk:me")


def _instant(text: str) -> datetime | None:
    """An aware instant as the page wrote it; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


@require_POST
@seated
def choose_post(request: DeskRequest) -> HttpResponse:
    """Work at another of one's posts from now on; what is not one's own is ignored."""
    wanted = request.POST.get("post", "")
    if wanted in {str(post.id) for post in request.seat.posts}:
        request.session[CHOSEN] = int(wanted)
    return redirect("desk:home")
