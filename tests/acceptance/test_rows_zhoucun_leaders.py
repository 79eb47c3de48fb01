"""What is brought before those who lead: at once, in person, and who runs the hotline (B23, B38); B18, B28
and B29 are scenes (test_scenes.py).

Each row of the opinions of Zhoucun (2019) where it bites, where it must not, and where somebody tries to get round it.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest
from tests.acceptance.zhoucun import REPLY, contact, done, labelled, out, refused
from tests.cast import Cast, shanghai
from tests.desk.web import Site
from tests.rulebooks import Shelf

from lianxin.bulletins import issue
from lianxin.ledger.models import Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

pytestmark = pytest.mark.django_db


# --- B23: by the head himself -----------------------------------------------------------------------


def test_b23_of_a_group_it_is_said_whom_he_spoke_with(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    contact(zhoucun, "clerk@town", order, nine)  # of one caller nobody need be named
    labelled(zhoucun, order, "group", nine)
    why = refused(zhoucun, "principal@town", "share.contacted", order, nine, text="已与业主代表沟通。")
    assert "哪一位" in why["spoke_with"]
    contact(zhoucun, "principal@town", order, nine, spoke_with="业主代表刘素芬")


def test_b23_of_whom_it_must_be_said_is_the_packs(zhoucun: Cast, nine: datetime, books: Shelf) -> None:
    books.adopt(zhoucun, lambda book: book["contact"].update(named_for=["key"]), "zhoucun-2019")
    order, _ = out(zhoucun, nine)
    labelled(zhoucun, order, "group", nine)
    contact(zhoucun, "clerk@town", order, nine)
    labelled(zhoucun, order, "key", nine)
    assert "spoke_with" in refused(zhoucun, "clerk@town", "share.contacted", order, nine, text="已电话联系。")


def answered(cast: Cast, at: datetime) -> Order:
    """An order of the town whose reply waits for the centre's audit."""
    order, _ = out(cast, at)
    contact(cast, "clerk@town", order, at)
    cast.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    cast.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
    return order


def test_b23_a_repeat_that_comes_after_the_reply_is_not_passed_by(zhoucun: Cast, nine: datetime) -> None:
    order, again = answered(zhoucun, nine), zhoucun.register(nine)
    zhoucun.do("agent", "order.linked", again.pk, nine, number=order.number)
    assert "主要负责人联系诉求人" in refused(zhoucun, "auditor", "share.passed", order, nine)[""]
    contact(zhoucun, "clerk@town", order, nine)  # another's does not count
    assert "主要负责人联系诉求人" in refused(zhoucun, "auditor", "share.passed", order, nine)[""]
    contact(zhoucun, "principal@town", order, nine)
    zhoucun.do("auditor", "share.passed", order.pk, nine)
    assert list(verify()) == []


def test_b23_what_was_answered_before_it_was_found_a_repeat_is_not_passed_by(zhoucun: Cast, nine: datetime) -> None:
    first, order = zhoucun.register(nine), answered(zhoucun, nine)
    contact(zhoucun, "hotline_deputy@town", order, nine)  # as the clerk's before it, no call of the head's own
    zhoucun.do("agent", "order.linked", order.pk, nine, number=first.number)
    assert Task.objects.get(order=order, kind="in_person").rule == "B23.new"
    assert "主要负责人联系诉求人" in refused(zhoucun, "auditor", "share.passed", order, nine)[""]
    contact(zhoucun, "principal@town", order, nine)
    zhoucun.do("auditor", "share.passed", order.pk, nine)
    # Whom the head has called himself before anybody knew is not called once more.
    other, called = zhoucun.register(nine), answered(zhoucun, nine)
    contact(zhoucun, "principal@town", called, nine)
    zhoucun.do("agent", "order.linked", called.pk, nine, number=other.number)
    assert not Task.objects.filter(order=called, kind="in_person").exists()
    zhoucun.do("auditor", "share.passed", called.pk, nine)


@pytest.mark.parametrize(
    ("code", "title", "who", "elements"),
    [
        (
            "early_sign",
            "主要负责人亲自过问",
            "principal@town",
            ("已到现场过问。", "换热站压力不足。", "已协调增压。"),
        ),
        ("major", "分管负责人协调", "hotline_deputy@town", ("涉及两家单位，推进不快。", "已约定三日内完成。")),
    ],
)
def test_b28_b29_what_is_found_out_after_the_reply_is_done_before_the_audit(
    zhoucun: Cast, nine: datetime, code: str, title: str, who: str, elements: tuple[str, ...]
) -> None:
    order = answered(zhoucun, nine)
    labelled(zhoucun, order, code, nine)
    duty = Task.objects.get(order=order, done_at=None)
    assert title in refused(zhoucun, "auditor", "share.passed", order, nine)[""]
    said = {"task": duty.pk, "elements": elements}
    assert "不在您的岗位" in refused(zhoucun, "clerk@town", "task.done", order, nine, **said)[""]
    done(zhoucun, who, duty, nine, *elements)
    zhoucun.do("auditor", "share.passed", order.pk, nine)


def test_b28_the_third_of_a_matter_and_the_third_round_are_the_heads_own(zhoucun: Cast, nine: datetime) -> None:
    first, second, third = (out(zhoucun, nine, text=f"第 {n} 次反映暖气不热，请求检修。")[0] for n in range(3))
    zhoucun.do("agent", "order.linked", second.pk, nine, number=first.number)
    assert not Task.objects.filter(kind="personally").exists(), "two are not three"
    zhoucun.do("agent", "order.linked", third.pk, nine, number=first.number)
    found = Task.objects.filter(kind="personally")
    assert {duty.order_id for duty in found} == {first.pk, second.pk, third.pk}
    assert {duty.post_role for duty in found} == {"principal"}
    again = answered(zhoucun, nine)
    for round_ in (2, 3):
        zhoucun.do("auditor", "share.passed", again.pk, nine)
        said = {"layer": "district", "result_grade": "dissatisfied", "process_grade": "satisfied", "solved": False}
        zhoucun.do("callback", "callback.recorded", again.pk, nine, **said)
        zhoucun.do("callback", "order.rehandled", again.pk, nine, reason="诉求人称仍未解决，室温没有达标。")
        assert Task.objects.filter(order=again, kind="personally").exists() == (round_ == 3)
        if round_ == 2:
            zhoucun.do("clerk@town", "share.signed", again.pk, nine)
            contact(zhoucun, "clerk@town", again, nine)
            zhoucun.do("clerk@town", "share.replied", again.pk, nine, **REPLY)
            zhoucun.do("hotline_deputy@town", "share.unit_audited", again.pk, nine, approved=True)
    assert list(verify()) == []


# --- B38: who runs it ------------------------------------------------------------------------------


def test_b38_the_body_that_runs_the_hotline_is_named_where_everybody_reads_it(zhoucun: Cast, cast: Cast) -> None:
    zhoucun.centre.body = "周村区政府市民投诉中心"
    zhoucun.centre.save()
    site = Site(zhoucun)
    assert "主管机构：周村区政府市民投诉中心" in site.get("clerk@town", "/regulations/").content.decode()
    first = date(2026, 11, 16)
    week = issue.weekly(zhoucun.centre, first, date(2026, 11, 22), shanghai("2026-11-23 00:00"))
    assert "周村区政府市民投诉中心" in week.bulletin.text()
    # Another centre's body is its own, and where nobody has named one, the page says so.
    cast.centre.body = ""
    cast.centre.save()
    page = Site(cast).get("clerk@town", "/regulations/").content.decode()
    assert "周村区政府市民投诉中心" not in page
    assert "还没有填写" in page
