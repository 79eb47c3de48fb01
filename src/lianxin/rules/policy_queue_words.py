"""A queue of a pack in words, for `policy explain`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lianxin.rules import lifecycle, policy_names, queue_conditions
from lianxin.rules.context import ROLES
from lianxin.rules.lifecycle import ORDER_TITLES, SHARE_TITLES
from lianxin.rules.pack import Pack
from lianxin.rules.policy_queues import EMPTY, QueueRule
from lianxin.rules.policy_words import WORDS
from lianxin.rules.queue_conditions import All, Among, Asked, Compared, Either, Flag, Holds, Moment, Node, Not
from lianxin.rules.queue_terms import BASES, COLUMNS, COMPUTED, NODES

_NEEDS = {"duties": "规则包设有待办的才出现", "proceedings": "岗位会承办专办事项的才出现"}
_SIGNS = {"==": "为", "!=": "不为", "<": "小于", "<=": "不超过", ">": "大于", ">=": "不少于"}
_TIMES = {"<": "早于", "<=": "不晚于", ">": "晚于", ">=": "不早于"}


def in_words(pack: Pack, rule: QueueRule) -> str:
    """What is in it, who has it, and how it is worked through."""
    places = sorted(set(rule.posts.values()))
    listed = "，".join(f"{_posts(rule, place)}（次序 {place}）" for place in places)
    parts = [
        f"队列 {rule.code}（{rule.title}）：{BASES[rule.base]}，{listed}",
        f"条件：{condition(pack, rule.when.tree)}",
    ]
    if rule.worked:
        parts.append("逐件办理，计入待办数")
    elif rule.counted:
        parts.append("计入待办数")
    if rule.first:
        parts.append(f"先按{COLUMNS[rule.base][rule.first].title}排列，再按时限")
    if rule.verbs:
        parts.append(f"每行先提供{'、'.join(f'“{lifecycle.find(verb).title}”' for verb in rule.verbs)}")
    if rule.needs:
        parts.append(_NEEDS[rule.needs])
    if rule.empty != EMPTY:
        parts.append(f"空的时候写“{rule.empty}”")
    return "；".join(parts)


def _posts(rule: QueueRule, place: int) -> str:
    return "、".join(ROLES[post] for post, own in rule.posts.items() if own == place)


def condition(pack: Pack, node: Node) -> str:
    """A condition in Chinese."""
    if isinstance(node, Either):
        return "，或者".join(_bracketed(pack, part, All) for part in node.parts)
    if isinstance(node, All):
        return "、".join(_bracketed(pack, part, Either) for part in node.parts)
    if isinstance(node, Not):
        return f"不是{_bracketed(pack, node.part, (All, Either))}"
    return _LEAVES[type(node)](pack, node)


def _bracketed(pack: Pack, node: Node, kind: Any) -> str:
    said = condition(pack, node)
    return f"（{said}）" if isinstance(node, kind) else said


def _compared(pack: Pack, node: Compared) -> str:
    term = node.term
    if node.value is None:
        return f"{'没有' if node.sign == '==' else '有'}{_title(term)}"
    signs = _TIMES if term.column.sort == "time" else _SIGNS
    return f"{_title(term)}{signs[node.sign]}{_value(pack, term, node.value)}"


def _among(pack: Pack, node: Among) -> str:
    return f"{_title(node.term)}为{'、'.join(_value(pack, node.term, value) for value in node.values)}"


def _holds(pack: Pack, node: Holds) -> str:
    return f"{_title(node.term)}含“{node.value}”"


def _flag(pack: Pack, node: Flag) -> str:
    return f"“{_title(node.term)}”"


def _asked(pack: Pack, node: Asked) -> str:
    since = f"（{_moment(pack, node.since)}以来）" if node.since else ""
    return f"“{COMPUTED[node.name].title}”{since}"


_LEAVES: dict[type, Callable[[Pack, Any], str]] = {
    Compared: _compared,
    Among: _among,
    Holds: _holds,
    Flag: _flag,
    Asked: _asked,
}


def _title(term: queue_conditions.Term) -> str:
    return term.column.title


def _value(pack: Pack, term: queue_conditions.Term, value: Any) -> str:
    if isinstance(value, Moment):
        return _moment(pack, value)
    if isinstance(value, int):
        return str(value)
    titles = {
        ("order", "state"): ORDER_TITLES,
        ("share", "state"): SHARE_TITLES,
        ("order", "node"): NODES,
        ("task", "post"): ROLES,
        **policy_names.named(pack),
    }
    named = titles.get((term.part, term.name), {})
    return f"“{named.get(value) or WORDS.get(value, value)}”"


def _moment(pack: Pack, moment: Moment) -> str:
    if moment.name == "now":
        return "现在"
    if moment.name == "today":
        return "今日 00:00"
    span = getattr(pack.queues, moment.setting) if moment.setting else moment.span
    return f"{span}之{'后' if moment.name == 'ahead' else '前'}"
