"""The demo's play, once for all tests that only read it: twenty seconds, rolled back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The Junan centre after weeks 42 and 43 of 2021 and all of November."""
    from django.db import transaction
    from django.utils import timezone

    from lianxin.ops.simulation import show

    with django_db_blocker.unblock(), transaction.atomic():
        centre = show.raise_curtain("demo")
        show.play(centre, timezone.now())
        yield centre
        transaction.set_rollback(True)
