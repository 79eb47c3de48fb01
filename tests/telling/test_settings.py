"""What is told outside the desk, and how loud, is the centre's rule book's word."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from tests.cast import Cast, later
from tests.proceedings.stages import dispatched
from tests.rulebooks import Shelf, Tables
from tests.telling.receivers import Robots
from tests.telling.stages import group, run

from lianxin.rules import policy
from lianxin.rules.policy_settings import Settings
from lianxin.rules.policy_telling import Telling, title


def adopt(books: Shelf, cast: Cast, **changes: Any) -> None:
    def change(book: Tables) -> None:
        book["telling"] = book["telling"] | changes

    books.adopt(cast, change)


@pytest.mark.parametrize(("events", "told"), [(["share.*"], 0), (["order.dispatched"], 1), (["*"], 1), ([], 0)])
def test_what_is_told_is_the_packs(base: Cast, robots: Robots, books: Shelf, events: list[str], told: int) -> None:
    adopt(books, base, events=events)
    group(base, "town", robots)
    dispatched(base, timezone.now())
    assert run(timezone.now()) == told


@pytest.mark.parametrize(
    ("changes", "urgency", "out"),
    [
        ({"urgent": [], "urgent_orders": []}, "urgent", 0),
        ({"urgent": ["order.dispatched"], "urgent_orders": []}, "normal", 1),
        ({"urgent": ["share.*"], "urgent_orders": ["urgent"]}, "normal", 0),
        ({"urgent": ["share.*"], "urgent_orders": ["urgent"]}, "urgent", 1),
        ({"urgent": [], "urgent_orders": ["normal"]}, "normal", 1),
    ],
)
def test_what_no_quiet_hour_holds_back_is_the_packs(
    base: Cast, robots: Robots, books: Shelf, changes: dict[str, Any], urgency: str, out: int
) -> None:
    adopt(books, base, **changes)
    now = timezone.now()
    group(base, "town", robots, digest_at="23:00", quiet_from="08:00", quiet_to="20:00")
    dispatched(base, now, urgency=urgency)
    assert run(later(now, minutes=1)) == out


def test_under_a_pack_from_before_nobody_is_told() -> None:
    assert Settings.model_fields["telling"].default == Telling(events=(), urgent=(), urgent_orders=())


def test_a_pack_names_only_what_happens(books: Shelf) -> None:
    from tests.rulebooks import tables

    for wrong in ("order.dispatchd", "nothing.*", "派单"):
        book = tables()
        book["telling"] = book["telling"] | {"events": [wrong]}
        with pytest.raises(policy.PolicyError, match=r"telling|events"):
            books.put(book)


def test_it_is_said_in_words() -> None:
    assert (title("order.dispatched"), title("*"), title("proceeding.breached")) == ("派单", "全部通知", "专办事项逾期")
    assert title("share.*").endswith(" 种")
    assert title("县城管局") == ""
