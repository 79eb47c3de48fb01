"""The demo's play, once for all tests that only read it: twenty seconds, rolled back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Any]:
    """The Junan centre after weeks 42 and 43 of 2021 and all of November."""
    from django.db import connection, transaction
    from django.test import override_settings
    from django.utils import timezone

    from lianxin.ops.simulation import show

    with django_db_blocker.unblock(), transaction.atomic():
        centre = show.raise_curtain("demo")
        # Where its files are: a test that looks at them says so to the settings, which are each test's own.
        centre.attachments = tmp_path_factory.mktemp("attachments")
        with override_settings(MEDIA_ROOT=centre.attachments):
            assert show.play(centre, timezone.now()) == []
        with connection.cursor() as cursor:
            # What one transaction wrote nobody else analyses: without it the planner thinks the tables empty.  Our own
            # tables by name: of all it would lock what the databases share, and the other worker wait for our end.
            cursor.execute(f"ANALYZE {', '.join(connection.introspection.table_names(cursor))}")
        yield centre
        transaction.set_rollback(True)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[object]:
    """A shelf of packs that a test changes."""
    from tests.rulebooks import shelf

    with shelf(tmp_path) as made:
        yield made


@pytest.fixture
def zhoucun(db: None) -> object:
    """The cast of a centre that lives under the rule book of Zhoucun."""
    from tests.cast import make_cast

    from lianxin.directory.trees import plant

    cast = make_cast("zhoucun", "zhoucun-2019")
    plant(cast.centre, [("城乡建设", "城市建设和市政管理", "燃气供应")])
    return cast
