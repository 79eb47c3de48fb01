"""The sign-in form, and what somebody carries through it whose session ended while he was typing."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from . import drafts


class SignInForm(AuthenticationForm):
    """Name and password, with sentences that say what to do."""

    error_messages = {
        "invalid_login": "用户名或密码不对，请重新输入；忘记密码请联系本中心的系统管理员。",
        "inactive": "这个账号已停用，请联系本中心的系统管理员。",
        "wait": "连续输错 %(limit)s 次，请 %(minutes)s 分钟后再试；忘记密码请联系本中心的系统管理员。",
    }

    def get_invalid_login_error(self) -> ValidationError:
        if not getattr(self.request, "axes_locked_out", False):
            return super().get_invalid_login_error()
        minutes = settings.AXES_COOLOFF_TIME.seconds // 60
        values = {"limit": settings.AXES_FAILURE_LIMIT, "minutes": minutes}
        return ValidationError(self.error_messages["wait"], code="wait", params=values)


def ask(request: HttpRequest) -> HttpResponse | None:
    """The sign-in page in answer to a form that was posted without a session; None where nothing of ours was posted.

    What was typed stands on it sealed, and goes to the same person's form when he has signed in, to nobody else's.
    """
    carried = drafts.carry(request.POST) if request.method == "POST" else ""
    if not carried:
        return None
    shown = {"form": SignInForm(request), "next": request.get_full_path(), "carried": carried}
    return render(request, "desk/login.html", shown | {"action": settings.LOGIN_URL}, status=401)
