"""Tells every template where the live updates are: `{{ live_url }}`."""

from django.conf import settings
from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, str]:
    """LIVE_URL where a proxy serves them; otherwise the host that the browser already knows, on the live port."""
    if settings.LIVE_URL:
        return {"live_url": settings.LIVE_URL}
    host = request.get_host()
    name = host[: host.rindex("]") + 1] if host.startswith("[") else host.split(":")[0]
    return {"live_url": f"{request.scheme}://{name}:{settings.LIVE_PORT}/"}
