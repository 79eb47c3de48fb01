"""A centre under the base pack, some orders in it, and a letter about two of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast

    from lianxin.orders.models import Order
    from lianxin.proceedings.models import Proceeding


@pytest.fixture
def base(db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast("base", "base")


@pytest.fixture
def early(nine: datetime) -> datetime:
    """Monday 2 November 2026, 9:00: so long ago that what was due then is past by now."""
    return nine - timedelta(days=16)


@pytest.fixture
def orders(base: Cast, early: datetime) -> list[Order]:
    """Two orders that the town handles."""
    from tests.proceedings.stages import dispatched

    return [dispatched(base, early, title=f"柳岸花园 {n} 号楼暖气不热") for n in (3, 4)]


@pytest.fixture
def letter(base: Cast, early: datetime, orders: list[Order]) -> Proceeding:
    """A warning letter about them to the town, due on Friday at 18:00."""
    from tests.proceedings.stages import LETTER, numbers, opened

    return opened(base, "letter.sent", early, **LETTER(base, early), numbers=numbers(orders))
