"""The upper platform's answers to what was raised to it, read from its sheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later
from tests.proceedings.stages import differences, fresh
from tests.proceedings.test_raised_petitions import now
from tests.proceedings.upstairs import asked, given, raised

from lianxin.ledger.models import Entry, Journal
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
    again = words(upload(client, *rows[:2], mapping="answers"))
    assert "已在册、没有新内容的 2 行" in again
    changed = words(upload(client, row(申请编号=other), mapping="answers"))
    assert "内容不同而没有改动的 1 行" in changed
    assert "答复已是“不同意”，没有改动" in changed
    assert differences() == []


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
        ({"申请编号": "*", "延长工作日": "三天"}, "应为 1 至 60 的整数"),
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
