"""Rows of the district report (南京型) that are the spine's: the closed loop, first receiver, lead and assist."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.cast import Cast, later
from tests.orders.stages import REASON, REPLY, reach

from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry
from lianxin.orders.models import Share

LOOP = ["order.dispatched", "share.progressed", "share.replied", "callback.recorded"]


@pytest.fixture
def base(db: None) -> Cast:
    """A centre under the base pack, which calls back before it closes."""
    from tests.cast import make_cast

    return make_cast("base", "base")


def test_e02_the_trace_shows_the_four_steps_of_the_loop(base: Cast, nine: datetime) -> None:
    """派发、办理、反馈、评价: the platform sends, the unit handles and answers, the platform assesses."""
    order, at = reach(base, "signed", nine)
    base.do("clerk@town", "share.progressed", order.pk, at, text="正在检修", on_site=True)
    base.do("clerk@town", "share.replied", order.pk, later(at, hours=1), **REPLY)
    base.do("hotline_deputy@town", "share.unit_audited", order.pk, later(at, hours=2), approved=True)
    base.do("auditor", "share.passed", order.pk, later(at, hours=3))
    grades = {"process_grade": "satisfied", "result_grade": "satisfied", "solved": True}
    base.do("callback", "callback.recorded", order.pk, later(at, hours=4), **grades)
    trace = Entry.objects.filter(order=order, action__in=LOOP).order_by("number")
    assert [e.action for e in trace] == LOOP
    assert [e.unit.code for e in trace if e.unit] == ["centre", "town", "town", "centre"]


def test_e07_the_lead_replies_and_the_assist_opines(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    with pytest.raises(Refused, match="请提交协办意见"):
        base.do("clerk@bureau", "share.replied", order.pk, at, **REPLY)
    base.do("clerk@bureau", "share.opined", order.pk, at, text="管网由我局协助检修。")
    base.do("clerk@town", "share.signed", order.pk, at)
    base.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    roles = {a.unit.code: (a.role, a.state) for a in Share.objects.filter(order=order)}
    assert roles == {"town": ("lead", "replied"), "bureau": ("assist", "passed")}


def test_e07_the_assisting_unit_has_a_deadline_of_its_own(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    share = Share.objects.get(order=order, role="assist")
    base.do("clerk@bureau", "share.opined", order.pk, at, text="管网由我局协助检修。")
    assert Clock.objects.get(share=share, kind="handle").end == "met"
    assert Clock.objects.get(order=order, kind="handle", ended_at=None).share.unit == base.units["town"]  # type: ignore[union-attr]


def test_e07_the_first_receiver_answers_until_a_change_is_approved(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "return_filed", nine)
    assert order.owner_unit == base.units["town"]
    base.do("dispatcher", "return.decided", order.pk, at, approved=False, reason=REASON)
    order.refresh_from_db()
    assert order.owner_unit == base.units["town"]
