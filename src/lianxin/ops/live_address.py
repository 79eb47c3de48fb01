"""Tells every template where the live updates are: `{{ live_url }}`."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, str]:
    """What templates know of it."""
    return {"live_url": url_for(request)}


def url_for(request: HttpRequest) -> str:
    """LIVE_URL where a proxy serves them; otherwise the host that the browser already knows, on the live port.

    Empty under a host name that is not ours: its error page hears nothing, but must come out.
    """
    if settings.LIVE_URL:
        return str(settings.LIVE_URL)
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    name = host[: host.rindex("]") + 1] if host.startswith("[") else host.split(":")[0]
    return f"{request.scheme}://{name}:{settings.LIVE_PORT}/"
