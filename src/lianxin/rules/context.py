"""What a rule's condition may look at: the full context, with types, defaults and a sample.

Every field is always present, so that a condition never fails for want of one;
unknown text is "", an unknown number 0, an unknown flag False, an unknown
instant null. ``policy check`` evaluates each condition on ``SAMPLE`` and on the
defaults, and compares the fields it names with ``FIELDS``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from lianxin.rules.lifecycle import OrderState, ShareState

#: The evaluator of conditions knows no named time zones, and reads an instant's hours as they are handed to it.
CHINA = timezone(timedelta(hours=8))

Facts = dict[str, Any]
Context = dict[str, Facts]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its Chinese title, value where unknown, a sample, and its closed list if any."""

    title: str
    default: Any
    sample: Any
    choices: tuple[str, ...] = ()


#: The posts, with the words for `policy explain` (`directory.roles` is the same set).
ROLES: dict[str, str] = {
    "agent": "坐席",
    "dispatcher": "派单员",
    "clerk": "经办人",
    "principal": "主要负责人",
    "hotline_deputy": "分管热线负责人",
    "line_deputy": "其他分管负责人",
    "section_head": "片区书记、部门负责人",
    "discipline": "纪委书记",
    "callback": "回访员",
    "supervisor": "督办员",
    "analyst": "分析员",
    "leader": "中心领导",
    "admin": "系统管理员",
    "auditor": "审核员",
    "patrol": "巡查员",
    "npc_deputy": "人大代表",
}

# The events that a clock can start or stop on, with the words for `policy explain`.
EVENTS: dict[str, str] = {
    "register": "登记受理",
    "dispatch": "派单",
    "sign": "签收",
    "contact": "首次联系诉求人",
    "reply": "提交回复",
    "audit": "报送中心",
    "pass": "中心审核通过",
    "send_back": "中心审核退回",
    "callback": "回访完成",
    "close": "办结",
    "return_filed": "提出退单申请",
    "return_decided": "退单申请审定",
    "extension_filed": "提出延期申请",
    "extension_decided": "延期申请审定",
    "matter_joined": "同一事项又来一件",
    "signed_off": "单位领导签批",
    "planned": "会商确定方案",
    "catalogued": "按派单目录派单",
    "coordinate": "提请协调",
    "duty_ruled": "职责界定",
    "exposed": "媒体曝光",
    "recused": "登记被投诉对象",
    "urge": "催办",
    "arrive": "到达现场",
    "arrived": "登记到场",
    "arrive_unproved": "到场未证实",
    "resolve": "险情、故障排除",
    "interim": "阶段性答复",
    "progress": "反馈进展",
    "visited": "现场办理",
    "promised": "列为承诺件",
    "milestone": "承诺件的步骤",
}
#: An event that a rule makes: a task of a kind was met, its log got an entry, a limit of a kind was missed; a layer
#: that called back was told a grade of the result; a petition of a kind that the pack names was filed, or decided; an
#: order got a label.
MADE = re.compile(r"(done|noted|breach|graded|filed|decided|labelled)\.([A-Za-z][A-Za-z0-9_-]{0,23})")
_MADE_TITLES = {
    "done": "待办办结",
    "noted": "待办跟进",
    "breach": "逾期",
    "graded": "回访评价",
    "filed": "提出申请",
    "decided": "申请审定",
    "labelled": "标识",
}
#: What a refusal says of the events that a rule may name besides those of the product.
MORE_EVENTS = "done.种类、noted.种类、breach.种类、graded.回访层级、filed.申请、decided.申请、labelled.标识"


def known_event(event: str) -> bool:
    """Whether a rule may name it: one of the product's, or one that a rule makes."""
    return event in EVENTS or MADE.fullmatch(event) is not None


def event_title(event: str) -> str:
    """An event in words."""
    made = MADE.fullmatch(event)
    return f"{_MADE_TITLES[made[1]]}（{made[2]}）" if made else EVENTS[event]


@dataclass(frozen=True, slots=True)
class ClockKind:
    """A kind of clock that parts of the product know by name, and what carries it."""

    title: str
    on: str


CLOCK_KINDS: dict[str, ClockKind] = {
    "dispatch": ClockKind("派单", "order"),
    "sign": ClockKind("签收", "share"),
    "contact": ClockKind("首次联系", "share"),
    "handle": ClockKind("办理", "share"),
    "resubmit": ClockKind("退回重报", "share"),
    "audit": ClockKind("审核", "share"),
    "callback": ClockKind("回访", "order"),
    "total": ClockKind("全程", "order"),
}
#: How the name of a kind begins that a pack invents: so a misspelt one is not taken for an invention.
OWN_KIND = "own_"

FIELDS: dict[str, dict[str, Field]] = {
    "order": {
        "cls": Field("诉求类别", "", "help"),
        "category": Field("事项分类（三级）", ("", "", ""), ("居民生活", "供暖", "供暖温度")),
        "urgency": Field("紧急程度", "normal", "normal", ("normal", "urgent")),
        "channel": Field("渠道", "", "phone"),
        "source": Field("来源", "", "city"),
        "area": Field("区域", "", "大店镇"),
        "tags": Field("标签", (), ("老人",)),
        "round": Field("办理轮次", 1, 1),
        "enterprise": Field("涉企", False, False),
        "confidential": Field("要求保密", False, False),
        "requests": Field("诉求条数", 1, 2),
        "upstream": Field("上级平台转来", False, True),
        "upstream_due": Field("上级平台时限", None, datetime(2026, 10, 16, 0, 30, tzinfo=CHINA)),
        "repeats": Field("同一事项件数", 1, 2),
        "periods": Field("同一事项跨几个处理时段", 1, 3),
        "urges": Field("催办次数", 0, 1),
        "pressed": Field("本中心催办、退回次数", 0, 3),
        "returns": Field("退单次数", 0, 1),
        "moves": Field("改派次数", 0, 1),
        "send_backs": Field("退回重报次数", 0, 1),
        "extensions": Field("延期次数", 0, 1),
        "contacts": Field("联系诉求人次数", 0, 1),
        "own_grade": Field("本中心上次回访评价", "", "dissatisfied"),
        "assess_grade": Field("考核层级上次回访评价", "", "dissatisfied"),
        "campaign": Field("专项行动", False, True),
        "caller_flags": Field("诉求人标记", (), ("abuse",)),
        "labels": Field("标识", (), ("difficult",)),
        "judged": Field("认定", "", "no_ground"),
        "explained": Field("解释依据", "", "law", ("law", "no_policy")),
        "state": Field("工单状态", "", "registered", tuple(state.value for state in OrderState)),
    },
    "share": {
        "role": Field("承办角色", "", "lead", ("lead", "assist", "dual", "called")),
        "round": Field("办理轮次", 0, 1),
        "depth": Field("下派层级", 0, 0),
        "unit": Field("承办单位", "", "大店镇"),
        "unit_type": Field("单位类型", "", "town"),
        "unit_group": Field("排名分组", "", "town"),
        "state": Field("承办状态", "", "pending", tuple(state.value for state in ShareState)),
    },
    "event": {
        "name": Field("事件", "", "dispatch", tuple(EVENTS)),
        "role": Field("经手岗位", "", "dispatcher", tuple(ROLES)),
        "verb": Field("动作", "", "order.dispatched"),
        "outcome": Field("待办的结果", "", "done"),
        "in_period": Field("在处理时段内", False, True),
        "awaited": Field("尚未报送结果的主办、双派单位数", 0, 1),
    },
    "unit": {
        "type": Field("单位类型", "", "town"),
        "group": Field("排名分组", "", "town"),
        "received": Field("本期收到的承办件", 0, 3),
        "open": Field("在办的承办件", 0, 2),
        "promises": Field("承诺期内的承诺件", 0, 1),
    },
    "task": {
        "kind": Field("待办种类", "", "return", ("return", "extension", "remark")),
    },
}

_DEFAULTS: Context = {part: {name: field.default for name, field in fields.items()} for part, fields in FIELDS.items()}
SAMPLE: Context = {part: {name: field.sample for name, field in fields.items()} for part, fields in FIELDS.items()}


def complete(
    order: Mapping[str, Any] | None = None,
    share: Mapping[str, Any] | None = None,
    event: Mapping[str, Any] | None = None,
    task: Mapping[str, Any] | None = None,
    unit: Mapping[str, Any] | None = None,
) -> Context:
    """The full context from what is known; a category path shorter than three is filled up.

    KeyError names a field that the context does not have.
    """
    given = {"order": order, "share": share, "event": event, "unit": unit, "task": task}
    context = {part: _filled(part, facts) for part, facts in given.items()}
    path = tuple(context["order"]["category"])
    context["order"]["category"] = path + ("",) * (3 - len(path))
    upstream_due = context["order"]["upstream_due"]
    if upstream_due is not None:
        context["order"]["upstream_due"] = upstream_due.astimezone(CHINA)
    return context


def _filled(part: str, facts: Mapping[str, Any] | None) -> Facts:
    if not facts:
        return dict(_DEFAULTS[part])
    unknown = facts.keys() - FIELDS[part].keys()
    if unknown:
        raise KeyError(f"{part}.{min(unknown)}")
    return {**_DEFAULTS[part], **facts}
