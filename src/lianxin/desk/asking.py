"""Several statements as one message: a journey to the database costs more than most of what is asked there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

#: A statement and its values.
Asked = tuple[str, Sequence[Any]]


def at_once(*asked: Asked) -> list[list[Any]]:
    """The rows of several statements, sent and answered as one message; [] for one that gives none."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("; ".join(text for text, _ in asked), [value for _, values in asked for value in values])
        for number in range(len(asked)):
            if number:
                cursor.nextset()
            found.append(cursor.fetchall() if cursor.description else [])
    return found
