"""How the language and records of agents are checked (``[quality]``), and which figures of their own people see
(``[figures] own``)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from lianxin.rules.policy_rows import Code, ForwardSpan, NameCode, Part, Text


class QualityItem(Part):
    """What is judged of each record: met or not."""

    code: NameCode
    title: Text


class Quality(Part):
    """Of each agent so many records of a period are drawn by lot; each is judged by these items."""

    every: Literal["week", "month"] = Field(description="按周还是按月抽取")
    records: int = Field(ge=0, le=50, description="每名话务员每期抽取多少件（0 为不抽）")
    items: tuple[QualityItem, ...] = Field(description="质检项目")
    objection: ForwardSpan = Field(description="本人可在质检后多久之内提出异议")

    @model_validator(mode="after")
    def _judged_by_something(self) -> Quality:
        if self.records and not self.items:
            raise ValueError("抽取记录的，至少写一个质检项目（items）")
        codes = [item.code for item in self.items]
        if len({*codes}) < len(codes):
            raise ValueError("质检项目的 code 不能重复")
        return self


class OwnFigures(Part):
    """What whoever holds a post sees of himself."""

    post: NameCode = Field(description="岗位")
    of: tuple[Code, ...] = Field(min_length=1, description="指标、公式，按先后列出")
