"""What a visitor of the demo reads first: the accounts of its centres, and where each rule's scene is to be found.

There is such a page only where the demo has been loaded, and it names nobody but posts.
"""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lianxin.directory import snapshot
from lianxin.directory.models import DemoLoading
from lianxin.figures.kept import kept

from .simulation.accounts import ACCOUNTS, PASSWORD
from .simulation.scenes import programme


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The demo's centres."""
    loadings = list(DemoLoading.objects.select_related("centre").order_by("pk"))
    if not loadings:
        raise Http404
    now = timezone.now()
    centres = [
        {
            "name": loading.centre.name,
            "accounts": ACCOUNTS.get(loading.centre.code, ()),
            "loading": not loading.done,
            "scenes": _scenes(loading, now) if loading.done else [],
        }
        for loading in loadings
    ]
    return render(
        request, "desk/demo.html", {"centres": centres, "password": PASSWORD, "changed": f"{programme.CHANGED}。"}
    )


def _scenes(loading: DemoLoading, now: datetime) -> list[programme.Played]:
    """Kept for a minute: anybody may ask for the page, without signing in."""
    stamp = snapshot.of(loading.centre_id).stamp
    return kept(("demo", loading.pk), stamp, lambda: list(programme.played(loading.centre, now)))
