"""First-dispatch success: whoever returned it, and whoever it was taken from, was the wrong one (首派准确率)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, make_cast
from tests.dispatch.catalogue import category, enacted, row

from lianxin.figures.count import count, order_ids
from lianxin.figures.scope import Scope
from lianxin.orders.models import Order, Share

pytestmark = pytest.mark.django_db
NAMES = ["first_sent", "first_right"]


@pytest.fixture
def base(db: None) -> Cast:
    return make_cast("base", "base")


def scope(cast: Cast, at: datetime, cutoff: datetime | None = None) -> Scope:
    return Scope.of_days(cast.centre.pk, at.date(), at.date(), "district", cutoff or later(at, days=5))


def sent(cast: Cast, at: datetime, *units: str, **more: Any) -> Order:
    order = cast.register(at)
    cast.dispatch(order, at, *(units or ("heat",)), **more)
    return order


def counted(cast: Cast, at: datetime, cutoff: datetime | None = None) -> tuple[int, int]:
    found = count(scope(cast, at, cutoff), NAMES)[()]
    return found["first_sent"], found["first_right"]


def elsewhere(cast: Cast, order: Order, at: datetime) -> None:
    lead = Share.objects.get(order=order, outcome="", role="lead")
    more = {"share": lead.pk, "unit": cast.units["bureau"].pk, "basis": "law", "reason": "属住建局职责。"}
    cast.do("dispatcher", "share.reassigned", order.pk, at, **more)


def test_who_stayed_was_right_and_who_was_replaced_was_not(base: Cast, nine: datetime) -> None:
    stayed, moved, recalled, released, swapped, withdrawn = (sent(base, nine) for _ in range(6))
    at = later(nine, hours=2)
    elsewhere(base, moved, at)
    # Recalled and sent to the very same unit once more: the first dispatch was taken back all the same.
    base.do("dispatcher", "order.recalled", recalled.pk, at, reason="派错了，重新派单。")
    base.dispatch(recalled, later(at, minutes=5), "heat")
    # A caller who withdraws proves no dispatch wrong.
    base.do("callback", "order.withdrawn", withdrawn.pk, at, reason="诉求人自行撤回。", told="已告知撤单。")
    # Whoever leads in its place, though it only assists now.
    added = {"unit": base.units["bureau"].pk, "role": "assist", "basis": "law"}
    base.do("dispatcher", "share.added", swapped.pk, at, **added)
    share = Share.objects.get(order=swapped, role="assist")
    base.do("dispatcher", "share.role_changed", swapped.pk, at, share=share.pk, role="lead", reason="由住建局主办。")
    assert counted(base, nine) == (6, 3)
    wrong = {moved.pk, recalled.pk, swapped.pk}
    assert set(order_ids(scope(base, nine), "first_right")) == {stayed.pk, released.pk, withdrawn.pk}
    assert set(order_ids(scope(base, nine), "first_sent")) - set(order_ids(scope(base, nine), "first_right")) == wrong
    # As it was known before anything of that happened, all had stayed: a printed figure stays what it was.
    assert counted(base, nine, later(nine, hours=1)) == (6, 6)


def test_a_return_that_is_granted_is_a_wrong_dispatch_and_one_that_is_refused_is_none(
    base: Cast, nine: datetime
) -> None:
    granted, refused, asked = (sent(base, nine) for _ in range(3))
    filed = {"return_reason": "not_duty", "reason": "不属于我单位职责。", "legal_basis": "三定规定"}
    at = later(nine, hours=1)
    for order in (granted, refused, asked):
        base.do("clerk@heat", "return.filed", order.pk, at, **filed)
    for order, said in (
        (granted, {"approved": True, "next_unit": base.units["bureau"].pk, "basis": "law"}),
        (refused, {"approved": False}),
    ):
        share = Share.objects.get(order=order)
        base.do("dispatcher", "return.decided", order.pk, at, share=share.pk, reason="按职责分工审定。", **said)
    assert counted(base, nine) == (3, 2)


def test_what_goes_round_again_or_came_later_is_no_first_dispatch(base: Cast, nine: datetime) -> None:
    order = sent(base, nine)
    elsewhere(base, order, later(nine, days=1))
    assert counted(base, later(nine, days=1)) == (0, 0)
    assert counted(base, nine) == (1, 0)
    # A dual dispatch is one of each of the two.
    duals = [{"unit": base.units[unit].pk, "role": "dual"} for unit in ("heat", "bureau")]
    day = later(nine, days=2)
    both = sent(base, day, shares=duals)
    assert counted(base, day) == (2, 2)
    share = Share.objects.get(order=both, unit=base.units["bureau"])
    base.do("dispatcher", "share.released", both.pk, later(day, hours=1), share=share.pk, reason="无需双派。")
    assert counted(base, day) == (2, 1)
    # Nor does whoever only assists count.
    assert counted(base, later(nine, days=3)) == (0, 0)
    sent(base, later(nine, days=3), "heat", "town")
    assert counted(base, later(nine, days=3)) == (1, 1)


def test_it_is_told_by_item_dispatcher_and_unit(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"))
    for item in ("R1", "R1", ""):
        order = base.register(nine, category=category(base, "供暖温度"))
        base.dispatch(order, nine, "heat", item=item)
    elsewhere(base, order, later(nine, hours=1))
    where = scope(base, nine)
    by = lambda column: {key: tuple(line.values()) for (key,), line in count(where, NAMES, by=[column]).items()}  # noqa: E731
    assert by("item") == {"R1": (2, 2), "": (1, 0)}
    assert by("dispatcher") == {base.staff["dispatcher"].pk: (3, 2)}
    assert by("unit_id") == {base.units["heat"].pk: (3, 2)}
    assert by("category_id") == {category(base, "供暖温度"): (3, 2)}
    assert order_ids(where, "first_sent", {"item": [""]}) == [order.pk]
