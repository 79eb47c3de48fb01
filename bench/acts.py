"""Realistic acts: what an agent types, and what the dispatcher does with it."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from lianxin.ledger.acts import Act

from .ground import Ground

_SERIAL = count(1)
#: A category as the form names it.
CATEGORY = "居民生活 › 一 › 甲"
TEXT = (
    "来电人反映：柳岸花园小区 3 号楼 2 单元自 11 月 15 日供暖以来室内温度一直偏低，客厅白天只有 14 至 15℃，夜间更低，"
    "家中有老人和婴儿。11 月 17 日曾联系物业，物业答复为管道老化，至今没有人上门检修。请求热力公司尽快派人检测。"
)


def request(serial: int) -> dict[str, Any]:
    """A registration's payload; each has another caller."""
    return {
        "channel": "phone",
        "source": "city",
        "cls": "help",
        "title": f"柳岸花园 3 号楼供暖温度不达标，第 {serial} 户",
        "text": TEXT,
        "requests": ["上门检测室温", "检修管道并答复何时恢复"],
        "caller": {"name": "刘素芬", "phone": f"139{serial % 100_000_000:08d}"},
        "address": "柳岸花园 3 号楼 2 单元",
        "told": "已告知诉求人：诉求将转承办单位办理，办理结果会及时答复。",
    }


def lives(
    ground: Ground,
    number: int,
    *,
    at: datetime,
    keyed: bool = True,
    dispatched: bool = True,
    units: list[int] | None = None,
) -> list[Act]:
    """`number` registrations, each followed by its dispatch to one unit; all units in turn unless some are named."""
    agent, dispatcher, units = ground.actor("agent"), ground.actor("dispatcher"), units or ground.units()
    categories = [line.id for line in ground.directory.categories.values() if line.level == 3]
    acts: list[Act] = []
    for _ in range(number):
        serial = next(_SERIAL)
        payload = request(serial) | {"category": categories[serial % len(categories)]}
        key = f"bench:{serial}" if keyed else None
        acts.append(Act("order.registered", agent, at, payload, order=-serial, key=key))
        if dispatched:
            shares = [{"unit": units[serial % len(units)], "role": "lead"}]
            payload = {"shares": shares, "basis": "duty_list"}
            key = f"bench:{serial}:2" if keyed else None
            acts.append(Act("order.dispatched", dispatcher, at, payload, order=-serial, key=key))
    return acts
