"""A centre under the base pack, which calls back before it closes."""

import pytest


@pytest.fixture
def base(db: None) -> object:
    """The cast of a centre that works by the base pack."""
    from tests.cast import make_cast

    return make_cast("base", "base")
