"""The upper platform's answers to what was raised to it, read from its sheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later
from tests.proceedings.stages import differences, fresh
from tests.proceedings.test_raised_petitions import now
from tests.proceedings.upstairs import asked, given, raised

from lianxin.ledger.models import Entry, Journal
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

from .test_desk_page import browser, upload, words

pytestmark = pytest.mark.urls("tests.exchange.site_urls")


@pytest.fixture
def start(nine: datetime) -> datetime:
    return later(nine, days=-2)


def waiting(cast: Cast, at: datetime, kind: str = "exclude") -> tuple[Proceeding, str]:
    """One that waits upstairs, and the number under which that platform has it."""
    order = given(cast, at)
    asked(cast, order, at, kind)
    root = raised(cast, order, at, kind)
    entry = Entry.objects.get(proceeding=root, action="raised_petition.raised")
    return root, entry.payload["upstream_petition"]


def order_of(root: Proceeding) -> Order:
    return now(root.abouts.get(to_order__isnull=False).to_order)


def row(**cells: Any) -> dict[str, Any]:
    return {
        "申请编号": "",
        "上级编号": "",
        "审核结果": "同意",
        "答复意见": "经审核同意。",
        "答复时间": "2026-11-26 09:30",
    } | cells


def test_a_sheet_of_answers_takes_effect_as_if_typed(cast: Cast, start: datetime) -> None:
    (yes, number), (no, other) = waiting(cast, start), waiting(cast, start)
    last, _ = waiting(cast, start)
    client = browser(cast, "dispatcher")
    rows = (
        row(申请编号=number),
        row(申请编号=other, 审核结果="驳回", 答复意见="不符合剔除情形。"),
        row(上级编号=now(last.abouts.get(to_order__isnull=False).to_order).upstream_number),
    )
    seen = words(upload(client, *rows, mapping="answers"))
    assert "预览：共 3 行；登记上级同意 2 件，登记上级不同意 1 件。" in seen
    assert {fresh(root).state for root in (yes, no, last)} == {"raised"}
    done = words(client.post("/imports/run/"))
    assert "共 3 行；登记上级同意 2 件，登记上级不同意 1 件。" in done
    assert [fresh(root).state for root in (yes, no, last)] == ["granted", "denied", "granted"]
    orders = [root.abouts.get(to_order__isnull=False).to_order for root in (yes, no, last)]
    assert [order.excluded for order in orders] == [True, False, True]
    entry = Entry.objects.get(proceeding=no, action="raised_petition.denied")
    assert (entry.staff, entry.via, entry.enclosure.body["answer"]) == (
        cast.staff["dispatcher"],
        "import",
        "不符合剔除情形。",
    )
    assert Journal.objects.filter(action="answers.imported", staff=cast.staff["dispatcher"]).count() == 1
    # Brought in again it changes nothing, and a platform that has changed its mind is told of, not followed.
    again = words(upload(client, *rows, mapping="answers"))
    assert "已在册、没有新内容的 3 行。" in again
    changed = words(upload(client, row(申请编号=other), mapping="answers"))
    assert "内容不同而没有改动的 1 行" in changed
    assert f"上报件 {no.number} 的答复已是“不同意”，没有改动" in changed
    assert differences() == []


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({}, ""),
        ({"延长工作日": ""}, "已有答复，同意延长（工作日，与申请不同时填写）不同"),
        ({"延长工作日": "3"}, "已有答复，同意延长（工作日，与申请不同时填写）不同"),
        ({"答复时间": "2026-11-26 09:31"}, "已有答复，答复时间不同"),
        ({"答复意见": "同意延长两日。"}, "已有答复，上级答复意见不同"),
        ({"审核结果": "不同意"}, "的答复已是“同意”"),
    ],
)
@pytest.mark.parametrize("by", ["申请编号", "上级编号", "both"])
def test_an_answer_that_says_something_else_than_before_is_told_as_differing(
    cast: Cast, start: datetime, cells: dict[str, str], told: str, by: str
) -> None:
    root, number = waiting(cast, start, "extension")
    ids = {"申请编号": number, "上级编号": order_of(root).upstream_number}
    named = ids if by == "both" else {by: ids[by]}
    said = named | {"延长工作日": "2"}
    client = browser(cast, "dispatcher")
    upload(client, row(**said), mapping="answers")
    assert "登记上级同意 1 件。" in words(client.post("/imports/run/"))
    seen = words(upload(client, row(**said | cells), mapping="answers"))
    if told:
        assert "共 1 行；已在册、内容不同而没有改动的 1 行。" in seen
        assert f"上报件 {root.number} {told}，没有改动" in seen
    else:
        assert "共 1 行；已在册、没有新内容的 1 行。" in seen


def test_as_many_days_as_were_asked_for_are_the_same_named_or_not(cast: Cast, start: datetime) -> None:
    root, number = waiting(cast, start, "extension")
    client = browser(cast, "dispatcher")
    upload(client, row(申请编号=number), mapping="answers")
    client.post("/imports/run/")
    asked_for = Entry.objects.get(proceeding=root, action="raised_petition.opened").payload["workdays"]
    again = upload(client, row(申请编号=number, 延长工作日=str(asked_for)), mapping="answers")
    assert "没有新内容的 1 行" in words(again)


def test_an_old_answer_is_none_to_the_petition_of_that_order_that_waits_now(cast: Cast, start: datetime) -> None:
    root, _ = waiting(cast, start)
    order = order_of(root)
    said = row(上级编号=order.upstream_number, 审核结果="不同意")
    client = browser(cast, "dispatcher")
    upload(client, said, mapping="answers")
    client.post("/imports/run/")
    asked(cast, order, later(start, minutes=30), "review")
    second = raised(cast, order, later(start, minutes=40), "review")
    # The same row as before is known; the next one is the answer to what waits.
    assert "没有新内容的 1 行。" in words(upload(client, said, mapping="answers"))
    assert fresh(second).state == "raised"
    upload(client, said, said | {"审核结果": "同意"}, mapping="answers")
    done = words(client.post("/imports/run/"))
    assert "登记上级同意 1 件，已在册、没有新内容的 1 行。" in done
    assert (fresh(root).state, fresh(second).state) == ("denied", "granted")
    # What is neither's is asked about.
    odd = words(upload(client, said | {"答复意见": "另有答复。"}, mapping="answers"))
    assert "这张工单有几件上报，请填写申请编号" in odd


def test_a_row_that_names_one_order_and_the_petition_of_another_is_refused(cast: Cast, start: datetime) -> None:
    (root, number), (other, _) = waiting(cast, start), waiting(cast, start)
    elsewhere = order_of(other).upstream_number
    client = browser(cast, "dispatcher")
    told = f"申请编号 {number} 的上报件 {root.number} 不是上级编号为 {elsewhere} 的工单的，请核对"
    assert told in words(upload(client, row(申请编号=number, 上级编号=elsewhere), mapping="answers"))
    client.post("/imports/run/")
    assert {fresh(root).state, fresh(other).state} == {"raised"}


def test_many_rows_are_read_in_as_many_statements_as_one(
    cast: Cast, start: datetime, django_assert_max_num_queries: Any
) -> None:
    roots = [waiting(cast, start) for _ in range(4)]
    said = [row(上级编号=order_of(root).upstream_number) for root, _ in roots]
    client = browser(cast, "dispatcher")
    for number in (1, 4):
        upload(client, *said[:number], mapping="answers")
        client.post("/imports/run/")
    with CaptureQueriesContext(connection) as one:
        upload(client, *said[:1], mapping="answers")
    with django_assert_max_num_queries(len(one)):
        upload(client, *said, mapping="answers")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"申请编号": "SQ-9999"}, "没有上级申请编号为 SQ-9999 的上报件"),
        ({"申请编号": ""}, "请填写申请编号，或上级编号"),
        ({"上级编号": "SJ99999"}, "这张工单没有等上级答复的上报件"),
        ({"申请编号": "*", "审核结果": "待定"}, "“待定”不是同意或不同意"),
        ({"申请编号": "*", "答复意见": ""}, "请填写答复意见"),
        ({"申请编号": "*", "答复时间": "昨天"}, "“昨天”不是日期和时间"),
        ({"申请编号": "*", "答复时间": ""}, "请填写答复时间"),
        ({"申请编号": "*", "答复时间": "2026-11-10 09:30"}, "不能早于上报时间"),
        ({"申请编号": "*", "答复时间": "2026-12-20 09:30"}, "不能晚于现在"),
        ({"申请编号": "*", "延长工作日": "三天"}, "“同意延长（工作日）”：应为整数"),
        ({"申请编号": "*", "延长工作日": "0"}, "“同意延长（工作日）”：不能小于 1"),
        ({"申请编号": "*", "延长工作日": "61"}, "“同意延长（工作日）”：不能大于 60"),
        ({"申请编号": "*", "延长工作日": "9" * 5000}, "“同意延长（工作日）”：填写的内容不符合要求"),
        ({"申请编号": "*", "答复意见": "准"}, "“答复意见”：至少填写 2 个字"),
        ({"申请编号": "*", "延长工作日": "3"}, "只有延期才填写天数"),
    ],
)
def test_a_row_that_is_wrong_is_named_and_changes_nothing(
    cast: Cast, start: datetime, cells: dict[str, str], told: str
) -> None:
    root, number = waiting(cast, start)
    bad = {name: number if value == "*" else value for name, value in cells.items()}
    client = browser(cast, "dispatcher")
    assert told in words(upload(client, row(**bad), mapping="answers"))
    assert told in words(client.post("/imports/run/"))
    assert fresh(root).state == "raised"


def test_two_rows_of_one_petition_are_one_answer(cast: Cast, start: datetime) -> None:
    root, number = waiting(cast, start)
    client = browser(cast, "dispatcher")
    upload(client, row(申请编号=number), row(申请编号=number, 审核结果="不同意"), mapping="answers")
    done = words(client.post("/imports/run/"))
    assert "登记上级同意 1 件，有误未导入的 1 行" in done
    assert f"第 2 行已是上报件 {root.number} 的答复" in done
    assert fresh(root).state == "granted"


def test_a_sheet_of_something_else_is_none_of_answers(cast: Cast, start: datetime) -> None:
    client = browser(cast, "dispatcher")
    answer = upload(client, {"姓名": "甲", "备注": "乙"}, mapping="answers")
    assert answer.status_code == 422
    assert "审核结果" in words(answer)


def test_nobody_else_brings_answers_in(cast: Cast, start: datetime) -> None:
    root, number = waiting(cast, start)
    for who in ("clerk@town", "agent", "auditor"):
        assert upload(browser(cast, who), row(申请编号=number), mapping="answers").status_code == 403
    assert fresh(root).state == "raised"


def test_another_centre_s_petition_is_not_found(cast: Cast, start: datetime) -> None:
    from tests.cast import make_cast

    other = make_cast("yinan")
    root, number = waiting(other, start)
    told = words(upload(browser(cast, "dispatcher"), row(申请编号=number), mapping="answers"))
    assert "没有上级申请编号为" in told
    assert fresh(root).state == "raised"
