"""Acts on proceedings and orders in one batch leave the rows that the same acts leave one by one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later
from tests.duties.stages import under
from tests.orders.stages import REASON
from tests.orders.stages import tables as rows_of
from tests.orders.test_batches import steady, taken_back  # noqa: F401
from tests.proceedings.promises import given
from tests.proceedings.stages import ANSWER, FINDING, LETTER, SENT_BACK, differences, numbers, opened
from tests.rulebooks import tables

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Entry, Task
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

#: A digest covers what chance and the watch have made.
CHANCE = {("Notice", "id"), ("Entry", "request_digest"), ("Entry", "digest"), ("Backdated", "stamp")}
CHANCE |= {("Order", "head_digest"), ("Proceeding", "head_digest")}


def one_by_one(acts: list[Act]) -> None:
    known: dict[int | None, int] = {}
    for act in acts:
        done = record(replace(act, order=known.get(act.order, act.order)))
        known.setdefault(act.order, done.order)


def same_either_way(acts: list[Act]) -> None:
    with taken_back():
        one_by_one(acts)
        single = rows_of(without=CHANCE)
        assert differences() == []
    with taken_back():
        record_many(acts)
        batch = rows_of(without=CHANCE)
        assert differences() == []
    for table in single.keys() - {"Attestation"}:
        for ours, theirs in itertools.zip_longest(batch[table], single[table]):
            assert ours == theirs, table


def test_a_letters_whole_life(
    base: Cast,
    orders: list[Order],
    early: datetime,
    steady: None,  # noqa: F811
) -> None:
    def act(who: str, verb: str, **payload: Any) -> Act:
        return Act(verb, base.actor(who), early, payload, order=-1)

    same_either_way(
        [
            act("supervisor", "letter.sent", **LETTER(base, early), numbers=numbers(orders)),
            act("clerk@town", "letter.received"),
            act("clerk@town", "letter.answered", **ANSWER),
            act("supervisor", "letter.sent_back", reason=SENT_BACK, due=later(early, days=3)),
            act("clerk@town", "letter.answered", **ANSWER),
            act("leader", "letter.settled", note=FINDING),
        ]
    )


def test_a_letter_quotes_what_this_batch_has_made_of_an_order(
    base: Cast,
    orders: list[Order],
    early: datetime,
    steady: None,  # noqa: F811
) -> None:
    words = {"text": "室温只有 12℃，已持续三日。", "reason": REASON}
    same_either_way(
        [
            Act("order.words_corrected", base.actor("dispatcher"), early, words, order=orders[0].pk),
            Act("letter.sent", base.actor("supervisor"), early, LETTER(base, early, numbers=numbers(orders)), order=-1),
        ]
    )


def test_a_meetings_minutes_in_the_batch_that_called_it(
    base: Cast,
    early: datetime,
    steady: None,  # noqa: F811
) -> None:
    order = base.register(early)
    shares = [{"unit": base.units["bureau"].pk, "role": "lead"}, {"unit": base.units["town"].pk, "role": "assist"}]
    called = {
        "title": "学校周边占道经营",
        "text": "职责交叉，请共同研究。",
        "numbers": [order.number],
        "units": [base.units["town"].pk, base.units["bureau"].pk],
        "due": later(early, days=2),
    }
    decided = {"shares": shares, "basis": "law", "minutes": "由住建局牵头，大店镇会办。"}
    acts = [
        Act("meeting.called", base.actor("supervisor"), early, called, order=-1),
        Act("meeting.decided", base.actor("supervisor"), early, decided, order=-1),
    ]
    same_either_way(acts)
    record_many(acts)
    minutes = Entry.objects.get(action="meeting.decided")
    assert "学校周边占道经营" in str(minutes.enclosure.body["paper"])
    assert Entry.objects.filter(order=order, action="order.quoted").count() == 2


def test_minutes_have_the_plans_that_were_laid_down_in_the_same_batch(base: Cast, early: datetime) -> None:
    order = base.register(early)
    base.dispatch(order, early, "town")
    called = {"title": "学校周边占道经营", "text": "职责交叉，请共同研究。", "numbers": [order.number]}
    called |= {"units": [base.units[name].pk for name in ("town", "heat")], "due": later(early, days=2)}
    plan = {"number": order.number, "plan": "划定摊区，错时经营。", "people": [base.staff["clerk@town"].pk]}
    plan |= {"finish_by": later(early, days=3)}
    record_many(
        [
            Act("meeting.called", base.actor("supervisor"), early, called, order=-1),
            Act("meeting.planned", base.actor("supervisor"), early, plan, order=-1),
            Act("meeting.held", base.actor("supervisor"), early, {"minutes": "大店镇办理。"}, order=-1),
        ]
    )
    paper = str(Entry.objects.get(action="meeting.held").enclosure.body["paper"])
    assert f"{order.number}：划定摊区，错时经营。（责任人：大店镇clerkA" in paper


def test_a_refused_step_loses_its_own_proceeding_and_what_it_told_orders(
    base: Cast, orders: list[Order], early: datetime
) -> None:
    letter = opened(base, "letter.sent", early, **LETTER(base, early))
    acts = [
        Act("letter.sent", base.actor("supervisor"), early, LETTER(base, early, numbers=numbers(orders)), order=-1),
        Act("letter.settled", base.actor("supervisor"), early, {}, order=-1),
        Act("letter.received", base.actor("clerk@town"), early, {}, order=letter.pk),
    ]
    kinds = [type(result).__name__ for result in record_many(acts, collect=True)]
    assert kinds == ["Refused", "Refused", "Recorded"]
    assert list(Proceeding.objects.all()) == [letter]
    assert not Entry.objects.filter(action="order.quoted").exists()
    assert isinstance(record_many(acts[:2], collect=True)[0], Refused)
    assert differences() == []


@pytest.mark.parametrize("end", ["dropped", "fulfilled"])
def test_a_whole_promise_in_one_batch(
    base: Cast,
    early: datetime,
    steady: None,  # noqa: F811
    end: str,
) -> None:
    """What it said a moment ago is not in the tables yet: its steps, its day, and the duties that go with it."""
    rules = [row for row in tables("zhoucun-2019")["task"] if row["id"] in ("B14.promise", "B14.step")]
    under(base, task=rules)
    order = given(base, early)

    def act(who: str, verb: str, root: int = -1, **payload: Any) -> Act:
        return Act(verb, base.actor(who), early, payload, order=root)

    plan = {"title": "管网改造", "text": "须纳入年度改造计划。", "plan": "列入明年计划，先换阀门。"}
    step = {"step": "更换阀门", "people": [base.staff["clerk@town"].pk], "finish_by": later(early, days=20)}
    reply = {"measures": "完成管网改造。", "progress": "完成", "result": "室温达标。", "answers": ["已改造"]}
    ends = {
        "dropped": [act("leader", "promise.dropped", reason=REASON)],
        "fulfilled": [
            act("clerk@town", "share.replied", order.pk, **reply),
            act("clerk@town", "promise.fulfilled", result="改造完成。"),
        ],
    }
    acts = [
        act("clerk@town", "promise.opened", numbers=[order.number], **plan),
        act("clerk@town", "promise.stepped", **step),
        act("clerk@town", "share.contacted", order.pk, text="已告知方案和承诺时间。"),
        act("clerk@town", "promise.submitted", promised=later(early, days=60), told="已告知方案和承诺时间。"),
        act("supervisor", "promise.approved"),
        *ends[end],
    ]
    same_either_way(acts)
    record_many(acts)
    laid = Task.objects.filter(order=order, kind__in=("promise", "milestone"))
    assert laid.count() == 2
    assert end == "fulfilled" or not laid.filter(done_at=None).exists()
