"""The words of a queue's condition: the columns that it may ask for, and what is computed for it, each with its title.

What they are in the database stands beside the desk (`desk.queue_sql`, `desk.queue_words`); a test holds the two
against each other.  Where the condition of a clock knows the same thing, it has the same name there (`rules.context`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lianxin.rules.context import FIELDS, ROLES
from lianxin.rules.lifecycle import ORDER_TITLES, SHARE_TITLES

Base = Literal["order", "share", "task", "proceeding"]
#: `text` is compared by ==, !=, in; `number` and `time` by all; `flag` stands by itself; of a `list` one asks `in`.
Sort = Literal["text", "number", "time", "flag", "list"]

BASES: dict[str, str] = {"order": "工单", "share": "承办件", "task": "待办", "proceeding": "专办事项"}
#: Of which parts a queue of each base may ask: what hangs on an order knows its order.
PARTS: dict[str, tuple[str, ...]] = {
    "order": ("order",),
    "share": ("share", "order"),
    "task": ("task", "order"),
    "proceeding": ("proceeding",),
}
#: At which step an order stands (`orders.nodes.NODE_TITLES`, but the end).
NODES = {
    "dispatch": "派单",
    "sign": "签收",
    "handle": "办理",
    "unit_audit": "单位审核",
    "audit": "中心审核",
    "callback": "回访",
    "answer": "告知诉求人",
    "task": "办理待办",
}


@dataclass(frozen=True, slots=True)
class Column:
    """What may be asked for: its title, its sort, and its values where there is a closed list of them."""

    title: str
    sort: Sort
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """What needs more than a column: its title, for which bases it is there, whether it takes an instant."""

    title: str
    bases: tuple[str, ...]
    since: bool = False


def _as_in_rules(part: str, sort: Sort, *names: str) -> dict[str, Column]:
    """Columns that are called as in the conditions of clocks and duties."""
    return {name: Column(FIELDS[part][name].title, sort, FIELDS[part][name].choices) for name in names}


def _times(**titles: str) -> dict[str, Column]:
    return {name: Column(title, "time") for name, title in titles.items()}


def _flags(**titles: str) -> dict[str, Column]:
    return {name: Column(title, "flag") for name, title in titles.items()}


COLUMNS: dict[str, dict[str, Column]] = {
    "order": {
        **_as_in_rules("order", "text", "cls", "urgency", "channel", "source", "area", "judged", "explained"),
        **_as_in_rules("order", "list", "category", "tags", "caller_flags", "labels"),
        **_as_in_rules("order", "number", "round", "requests", "repeats", "periods", "urges", "returns", "moves"),
        **_as_in_rules("order", "number", "send_backs", "extensions", "contacts"),
        **_as_in_rules("order", "flag", "confidential", "enterprise", "upstream", "campaign"),
        "state": Column("工单状态", "text", tuple(ORDER_TITLES)),
        "node": Column("环节", "text", tuple(NODES)),
        "tries": Column("未接通次数", "number"),
        **_flags(open="未办结", merged="已并单", excluded="不计入考核", erased="原文已删除", called_back="本轮已回访"),
        **_times(registered_at="登记时间", dispatched_at="首次派单时间", closed_at="办结时间", due="时限"),
        **_times(call_at="约定时间", node_since="到本环节时间"),
    },
    "share": {
        **_as_in_rules("share", "text", "role", "unit", "unit_type", "unit_group"),
        **_as_in_rules("share", "number", "round", "depth"),
        "state": Column("承办状态", "text", tuple(SHARE_TITLES)),
        "extensions": Column("本件延期次数", "number"),
        **_flags(contacted="已联系诉求人", unit_audited="单位已审核", forced="强派"),
        **_times(dispatched_at="派单时间", signed_at="签收时间", contacted_at="首次联系时间", replied_at="答复时间"),
        **_times(due="时限"),
    },
    "task": {
        "kind": Column("待办种类", "text"),
        "post": Column("责任岗位", "text", tuple(ROLES)),
        "level": Column("审签层级", "number"),
        **_flags(laid="由规则产生", petition="申请", vacant="岗位空缺"),
        **_times(made_at="产生时间", due="时限"),
    },
    "proceeding": {
        "kind": Column("种类", "text"),
        "state": Column("状态", "text"),
        "level": Column("级别", "text"),
        **_flags(open="未办结"),
        **_times(registered_at="立项时间", due="时限"),
    },
}

COMPUTED: dict[str, Computed] = {
    "at_centre": Computed("停在中心", ("order",)),
    "in_chain": Computed("本岗位在责任链上", ("share",)),
    "asked": Computed("轮到本岗位或本人", ("proceeding",)),
    "dissatisfied": Computed("本轮回访称未解决或不满意", ("order",), since=True),
    "unit_audits_first": Computed("单位先行审核", ("share",)),
}

#: Settings of `[queues]` by which `ago(queues.NAME)` may reckon.
SPANS = ("recently_closed", "dissatisfied", "handed_out", "off_duty_after")
