"""What the codes of a pack are called: values of conditions and settings, fields of the grid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lianxin.rules import policy_names
from lianxin.rules.context import EVENTS, FIELDS, event_title
from lianxin.rules.lifecycle import ORDER_TITLES, SHARE_TITLES, TABLE
from lianxin.rules.pack import Pack
from lianxin.rules.policy_grid import Place

#: What the codes of conditions and settings are called; measures and titled entries name themselves.
WORDS = {
    "urgent": "紧急",
    "normal": "一般",
    "lead": "主办",
    "assist": "协办",
    "dual": "双派",
    "called": "吹哨报到",
    "to_callback": "待回访",
    "audit": "审核通过即办结",
    "callback": "回访后办结",
    "unit": "承办单位",
    "centre": "中心",
    "content": "诉求内容",
    "notice": "告知情况",
    "category": "事项分类",
    "area": "区域",
    "contact": "联系方式",
    "progress": "进度",
    "text": "内容",
    "files": "内容和附件",
    "week": "按周",
    "month": "按月",
    "highest": "高的在前",
    "lowest": "低的在前",
    "not_own": "不是本人经办的",
    "flagged": "诉求人有标记的",
    "confidential": "要求保密的",
}
_OPERATORS = (("==", "为"), ("!=", "不为"), ("&&", "且"), ("||", "或"))
_STATES = {("order", "state"): ORDER_TITLES, ("share", "state"): SHARE_TITLES, ("event", "name"): EVENTS}
_ACTIONS = {row.action: row.title for row in TABLE}
#: Numbers of which the last value of the grid stands for all above it.
_RISING = frozenset({("order", "round"), ("share", "depth"), ("order", "requests")})


def condition(text: str, pack: Pack) -> str:
    """A condition with fields, operators and codes in Chinese; what has no Chinese stays as it is written."""
    text = policy_names.titled(text, pack)
    for part, fields in FIELDS.items():
        for name in sorted(fields, key=len, reverse=True):
            text = text.replace(f"{part}.{name}", fields[name].title)
    for sign, word in _OPERATORS:
        text = text.replace(f" {sign} ", word)
    return re.sub(r"'([^']*)'", lambda match: f"“{WORDS.get(match[1], match[1])}”", text)


def events(names: Sequence[str]) -> str:
    """Events by their titles."""
    return "或".join(event_title(name) for name in names)


def case(
    facts: Mapping[Place, Sequence[Any]], packs: Sequence[Pack], axes: Mapping[Place, Sequence[Any]] | None = None
) -> str:
    """A box of the grid in Chinese: 紧急程度为紧急，承办角色为主办、双派; "" where it is every case.

    ``axes``, the values of the whole grid, tell that the last of rising numbers stands for all above it.
    """
    return "，".join(_fact(place, values, packs, (axes or {}).get(place, ())) for place, values in facts.items())


def _fact(place: Place, values: Sequence[Any], packs: Sequence[Pack], axis: Sequence[Any]) -> str:
    part, name = place
    title = FIELDS[part][name].title
    if all(isinstance(value, bool) for value in values):
        return f"{title}：{'、'.join('是' if value else '否' for value in values)}"
    if place in _RISING and axis and tuple(values) == tuple(axis[-len(values) :]):
        return f"{title}为{values[0]}以上"
    return f"{title}为{'、'.join(_value(place, value, packs) for value in values)}"


def _value(place: Place, value: Any, packs: Sequence[Pack]) -> str:
    if value is None or value == "" or value == ():
        return "空"
    if place in policy_names.LISTED:
        tables = [policy_names.listed(pack)[place] for pack in packs]
        return "/".join(next((table[code] for table in tables if code in table), code) for code in value)
    if isinstance(value, tuple):
        return "/".join(part or "—" for part in value)
    if place in policy_names.NAMED:
        tables = [policy_names.named(pack)[place] for pack in packs]
        return next((table[value] for table in tables if value in table), str(value))
    if place in _STATES:
        return str(_STATES[place].get(value, value))
    if place == ("event", "verb"):
        return _ACTIONS.get(value, str(value))
    if hasattr(value, "isoformat"):
        return "有"
    return WORDS.get(str(value), str(value))
