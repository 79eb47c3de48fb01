"""我的: my notices, the posts that I hold, and leaving."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from .. import inbox
from ..seats import CHOSEN, DeskRequest, seated


@seated
def me(request: DeskRequest) -> HttpResponse:
    """Who I am here, my notices, my posts, the key map."""
    seat = request.seat
    shown = {"notices": inbox.lines(seat), "unread": inbox.unread(seat).count(), "until": seat.now.isoformat()}
    return render(request, "desk/me.html", {"seat": seat, "here": "me"} | shown)


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
