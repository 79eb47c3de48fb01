"""Queues of a pack: what `policy check` says against a row, and how `policy explain` tells one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.rulebooks import text

from lianxin.rules import policy
from lianxin.rules.conditions import Condition
from lianxin.rules.policy_errors import PolicyError
from lianxin.rules.policy_explain import explain, lines_of
from lianxin.rules.policy_queues import POSTS
from lianxin.rules.queue_conditions import QueueCondition
from lianxin.rules.queue_terms import COLUMNS, COMPUTED, SPANS

ROW: dict[str, Any] = {
    "id": "town:late",
    "title": "两次延期",
    "origin": "区热线办要求",
    "code": "late",
    "base": "order",
    "posts": {"supervisor": 15, "dispatcher": 5},
    "when": "order.open && order.extensions >= 2",
}


def pack(tmp_path: Path, *rows: dict[str, Any], **tables: Any) -> policy.Pack:
    """A pack on the base with these queues, checked."""
    head = {"id": "town", "title": "区规则", "version": "1", "effective": policy.find("base").effective}
    path = tmp_path / "town.toml"
    path.write_text(text({"pack": {**head, "extends": "base"}, "queue": list(rows), **tables}), "utf-8")
    return policy.load(path)


def fault(tmp_path: Path, **changes: Any) -> str:
    """What is said against the row with these changes: rule, field and sentence; `""` for nothing."""
    row = {name: value for name, value in {**ROW, **changes}.items() if value is not None}
    try:
        pack(tmp_path, row)
    except PolicyError as error:
        problems = error.problems
    else:
        return ""
    assert {problem.rule for problem in problems} == {row["id"]}
    return "；".join(f"{problem.field}：{problem.expected}" for problem in problems)


def test_a_sound_row_is_taken(tmp_path: Path) -> None:
    assert fault(tmp_path) == ""
    made = pack(tmp_path, ROW)
    assert [row.id for row in made.queue_rules][:2] == ["town:late", "S45.dispatch"]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("order.extension >= 2", "order 下已有的字段"),
        ("orders.extensions >= 2", "没有“orders”"),
        ("matter.open", "没有“matter”"),
        (
            "dissatisfies(now)",
            "已有的判断（at_centre、in_chain、asked、dissatisfied、unit_audits_first），没有 dissatisfies()",
        ),
        ("dissatisfied()", "一个时刻"),
        ("dissatisfied(order.due)", "一个时刻"),
        ("share.contacted", 'base = "order" 的队列可用的字段（order.…），不能用 share.'),
        ("asked()", '专办事项的队列才有的判断，base = "order" 不能用 asked()'),
        ("unit_audits_first()", "承办件的队列才有的判断"),
        ("order.state == 'opened'", "order.state 的取值应为 registered、"),
        ("order.state in ['closed', 'opened']", "不能是 opened"),
        ("order.state > 'closed'", "文字不分大小"),
        ("order.state == 2", "与文字（加引号）比较的 order.state（工单状态）"),
        ("order.round == '2'", "与整数比较的 order.round（办理轮次）"),
        ("order.round == now", "与整数比较的 order.round"),
        ("order.round == null", "null 只用于时间字段"),
        ("order.due >= 2", "与时刻比较的 order.due（时限）"),
        ("order.due == now", "时刻不比相等"),
        ("order.due < null", "null 只用于时间字段的 == 和 !="),
        ("order.open == true", "没有“true”"),
        ("order.open > 1", "只有是和否"),
        ("order.round", "与一个值的比较"),
        ("order.category == '供暖'", "'…' in order.category"),
        ("'供暖' in order.area", "in 右边是方括号或 order.category、order.tags"),
        ("2 in order.tags", "in 右边是方括号"),
        ("'a' in ['a']", "in 左边是字段"),
        ("order.round == order.urges", "一边是字段、一边是值"),
        ("2 == 2", "一边是字段、一边是值"),
        ("'急'", "不能只写一个值"),
        ("order.due < ago('3 workday before')", "“14 days”"),
        ("order.due < ago(14)", "“14 days”"),
        ("order.due < ago('14')", "“14 days”"),
        ("order.due < ago(queues.closed)", "[queues] 中的时长（"),
        ("order.due < ago(callback.tries)", "“14 days”"),
        ("order.open order.merged", "CEL"),
        ("order.open && ", "CEL"),
        ("(order.open", "CEL"),
        ("order.round + 1 > 2", "第 13 个字符起不是"),
        ("order.open ? order.merged : order.erased", "第 12 个字符起不是"),
        ("order.tags.exists(t, t == 'x')", "'…' in order.tags"),
        ("order.urgency.startsWith('u')", "现为"),
        ("size(order.tags) > 1", "没有 size()"),
        ("order", "此处写 . 的条件"),
        ("order.urgency == 'a\\\\'b'", "CEL"),
        ("!" * 30 + "order.open", "不超过"),
        ("order.round > 12345678901", "个字符起不是"),
    ],
)
def test_a_condition_that_is_none_is_told(tmp_path: Path, when: str, said: str) -> None:
    found = fault(tmp_path, when=when)
    assert said in found, found
    assert len(found) < 900


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base": "orders"}, "base：order、share、task、proceeding 之一"),
        ({"posts": {"admin": 1}}, "没有“admin”"),
        ({"posts": {"system": 1}}, "没有“system”"),
        ({"posts": {}}, "posts：非空的一项"),
        ({"posts": None}, "posts：必填的一项（哪些岗位有这一队列，各排第几）"),
        ({"posts": {"leader": 0}}, "1 至 999 的次序"),
        ({"posts": {"leader": 1000}}, "1 至 999 的次序"),
        ({"code": "Late"}, "code：以字母开头"),
        ({"code": "overdue"}, "code：在派单员的各队列中不重复的代码，“overdue”与 S45.overdue 相同"),
        ({"verbs": ["order.urge"]}, "没有“order.urge”"),
        ({"verbs": ["clock.breached"]}, "没有“clock.breached”"),
        ({"verbs": ["order.registered"]}, "没有“order.registered”"),
        ({"verbs": ["task.waived"]}, "没有“task.waived”"),
        ({"verbs": ["share.added", "share.signed"]}, "关于承办件的动作（share.signed）"),
        ({"verbs": ["order.answered"], "posts": {"supervisor": 1}}, "order.answered（直接答复）由坐席、派单员做"),
        ({"base": "proceeding", "when": "asked()", "verbs": ["order.urged"]}, "下一步由其种类规定"),
        ({"base": "proceeding", "when": "asked()", "worked": True}, "专办事项的队列不写 worked"),
        ({"base": "proceeding", "when": "asked()", "first": "registered_at"}, "专办事项只按时限排列"),
        ({"first": "due"}, "first 为 工单 的时间"),
        ({"first": "round"}, "first 为 工单 的时间（registered_at、"),
        ({"worked": True, "counted": True}, "worked 和 counted 只写一个"),
        ({"needs": "letters"}, "needs：、duties、proceedings 之一"),
        ({"empty": ""}, "empty：非空的一项"),
        ({"when": None}, "when：必填的一项（列入的条件）"),
        ({"when": 3}, "一条条件（加引号）"),
        ({"id": "S45.late"}, "id：所沿用的规则包已有的编号"),
        ({"only": True, "place": 3}, "place：已有的字段"),
    ],
)
def test_a_row_that_does_not_hold_together_is_told(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    found = fault(tmp_path, **changes)
    assert said in found, found


def test_a_condition_that_can_be_asked_of_the_database_is_cel_as_well() -> None:
    for row in policy.find("base").queue_rules:
        assert Condition.compile(row.when.text).text == row.when.text == QueueCondition.parse(row.when.text).text


def test_each_word_of_the_language_has_a_chinese_title() -> None:
    titles = [column.title for columns in COLUMNS.values() for column in columns.values()]
    assert all(titles + [word.title for word in COMPUTED.values()])
    queues = policy.find("base").queues
    assert {*SPANS} == set(type(queues).model_fields)


def test_explain_tells_who_has_a_queue_and_what_is_in_it(tmp_path: Path) -> None:
    said = "\n".join(
        explain(pack(tmp_path, {**ROW, "worked": True, "first": "closed_at", "verbs": ["order.urged"]}), {})
    )
    assert (
        "队列 late（两次延期）：工单，派单员（次序 5），督办员（次序 15）；条件：“未办结”、延期次数不少于2；"
        "逐件办理，计入待办数；先按办结时间排列，再按时限；每行先提供“催办”"
    ) in said
    assert "S45　两次延期" not in said
    assert "队列 unit_audit（待单位审核）：承办件，分管热线负责人、其他分管负责人（次序 10）" in said


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("!order.open || order.due == null", "不是“未办结”，或者没有时限"),
        ("order.call_at != null && (order.open || order.merged)", "有约定时间、（“未办结”，或者“已并单”）"),
        ("!(order.open && order.merged)", "不是（“未办结”、“已并单”）"),
        ("'供暖' in order.category", "事项分类（三级）含“供暖”"),
        ("order.state in ['closed', 'merged']", "工单状态为“已办结”、“已并单”"),
        ("order.node == 'answer' && order.cls != 'help'", "环节为“告知诉求人”、诉求类别不为“求助”"),
        ("order.due <= now && order.registered_at >= today", "时限不晚于现在、登记时间不早于今日 00:00"),
        ("order.due < ahead('2 hours')", "时限早于2小时之后"),
        ("order.closed_at > ago('3 workdays')", "办结时间晚于3个工作日之前"),
        ("order.closed_at < ago(queues.dissatisfied)", "办结时间早于90日之前"),
        ("dissatisfied(ago(queues.dissatisfied))", "“本轮回访称未解决或不满意”（90日之前以来）"),
    ],
)
def test_a_condition_in_words(tmp_path: Path, when: str, said: str) -> None:
    made = pack(tmp_path, {**ROW, "when": when})
    (line,) = lines_of(made, made.own[0])
    assert f"条件：{said}" in line


def test_every_post_that_sees_orders_has_a_queue() -> None:
    listed = {post for row in policy.find("base").queue_rules for post in row.posts}
    assert listed == set(POSTS)
