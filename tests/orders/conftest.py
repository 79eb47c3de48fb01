"""A centre under the base pack, which calls back before it closes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def base(db: None) -> object:
    """The cast of a centre that works by the base pack."""
    from tests.cast import make_cast

    return make_cast("base", "base")


@pytest.fixture
def books(tmp_path: Path) -> Iterator[object]:
    """A shelf of packs that a test changes."""
    from tests.rulebooks import shelf

    with shelf(tmp_path) as made:
        yield made
