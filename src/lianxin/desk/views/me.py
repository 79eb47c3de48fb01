"""我的: my notices, the posts that I hold, and leaving."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.directory.models import Staff
from lianxin.ledger import journal

from .. import inbox
from ..seats import CHOSEN, DeskRequest, seated, seated_before_password


class PasswordForm(PasswordChangeForm):
    """The old password, and the new one twice."""

    error_messages = {
        "password_incorrect": "原密码不对，请重新输入；忘记密码请联系本中心的系统管理员。",
        "password_mismatch": "两次输入的新密码不一致，请重新输入。",
    }

    def clean(self) -> dict[str, Any]:
        """The new one is another one."""
        old, new = self.cleaned_data.get("old_password"), self.cleaned_data.get("new_password1")
        if old and old == new:
            self.add_error("new_password1", "新密码不能与原密码相同。")
        return super().clean() or {}


@seated
def me(request: DeskRequest) -> HttpResponse:
    """Who I am here, my notices, my posts, the key map."""
    seat = request.seat
    shown = {"notices": inbox.lines(seat), "until": seat.now.isoformat()}
    return render(request, "desk/me.html", {"seat": seat, "here": "me"} | shown)


@require_http_methods(["GET", "HEAD", "POST"])
@seated_before_password
def password(request: DeskRequest) -> HttpResponse:
    """Change one's own password: the old one is asked, every other session of the person ends."""
    person = request.seat.staff
    form = PasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            Staff.objects.filter(pk=person.pk).update(must_change_password=False)
            journal.write(person.centre_id, "password.changed", at=request.seat.now, staff=person.pk, payload={})
        update_session_auth_hash(request, person)
        messages.success(request, "密码已更改，您在其他地方的登录已全部退出")
        return redirect("desk:me")
    shown = {"seat": request.seat, "here": "me", "form": form, "forced": person.must_change_password}
    return render(request, "desk/password.html", shown, status=422 if form.is_bound else 200)


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
