"""Working through a queue: from which queue a form was opened, and where its person goes when it is done."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from . import presence, queues, work
from .queues import Queue
from .seats import DeskRequest, Seat


def queue_of(request: DeskRequest) -> str:
    """The code of the queue that the person works through, if he came from one of his own."""
    queue = named(request.seat, request.POST.get("queue") or request.GET.get("queue") or "")
    return queue.code if queue else ""


def named(seat: Seat, code: str) -> Queue | None:
    """One of the seat's queues that people work through."""
    return next((queue for queue in queues.queues_of(seat) if queue.code == code and queue.worked), None)


def after(request: DeskRequest, order: int) -> str:
    """Where the person goes when an act on `order` is done: to the next thing of his queue, where he asked for it;
    back to the page of this site from which he took it; `""` for the order's own page."""
    queue = named(request.seat, request.POST.get("queue", ""))
    if queue is not None and request.POST.get("then") == "next":
        return following(request.seat, queue, but=order) or f"{reverse('desk:home')}?queue={queue.code}"
    target = back_to(request)
    return target if urlsplit(target).path == "/" else ""


def back_to(request: DeskRequest) -> str:
    """The page of this site to which a form asks to go back; `""` for anything else."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}) and target.isprintable()
    # A word without a slash is a name to Django's `redirect`, not an address.
    return target if safe and target.startswith("/") else ""


def go(request: DeskRequest, where: str) -> HttpResponse:
    """There, when an act is done.  A page that sent its form by itself is told where to go: had it followed a redirect,
    what is now so would have been said to nobody."""
    if request.headers.get("X-Form"):
        return HttpResponse(status=204, headers={"X-Goto": where})
    return redirect(where)


def following(seat: Seat, queue: Queue, *, but: int | None = None) -> str:
    """The address of the form of the queue's next thing, handed out to this person; `""` if nothing is left."""
    given = presence.hand_out(seat, queue, lambda thing: _verb(seat, queue, thing), but=but)
    if given is None:
        return ""
    thing, action = given
    order, share = work.order_of(thing), work.share_of(thing)
    asked: dict[str, Any] = {"queue": queue.code} | ({"share": share.pk} if share else {})
    return f"{reverse('desk:act', args=[order.number, action])}?{urlencode(asked)}"


def _verb(seat: Seat, queue: Queue, thing: Any) -> str:
    """The next verb of one thing of a queue."""
    sheet = work.Sheet(seat, queue, [thing])
    return sheet.next_of(thing)
