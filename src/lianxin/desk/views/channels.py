"""通知渠道: those that a post looks after, those of a person himself, and trying one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.directory.channel_form import ChannelForm
from lianxin.directory.models import Channel
from lianxin.ledger import journal
from lianxin.telling import again

from .. import undelivered
from ..seats import DeskRequest, refuse, seated
from .undelivered import NOT_YOURS, PAGE

#: A person has so many at most.
MOST_OWN = 5


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """Those of the centre; to a unit's leads those of their unit and its people."""
    seat = request.seat
    if not seat.sees_undelivered:
        return refuse(request, NOT_YOURS)
    found = undelivered.with_last(undelivered.channels(seat))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = {"seat": seat, "here": "undelivered", "page": page, "query": "", "tries": seat.may(again.TRIED)}
    return render(request, "desk/channels.html", shown)


@require_safe
@seated
def own(request: DeskRequest) -> HttpResponse:
    """A person's own."""
    found = undelivered.with_last(Channel.objects.filter(staff=request.seat.staff))
    shown = {"seat": request.seat, "here": "me", "page": list(found), "mine": True, "tries": True}
    return render(request, "desk/channels.html", shown | {"full": len(found) >= MOST_OWN})


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def edit(request: DeskRequest, channel: int | None = None) -> HttpResponse:
    """A new one, or one of his, changed; that it was, is in the journal."""
    seat, mine = request.seat, Channel.objects.filter(staff=request.seat.staff)
    kept = mine.filter(pk=channel).first() if channel else Channel(centre_id=seat.directory.centre_id, staff=seat.staff)
    if kept is None:
        raise Http404
    if channel is None and mine.count() >= MOST_OWN:
        return refuse(request, f"每人最多 {MOST_OWN} 个通知渠道；不再使用的请修改，不要另加。")
    form = ChannelForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        action = "channel.changed" if channel else "channel.added"
        with transaction.atomic():
            saved = form.save()
            payload = {"ids": [saved.pk]}
            journal.write(seat.directory.centre_id, action, at=seat.now, staff=seat.staff.pk, payload=payload)
        messages.success(request, f"{saved.get_kind_display()}“{saved.name}”已保存，可以发一条测试消息")
        return redirect("desk:own_channels")
    shown: dict[str, Any] = {"seat": seat, "here": "me", "form": form, "kept": kept}
    return render(request, "desk/channel.html", shown, status=422 if form.is_bound else 200)


@require_POST
@seated
def attempt(request: DeskRequest, channel: int) -> HttpResponse:
    """发测试消息: sent at once, and how it came out is said."""
    seat = request.seat
    mine = Channel.objects.filter(pk=channel, staff=seat.staff).first()
    found = mine or (undelivered.channels(seat).filter(pk=channel).first() if seat.may(again.TRIED) else None)
    if found is None:
        raise Http404
    outcome = again.attempt(found, seat.staff.pk, seat.now)
    if outcome.state == "sent":
        messages.success(request, f"测试消息已送到“{found.name}”")
    else:
        messages.error(request, f"测试消息没有确认送到“{found.name}”：{outcome.why}。")
    return redirect("desk:own_channels" if mine and request.POST.get("mine") else "desk:channels")
