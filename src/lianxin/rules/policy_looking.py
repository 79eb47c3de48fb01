"""Where a unit stands among its like (``[ranking]``), and which looking is odd (``[looking]``)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, InstanceOf

from lianxin.rules.policy_rows import Code, NameCode, Part, span
from lianxin.rules.worktime import Span


def days(value: Any) -> Span:
    """A span of whole days, more than none."""
    found = span(value)
    if found.unit != "day" or not found.amount:
        raise ValueError("“28 days”一类的天数，须大于零")
    return found


class RankedBy(Part):
    """A formula by which units are ranked, and at which end the first place is."""

    of: Code = Field(description="公式")
    best: Literal["highest", "lowest"] = Field("highest", description="次序")


class Ranking(Part):
    """How a unit's place among the units of its group is told to it; without formulas nothing is told."""

    every: Literal["week", "month"] = Field(description="名次按周还是按月统计")
    by: tuple[RankedBy, ...] = Field(description="按哪些公式排名")


class Looking(Part):
    """Which looks at callers and orders are odd: these stand first before the administrator."""

    office_posts: tuple[NameCode, ...] = Field(description="哪些岗位在非办公时间查看算异常")
    usual: Annotated[InstanceOf[Span], BeforeValidator(days)] = Field(description="平时的次数取之前多少天")
    times: int = Field(ge=1, le=100, description="一天超过平时次数的几倍算异常")
    least: int = Field(ge=1, le=10_000, description="一天少于多少次的不算过多")
    orders: tuple[Literal["not_own", "flagged", "confidential"], ...] = Field(
        description="查看哪些工单的诉求人号码算异常"
    )
