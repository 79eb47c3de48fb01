"""Signing in and out.  Both leave a line in the centre's journal."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from lianxin.directory import snapshot
from lianxin.directory.models import Centre, DemoLoading, Staff
from lianxin.ledger import journal
from lianxin.rules.policy import PolicyError

from .. import drafts
from ..door import SignInForm


class SignIn(LoginView):
    """The sign-in page."""

    template_name = "desk/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With whose house this is, whether it is a demo, and how far that has been loaded while it is being loaded."""
        demo = list(DemoLoading.objects.order_by("pk"))
        loading = next((line for line in demo if not line.done), None)
        carried = self.request.POST.get("carried", "")
        return super().get_context_data(**kwargs) | _house() | {"demo": demo, "loading": loading, "carried": carried}

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        if carried := self.request.POST.get("carried"):
            drafts.arrive(form.get_user().pk, carried, timezone.now())
        _note("signin", form.get_user())
        return response


def wait(request: HttpRequest, page: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """What somebody gets who failed too often (called by axes): the page, which says so, as 429."""
    page.status_code = 429
    return page


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session; only by POST, so that no link can sign anybody out."""
    if isinstance(request.user, Staff):
        _note("signout", request.user)
    logout(request)
    return redirect("desk:login")


def _house() -> dict[str, Any]:
    """Name and slogan of the centre, where there is only one: its own slogan, or its pack's."""
    centres = Centre.objects.all()[:2]
    if len(centres) != 1:
        return {}
    centre = centres[0]
    try:
        slogan = centre.slogan or snapshot.of(centre.pk).pack(timezone.now()).document.slogan
    except (LookupError, PolicyError):  # no pack in force, or a faulty one: people must still get in to mend it
        slogan = ""
    return {"centre": centre, "slogan": slogan}


def _note(action: str, staff: Staff) -> None:
    journal.write(staff.centre_id, action, at=timezone.now(), staff=staff.pk, payload={})
