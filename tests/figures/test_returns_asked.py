"""Petitions for return, by unit and by the reason that the pack names: when each is counted, and for whom."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from tests.cast import Cast, later, shanghai
from tests.rulebooks import shelf

from lianxin.figures.count import count, order_ids
from lianxin.ledger.models import Task
from lianxin.orders.models import Order

from .test_count import week


def filed(cast: Cast, at: datetime, reason: str = "not_duty", unit: str = "heat") -> Order:
    order = cast.register(later(at, minutes=-10))
    cast.dispatch(order, later(at, minutes=-5), unit)
    words = {"reason": "小区已移交物业管理", "legal_basis": "派单目录"}
    cast.do(f"clerk@{unit}", "return.filed", order.pk, at, return_reason=reason, **words)
    return order


def decide(cast: Cast, order: Order, at: datetime, **more: Any) -> None:
    cast.do("dispatcher", "return.decided", order.pk, at, reason="经核对职责清单决定", **more)


def test_each_petition_is_counted_under_its_reason_whatever_becomes_of_it(cast: Cast, nine: datetime) -> None:
    granted, refused = filed(cast, nine), filed(cast, nine, "not_area")
    filed(cast, nine, "not_duty", "town")
    move = {"approved": True, "next_unit": cast.units["bureau"].pk, "basis": "duty_list"}
    decide(cast, granted, later(nine, hours=1), **move)
    decide(cast, refused, later(nine, hours=1), approved=False)
    by_reason = count(week(cast), ["return_asked"], by=["reason"])
    assert {code: found["return_asked"] for (code,), found in by_reason.items()} == {"not_duty": 2, "not_area": 1}
    by_unit = count(week(cast), ["return_asked"], by=["unit_id"])
    heat, town = cast.units["heat"].pk, cast.units["town"].pk
    assert {unit: found["return_asked"] for (unit,), found in by_unit.items()} == {heat: 2, town: 1}
    assert order_ids(week(cast), "return_asked", {"reason": ["not_area"]}) == [refused.pk]


def test_twice_on_one_order_is_two(cast: Cast, nine: datetime) -> None:
    order = filed(cast, nine)
    move = {"approved": True, "next_unit": cast.units["bureau"].pk, "basis": "duty_list"}
    decide(cast, order, later(nine, hours=1), **move)
    words = {"reason": "属供热企业职责", "legal_basis": "派单目录", "return_reason": "not_duty"}
    cast.do("clerk@bureau", "return.filed", order.pk, later(nine, hours=2), **words)
    assert count(week(cast), ["return_asked"])[()] == {"return_asked": 2}
    assert order_ids(week(cast), "return_asked") == [order.pk]


def test_one_that_goes_from_post_to_post_is_one(cast: Cast, nine: datetime, tmp_path: Path) -> None:
    def levels(book: dict[str, Any]) -> None:
        asked = [{"post": "principal"}, {"post": "supervisor", "at": "centre"}]
        book["task"] = [row | {"levels": asked} if row["id"] == "S06" else row for row in book["task"]]

    with shelf(tmp_path) as books:
        books.adopt(cast, levels)
        order = filed(cast, nine)
        for level, who in enumerate(("principal@heat", "supervisor")):
            task = Task.objects.get(order=order, level=level).pk
            at = later(nine, minutes=5 + level)
            cast.do(who, "petition.endorsed", order.pk, at, task=task, agreed=True, reason="同意，请审定。")
        decide(cast, order, later(nine, hours=1), approved=False)
        assert Task.objects.filter(order=order, kind="return").count() == 3
        assert count(week(cast), ["return_asked"])[()] == {"return_asked": 1}
        assert order_ids(week(cast), "return_asked") == [order.pk]


def test_what_was_filed_in_the_period_and_recorded_by_the_cut_off(cast: Cast, nine: datetime) -> None:
    filed(cast, nine)
    filed(cast, shanghai("2026-11-23 00:00"))
    assert count(week(cast), ["return_asked"])[()] == {"return_asked": 1}
    assert count(week(cast, cutoff=nine), ["return_asked"])[()] == {"return_asked": 0}
    assert count(week(cast, cutoff=later(nine, minutes=1)), ["return_asked"])[()] == {"return_asked": 1}


def test_other_centres_test_orders_and_other_petitions_are_not_counted(cast: Cast, other: Cast, nine: datetime) -> None:
    filed(other, nine)
    Order.objects.filter(pk=filed(cast, nine).pk).update(simulated=True)
    order = cast.register(nine)
    (share,) = cast.dispatch(order, nine, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, nine, share=share.pk)
    more_time = {"workdays": 1, "reason": "等待配件到货"}
    cast.do("clerk@heat", "extension.filed", order.pk, later(nine, hours=1), **more_time)
    assert count(week(cast), ["return_asked"])[()] == {"return_asked": 0}
