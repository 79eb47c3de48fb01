"""What is brought before those who lead: at once, in person, and who runs the hotline (B18, B23, B28, B29, B38).

Each row of the opinions of Zhoucun (2019) where it bites, where it must not, and where somebody tries to get round it.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest
from tests.acceptance.zhoucun import REPLY, contact, done, has, labelled, lapse, out, refused, task
from tests.cast import Cast, later, shanghai
from tests.desk.web import Site
from tests.rulebooks import Shelf

from lianxin.bulletins import issue
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Task

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


# --- B18: told at once -----------------------------------------------------------------------------


def test_b18_an_important_complaint_is_seen_by_the_leader_or_he_is_rung_up(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    assert not has(order, "report")
    labelled(zhoucun, order, "important", nine)
    report = task(order, "report")
    assert (report.post_role, report.due) == ("leader", later(nine, minutes=30))
    assert "不在您的岗位" in refused(zhoucun, "supervisor", "task.done", order, nine, task=report.pk)[""]
    done(zhoucun, "leader", report, later(nine, minutes=12))
    report.refresh_from_db()
    assert (report.outcome, report.done_at) == ("done", later(nine, minutes=12))

    other, _ = out(zhoucun, nine)
    labelled(zhoucun, other, "important", nine)
    lapse(zhoucun, other, "report")
    phone = task(other, "report_phone")
    assert phone.post_role == "supervisor"
    at = later(nine, minutes=40)
    with pytest.raises(Refused) as caught:
        done(zhoucun, "supervisor", phone, at)
    assert "接听人及其职务" in caught.value.problems["elements"]
    done(zhoucun, "supervisor", phone, at, "张明 副区长", "请住建局今天到场处置。")
    assert task(other, "report_phone").outcome == "done"
    # That it was not seen in time stays, though it is seen in the end.
    assert Clock.objects.get(order=other, kind="report").breached_at == later(nine, minutes=30)


# --- B23, B28, B29: by the head himself, and by his deputy ------------------------------------------


def test_b23_the_head_of_the_unit_speaks_with_who_complains_again(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    contact(zhoucun, "clerk@town", order, nine)
    again = zhoucun.register(later(nine, hours=1))
    assert not has(order, "in_person")
    zhoucun.do("agent", "order.linked", again.pk, later(nine, hours=1), number=order.number)
    duty = task(order, "in_person")
    assert (duty.post_role, duty.holder_id) == ("principal", zhoucun.staff["principal@town"].pk)
    assert not has(again, "in_person")  # the newcomer is not out yet
    at = later(nine, hours=2)
    # Another's call does not do.
    contact(zhoucun, "clerk@town", order, at)
    contact(zhoucun, "hotline_deputy@town", order, at)
    assert "主要负责人" in refused(zhoucun, "clerk@town", "share.replied", order, at, **REPLY)[""]
    contact(zhoucun, "principal@town", order, at, reached=False)
    assert Task.objects.get(pk=duty.pk).done_at is None
    contact(zhoucun, "principal@town", order, at)
    assert Task.objects.get(pk=duty.pk).outcome == "done"
    zhoucun.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    # Sent out, the newcomer asks for the same of whoever has it.
    zhoucun.dispatch(again, at, "bureau")
    assert task(again, "in_person").unit_id == zhoucun.units["bureau"].pk


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


def test_b28_repeats_failures_and_early_signs_are_the_heads_own(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    site = Site(zhoucun)
    assert order.number not in site.get("principal@town", "/?queue=personally").content.decode()
    labelled(zhoucun, order, "early_sign", nine)
    assert order.number in site.get("principal@town", "/?queue=personally").content.decode()
    duty = task(order, "personally")
    assert duty.holder_id == zhoucun.staff["principal@town"].pk
    at = later(nine, hours=1)
    with pytest.raises(Refused) as caught:
        done(zhoucun, "principal@town", duty, at, "已听取汇报")
    assert "研究意见" in caught.value.problems["elements"]
    mine = {"task": duty.pk, "elements": ["已听取汇报。", "同意先行维修。", "已协调热力公司。"]}
    assert "不在您的岗位" in refused(zhoucun, "hotline_deputy@town", "task.done", order, at, **mine)[""]
    done(zhoucun, "principal@town", duty, at, "已听取汇报。", "同意先行维修。", "已协调热力公司。")
    assert task(order, "personally").outcome == "done"


def test_b29_the_deputy_coordinates_what_is_major_or_late_and_then_his_head(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    assert not has(order, "coordinate")
    labelled(zhoucun, order, "major", nine, who="clerk@town")
    duty = task(order, "coordinate")
    assert duty.post_role == "hotline_deputy"
    lapse(zhoucun, order, "coordinate")
    assert task(order, "coordinate_late").post_role == "principal"
    late, _ = out(zhoucun, nine, "bureau")
    lapse(zhoucun, late, "handle")
    assert task(late, "coordinate").unit_id == zhoucun.units["bureau"].pk
    # The clerk does not coordinate for him.
    mine = {"task": task(late, "coordinate").pk, "elements": ["配件短缺。", "已调拨配件。"]}
    why = refused(zhoucun, "clerk@bureau", "task.done", late, shanghai("2026-11-25 09:00"), **mine)
    assert "不在您的岗位" in why[""]


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
