"""The demo's play, once for all tests that only read it: twenty seconds, rolled back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The Junan centre after weeks 42 and 43 of 2021 and all of November."""
    from django.db import connection, transaction
    from django.utils import timezone

    from lianxin.ops.simulation import show

    with django_db_blocker.unblock(), transaction.atomic():
        centre = show.raise_curtain("demo")
        show.play(centre, timezone.now())
        with connection.cursor() as cursor:
            # What one transaction wrote nobody else analyses: without it the planner thinks the tables empty.
            cursor.execute("ANALYZE")
        yield centre
        transaction.set_rollback(True)
