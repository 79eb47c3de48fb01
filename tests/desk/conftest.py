"""A centre that calls back itself, its web site, and orders to fill its queues."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast
    from tests.desk.web import Site

    from lianxin.orders.models import Order


@pytest.fixture
def base(db: None) -> Cast:
    """A centre that calls back itself before it closes."""
    from tests.cast import make_cast

    return make_cast("chenghe", "base")


@pytest.fixture
def site(base: Cast) -> Site:
    """The web site of that centre."""
    from tests.desk.web import Site

    return Site(base)


@pytest.fixture
def fill(base: Cast) -> Callable[[int], list[Order]]:
    """So many orders at the heating company, some signed, some overdue."""
    from django.utils import timezone
    from tests.cast import later

    def make(count: int) -> list[Order]:
        made = []
        for n in range(count):
            at = later(timezone.now(), days=-6, minutes=-n)
            order = base.register(at, source="county")
            base.dispatch(order, later(at, minutes=2), "heat", "bureau")
            if n % 2:
                base.do("clerk@heat", "share.signed", order.pk, later(at, minutes=9))
            made.append(order)
        return made

    return make
