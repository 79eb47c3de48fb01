"""The chain of responsibility in a unit (责任链): its links, and whom a pack wants named (``[chain]``).

Source: D22 (由分管班子成员直接负责，片区书记、部门负责人具体负责，纪委书记牵头督导落实).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from lianxin.rules.policy_rows import Part


@dataclass(frozen=True, slots=True)
class Link:
    """One link: what it is called, and by which posts somebody can be it."""

    title: str
    roles: tuple[str, ...]


LINKS: dict[str, Link] = {
    "deputy": Link("分管班子成员（直接负责）", ("line_deputy", "hotline_deputy")),
    "head": Link("片区书记、部门负责人（具体负责）", ("section_head",)),
    "supervising": Link("纪委书记（督导落实）", ("discipline",)),
}


class Chain(Part):
    # Not in the packs that were adopted before there was one: under those nobody has to be named.
    links: tuple[Literal["deputy", "head", "supervising"], ...] = Field((), description="签批时必须确定的责任人")
    opinion: str = Field("", max_length=200, description="签批意见的拟稿，签批人可以改")
