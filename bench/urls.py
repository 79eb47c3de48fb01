"""The site as it is, and the limit of what a page can do: signed in, the form read and checked, nothing written."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lianxin.ledger import verbs


@require_POST
@never_cache
@login_required
def parse(request: HttpRequest, action: str) -> HttpResponse:
    """What no page of Django can do without: session, user, CSRF, the form's fields, the payload checked by its model.

    No queries beside session and user, no template, no ledger.
    """
    lists = ("requests",)
    data = {name: request.POST.getlist(name) if name in lists else request.POST[name] for name in request.POST}
    for name in ("csrfmiddlewaretoken", "key", "next", "share"):
        data.pop(name, None)
    caller = {part: data.pop(f"caller_{part}", "") for part in ("name", "phone")}
    if any(caller.values()):
        data["caller"] = caller
    verb = verbs.get(action)
    verbs.validate(verb, {name: value for name, value in data.items() if value and name not in ("category", "area")})
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [path("bench/<str:action>/", parse), path("", include("lianxin.ops.urls"))]
