"""我的: the posts that I hold, and leaving."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from ..seats import CHOSEN, DeskRequest, seated


@seated
def me(request: DeskRequest) -> HttpResponse:
    """Who I am here, my posts, the key map."""
    return render(request, "desk/me.html", {"seat": request.seat, "here": "me"})


@require_POST
@seated
def choose_post(request: DeskRequest) -> HttpResponse:
    """Work at another of one's posts from now on; what is not one's own is ignored."""
    wanted = request.POST.get("post", "")
    if wanted in {str(post.id) for post in request.seat.posts}:
        request.session[CHOSEN] = int(wanted)
    return redirect("desk:home")
