"""Reading the rows of a directory so that one that cannot be read does not take the others along."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DataError

#: What psycopg and Python say of a value that they cannot represent.
UNREADABLE = (DataError, ValueError, OverflowError)
_log = logging.getLogger(__name__)


def rows(queryset: Any, *columns: str, left_out: list[str]) -> list[tuple[Any, ...]]:
    """The rows as tuples; each that cannot be read is named in `left_out`, for the centre's administrator."""
    try:
        return list(queryset.values_list(*columns))
    except UNREADABLE:
        pass
    found = []
    title = queryset.model._meta.verbose_name
    for pk in list(queryset.values_list("pk", flat=True)):
        try:
            found += queryset.filter(pk=pk).values_list(*columns)
        except UNREADABLE as error:
            _log.error("%s %s cannot be read and is left out: %s", queryset.model.__name__, pk, error)
            left_out.append(f"{title}第 {pk} 号")
    return found
