"""What no form of the administration sends, answered at one place.

Django's admin believes addresses and hidden fields: a word where a number belongs, or a number that no column holds,
comes back as an exception of Python or of the database.  It changes nothing and is the sender's fault, so it is a 400.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest, FieldError, ValidationError
from django.db import DataError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

NONSENSE = (ValueError, TypeError, KeyError, OverflowError, ValidationError, FieldError, DataError)
_log = logging.getLogger(__name__)


class AdminInput:
    """Middleware; what it takes for bad input stands in the log whole, should it have been a fault of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """400 for what only input can cause; everything else goes its way."""
        match = request.resolver_match
        if match is None or "admin" not in match.app_names or not isinstance(exception, NONSENSE):
            return None
        if not (request.GET or request.POST or match.kwargs):
            return None
        _log.warning("bad input to %s", request.path, exc_info=exception)
        raise BadRequest(str(exception)) from exception
