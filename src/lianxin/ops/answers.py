"""What holds for every answer of the web site: which methods there are, what a page may load, how it is packed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers

from lianxin.desk.errors import method_not_allowed
from lianxin.ledger import together

from . import live_address

METHODS = frozenset({"GET", "HEAD", "POST"})
#: No script and no style stands in a page; the bulletin that is saved as one file is not served under this.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
PACKED = ("text/", "application/json", "application/javascript", "image/svg+xml")
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Methods:
    """Every page answers GET, HEAD and POST; whatever else is asked changes nothing and is told so (405)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in METHODS:
            return method_not_allowed(request, sorted(METHODS))
        answer = self.get_response(request)
        if answer.status_code == 405 and not answer.streaming and not getattr(answer, "content", b""):
            # A page that takes only the one or the other: Django's own answer is empty.
            return method_not_allowed(request, answer.headers.get("Allow", "").split(", "))
        return answer


class Together:
    """What several people send at the same moment may be recorded in one transaction."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            return self.get_response(request)
        with together.expected():
            return self.get_response(request)


class ContentSecurityPolicy:
    """What a page may load and run, so that a text that somebody slipped into one can do neither."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        answer.headers.setdefault("Content-Security-Policy", policy(_live(request)))
        return answer


@lru_cache(maxsize=64)
def policy(live: str) -> str:
    """The header's value; `live` is where the live updates come from."""
    rules = {**POLICY, "connect-src": f"'self' {live}".strip()}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _live(request: HttpRequest) -> str:
    try:
        parts = urlsplit(live_address.of(request))
    except (DisallowedHost, ValueError):
        return ""
    # LIANXIN_LIVE_URL may be a path of ours, behind one proxy.
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


class Pack(GZipMiddleware):
    """Pages and styles go out packed; what is packed by its nature (pictures, docx, xlsx, PDF) goes as it is.

    Django's middleware pads each answer by a random length, so that its size does not tell what stands in it (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        if not response.headers.get("Content-Type", "").startswith(PACKED):
            return response
        if isinstance(response, StreamingHttpResponse):
            return self._file(request, response) if request.path.startswith("/static/") else response
        return super().process_response(request, response)

    def _file(self, request: HttpRequest, response: StreamingHttpResponse) -> HttpResponseBase:
        """A style or script: packed once, since everybody gets the same."""
        patch_vary_headers(response, ("Accept-Encoding",))
        accepts = re_accepts_gzip.search(request.headers.get("Accept-Encoding", ""))
        if not accepts or request.method != "GET" or response.status_code != 200:
            return response
        version = response.headers.get("Last-Modified", "") + response.headers.get("ETag", "")
        key = (request.path, version)
        if key not in _packed:
            _packed[key] = gzip.compress(b"".join(response.streaming_content), mtime=0)  # type: ignore[arg-type]
        response.close()
        answer = HttpResponse(_packed[key], headers=dict(response.headers))
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Content-Length"] = str(len(_packed[key]))
        if etag := answer.headers.get("ETag"):
            answer.headers["ETag"] = f"W/{etag.removeprefix('W/')}"
        return answer


#: There are a few dozen such files, and they change with the program only.
_packed: dict[tuple[str, str], bytes] = {}
