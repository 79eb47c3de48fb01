"""A result counts as told on its day while it stands (Jinan's C41): where one is sent back, taken away or handled
again, where the rule must not bite, and what the figure says as of which cut-off."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.acceptance.test_jinan_feedback import replied
from tests.acceptance.zhoucun import REASON, has, lapse, out
from tests.cast import Cast, later, make_cast, shanghai
from tests.rulebooks import Shelf

from lianxin.figures.count import count, order_ids
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Clock, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share

pytestmark = pytest.mark.django_db
DEFECT = {"defect": "incomplete", "reason": "没有写明何时修好。"}


@pytest.fixture
def jinan(db: None) -> Cast:
    """The cast of a centre that lives under the rule book of Jinan."""
    return make_cast("jinan", "jinan-cg")


def duties(order: Order) -> list[tuple[str, str]]:
    """The outcome of each duty to tell a result on its day, and the day at whose end it is due, in their order."""
    found = Task.objects.filter(order=order, kind="same_day").order_by("pk")
    return [
        (task.outcome, f"{Clock.objects.get(task=task).start.astimezone(shanghai('2026-01-01 00:00').tzinfo):%m-%d}")
        for task in found
    ]


def told(cast: Cast, order: Order, at: datetime) -> None:
    cast.do("auditor", "share.passed", order.pk, at)
    cast.do("callback", "callback.recorded", order.pk, later(at, minutes=5), words="已修好，没有意见。")


def figure(cast: Cast, nine: datetime, cutoff: datetime | None = None) -> tuple[int, int]:
    """Results that had to be told on their day in the week of `nine`, and those that were."""
    scope = week(cast, nine, cutoff)
    found = count(scope, ["results_reported", "told_same_day"])[()]
    return found["results_reported"], found["told_same_day"]


def week(cast: Cast, nine: datetime, cutoff: datetime | None = None) -> Scope:
    first = nine.date().replace(day=nine.day - nine.weekday())
    return Scope.of_days(cast.centre.pk, first, first.replace(day=first.day + 6), "city", cutoff)


def test_c41_a_result_that_is_sent_back_was_not_told(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    replied(jinan, order, later(nine, hours=1))
    jinan.do("auditor", "share.sent_back", order.pk, later(nine, hours=2), **DEFECT)
    gone = Task.objects.get(order=order, kind="same_day")
    assert (gone.outcome, Clock.objects.get(task=gone).end) == ("void", "cancelled")
    next_day = later(nine, days=1)
    replied(jinan, order, next_day)
    assert duties(order) == [("void", "11-18"), ("", "11-19")]
    told(jinan, order, later(next_day, hours=2))
    assert duties(order) == [("void", "11-18"), ("done", "11-19")]
    assert figure(jinan, nine) == (1, 1)
    assert order_ids(week(jinan, nine), "results_reported") == [order.pk]
    assert list(verify()) == []


def test_c41_a_new_result_of_the_same_day_is_due_at_its_end_too(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    replied(jinan, order, later(nine, hours=1))
    jinan.do("auditor", "share.sent_back", order.pk, later(nine, hours=2), **DEFECT)
    replied(jinan, order, later(nine, hours=3))
    assert duties(order) == [("void", "11-18"), ("", "11-18")]
    told(jinan, order, later(nine, days=1))
    assert figure(jinan, nine) == (1, 0)


def test_c41_what_a_past_cut_off_said_of_a_result_stays(jinan: Cast, nine: datetime) -> None:
    """Not told by the end of its day it was missed, as long as it stood; sent back afterwards it is no result."""
    order, _ = out(jinan, nine)
    replied(jinan, order, later(nine, hours=1))
    assert figure(jinan, nine, later(nine, hours=2)) == (0, 0)
    lapse(jinan, order, "same_day")
    morning = later(nine, days=1)
    assert figure(jinan, nine, morning) == (1, 0)
    jinan.do("auditor", "share.sent_back", order.pk, later(morning, hours=1), **DEFECT)
    assert figure(jinan, nine, later(morning, hours=2)) == (0, 0)
    replied(jinan, order, later(morning, hours=3))
    told(jinan, order, later(morning, hours=4))
    assert figure(jinan, nine) == (1, 1)
    assert figure(jinan, nine, morning) == (1, 0)
    assert figure(jinan, nine, later(morning, hours=2)) == (0, 0)
    assert list(verify()) == []


def test_c41_handled_again_before_he_was_called_the_new_result_is_told(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    replied(jinan, order, later(nine, hours=1))
    jinan.do("auditor", "share.passed", order.pk, later(nine, hours=2))
    jinan.do("callback", "order.rehandled", order.pk, later(nine, hours=3), reason="诉求人来电称仍未解决。")
    assert duties(order) == [("void", "11-18")]
    next_day = later(nine, days=1)
    jinan.do("clerk@town", "share.signed", order.pk, next_day)
    replied(jinan, order, later(next_day, hours=1))
    assert duties(order) == [("void", "11-18"), ("", "11-19")]
    told(jinan, order, later(next_day, hours=2))
    assert figure(jinan, nine) == (1, 1)


@pytest.mark.parametrize("way", ["order.recalled", "share.reassigned"])
def test_c41_a_result_of_a_unit_that_has_it_no_more_is_none(jinan: Cast, nine: datetime, way: str) -> None:
    order, _ = out(jinan, nine)
    replied(jinan, order, later(nine, hours=1))
    more = {} if way == "order.recalled" else {"unit": jinan.units["bureau"].pk, "basis": "duty_list"}
    jinan.do("dispatcher", way, order.pk, later(nine, hours=2), reason=REASON, **more)
    assert duties(order) == [("void", "11-18")]
    assert figure(jinan, nine) == (0, 0)


def test_c41_must_not_bite_where_only_an_assisting_unit_was_heard_or_joins(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "town", "bureau")
    jinan.do("clerk@bureau", "share.signed", order.pk, nine)
    jinan.do("clerk@bureau", "share.opined", order.pk, later(nine, minutes=30), text="管网由我局协助检修。")
    assert not has(order, "same_day")
    jinan.do("clerk@town", "share.signed", order.pk, later(nine, hours=1))
    share = Share.objects.get(order=order, unit=jinan.units["town"])
    jinan.do(
        "clerk@town",
        "share.replied",
        order.pk,
        later(nine, hours=2),
        share=share.pk,
        measures="更换阀门并排气",
        progress="已完成",
        result="室温已达19℃",
        answers=["已检修"],
    )
    jinan.do("hotline_deputy@town", "share.unit_audited", order.pk, later(nine, hours=2), share=share.pk, approved=True)
    jinan.do(
        "dispatcher",
        "share.added",
        order.pk,
        later(nine, hours=3),
        unit=jinan.units["heat"].pk,
        role="assist",
        basis="duty_list",
    )
    assert duties(order) == [("", "11-18")]


def test_c41_of_two_units_that_answer_the_later_result_is_the_one_to_tell(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine, source="ip")
    shares = [{"unit": jinan.units[name].pk, "role": "dual"} for name in ("bureau", "heat")]
    jinan.dispatch(order, nine, shares=shares)
    for days, name in enumerate(("bureau", "heat")):
        at, of = later(nine, days=days), Share.objects.get(order=order, unit=jinan.units[name]).pk
        jinan.do(f"clerk@{name}", "share.signed", order.pk, at)
        jinan.do(
            f"clerk@{name}",
            "share.replied",
            order.pk,
            at,
            share=of,
            measures="更换阀门并排气",
            progress="已完成",
            result="室温已达19℃",
            answers=["已检修"],
        )
        jinan.do(f"hotline_deputy@{name}", "share.unit_audited", order.pk, at, share=of, approved=True)
        jinan.do("auditor", "share.passed", order.pk, at, share=of)
        assert len(duties(order)) == days, "nobody may call back before the other has answered"
    assert duties(order) == [("", "11-19")]


def test_c41_what_makes_a_duty_fall_is_the_packs(jinan: Cast, nine: datetime, books: Shelf) -> None:
    def met_by_sending_back(book: dict[str, list[dict[str, object]]]) -> None:
        rule = next(row for row in book["task"] if row["id"] == "C41")
        rule["falls_with"], rule["ends_with"] = ["audit"], ["callback", "send_back"]

    books.adopt(jinan, met_by_sending_back, "jinan-cg")
    order, _ = out(jinan, nine)
    replied(jinan, order, later(nine, hours=1))
    jinan.do("auditor", "share.sent_back", order.pk, later(nine, hours=2), **DEFECT)
    assert duties(order) == [("done", "11-18")]
    assert figure(jinan, nine) == (1, 1)
