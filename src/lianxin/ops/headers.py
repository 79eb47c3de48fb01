"""What every answer of the site tells the browser that it may load and run."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from . import live_address

HEADER = "Content-Security-Policy"
#: Scripts and styles come from files of ours and nothing else: what gets into a page as text never runs.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(live_url: str) -> str:
    """The policy of a page that hears live updates from `live_url`, which may be another origin or a path of ours."""
    found = urlsplit(live_url)
    live = f" {found.scheme}://{found.netloc}" if found.netloc else ""
    return "; ".join(f"{name} {sources}{live if name == 'connect-src' else ''}" for name, sources in POLICY.items())


class ContentSecurityPolicy:
    """The middleware.  An answer that has a policy of its own (a stranger's file) keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if HEADER not in response:
            response[HEADER] = policy(live_address.url_for(request))
        return response
