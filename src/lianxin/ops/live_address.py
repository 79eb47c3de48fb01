"""Tells every template where the live updates are: `{{ live_url }}`."""

from django.conf import settings
from django.http import HttpRequest


def of(request: HttpRequest) -> str:
    """LIVE_URL where a proxy serves them; otherwise the host that the browser already knows, on the live port.

    Raises DisallowedHost where the browser used an address that is none of ours.
    """
    if settings.LIVE_URL:
        return str(settings.LIVE_URL)
    host = request.get_host()
    name = host[: host.rindex("]") + 1] if host.startswith("[") else host.split(":")[0]
    return f"{request.scheme}://{name}:{settings.LIVE_PORT}/"


def context(request: HttpRequest) -> dict[str, str]:
    """For the settings' context processors."""
    return {"live_url": of(request)}
