"""Conditions: a misspelt field or value is found even where the evaluator would never look."""

from datetime import UTC, datetime

import pytest

from lianxin.rules import lifecycle
from lianxin.rules.conditions import Condition, prepared
from lianxin.rules.context import EVENTS, SAMPLE, complete


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("order.urgency == 'normal'", True),
        ("order.urgency == 'urgent' || '老人' in order.tags", True),
        ("order.category[0] == '居民生活' && order.requests > 1", True),
        ("share.role in ['lead', 'dual'] && share.depth == 0", True),
        ("order.tags.exists(tag, tag == '涉企')", False),
        ("order.upstream_due == null", False),
        ("order.upstream_due > timestamp('2026-01-01T00:00:00Z')", True),
        ("event.name == 'dispatch' && task.kind != 'extension'", True),
    ],
)
def test_conditions_on_the_sample(text: str, holds: bool):
    condition = Condition.compile(text)
    assert condition.holds(SAMPLE) is holds
    assert condition.holds(prepared(SAMPLE)) is holds


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("order.urgncy == 'urgent'", "order.urgncy"),
        # The first half decides, so the evaluator never looks at the second.
        ("order.urgency == 'urgent' && order.chanel == 'web'", "order.chanel"),
        ("true || share.rol == 'lead'", "share.rol"),
        ("order.urgency == 'urgnet'", "urgnet"),
        ("ordr.urgency == 'urgent'", "ordr"),
        ("order['urgncy'] == 'urgent'", "urgncy"),
        ("order.category[3] == ''", "三级"),
        ("order.requests", "真或假"),
        ("order.requests > 'a'", "类型"),
        ("has(order.urgncy)", "order.urgncy"),
        ("order.upstream_due > timestamp('2026-01-01T00:00:00Z')", "类型"),  # null in most orders
        # Bytes, not characters: 莒南县 has nine of them.
        ("size(order.area) > 3", "字节"),
        ("order.area.size() > 3", "字节"),
        ("order.category[0].size() > 2", "字节"),
        ("order.tags.exists(tag, tag.size() > 2)", "字节"),
        # The hours of a written instant are those of its own offset.
        ("timestamp('2026-10-15T16:30:00Z').getHours() == 16", "upstream_due"),
        ("(order.upstream_due - duration('1h')).getHours() > 16", "upstream_due"),
        ("order.upstream_due.getHours('Asia/Shanghai') > 16", "upstream_due"),
        # Nothing decided in the sample or the unknown: the second half is reached by an urgent order only.
        ("order.urgency == 'urgent' && order.tags[0] == '老人'", "下标"),
        ("order.urgency == 'urgent' && order.area > 3", "类型"),
        ("order.channel == 'web' && order.round > 4 && order.upstream_due.getHours() > 17", "getHours"),
        ("10 / order.requests > 2", "除"),
        ("order.requests * 999999999 > 2", "乘"),
        ("order.category[order.round] == ''", "下标"),
        ("int(order.area) > 2", "没有 int"),
        ("order.area.matches(order.channel)", "直接写文字"),
        ("order.requests > 99999999999999", "9 位"),
    ],
)
def test_what_is_wrong_is_named(text: str, word: str):
    problems = Condition.compile(text).problems()
    assert problems
    assert word in problems[0]


def test_words_inside_quotes_are_not_fields():
    assert Condition.compile("order.area == 'order.nonsense'").problems() == ()
    assert Condition.compile("order.area.startsWith('大店')").problems() == ()


@pytest.mark.parametrize("text", ["", "order.urgency ==", "order.urgency = 'urgent'"])
def test_what_is_not_a_condition(text: str):
    with pytest.raises(ValueError, match="CEL"):
        Condition.compile(text)


def test_the_context_is_always_full():
    context = complete(order={"category": ["城市管理"], "urgency": "urgent"})
    assert context["order"]["category"] == ("城市管理", "", "")
    assert context["order"]["round"] == 1
    assert context["share"]["role"] == ""
    assert complete()["order"]["category"] == ("", "", "")
    with pytest.raises(KeyError, match="urgncy"):
        complete(order={"urgncy": "urgent"})


def test_no_context_can_change_another():
    complete()["order"]["round"] = 7
    assert complete()["order"]["round"] == 1
    assert all(isinstance(complete()["order"][name], tuple) for name in ("tags", "category"))


def test_clocks_hear_exactly_the_events_of_the_life_cycle():
    assert {event for row in lifecycle.TABLE for event in row.makes} == set(EVENTS)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        # 16:30 UTC is half past midnight of a Friday in Shanghai.
        ("order.upstream_due != null && order.upstream_due.getHours() == 0", True),
        ("order.upstream_due != null && order.upstream_due.getDate() == 16", True),
        ("order.upstream_due != null && order.upstream_due.getDayOfWeek() == 5", True),
        ("order.upstream_due != null && order.upstream_due.getHours() >= 17", False),
        ("size(order.tags) > 0 && order.tags[0] == '老人'", False),
        ("order.tags.size() == 0", True),
    ],
)
def test_instants_are_read_by_the_clock_on_the_wall(text: str, holds: bool):
    condition = Condition.compile(text)
    assert condition.problems() == ()
    context = complete(order={"upstream_due": datetime(2026, 10, 15, 16, 30, tzinfo=UTC)})
    assert condition.holds(context) is holds
    assert condition.holds(prepared(context, condition.reads)) is holds


def test_one_that_fails_on_an_order_does_not_hold_and_the_log_is_told_once(caplog: pytest.LogCaptureFixture):
    """`policy check` refuses these; should one slip through, neither act nor sweep nor page depends on it."""
    failing = ["order.tags[0] == 'x'", "1 / (order.round - order.round) == 1", "order.nowhere == 'x'", "order.title"]
    for text in failing:
        condition = Condition.compile(text)
        assert condition.problems(), text
        assert condition.holds(complete()) is False
        assert condition.holds(complete()) is False
    assert len(caplog.records) == len(failing)
    assert all("所在规则对其不适用" in record.getMessage() for record in caplog.records)
