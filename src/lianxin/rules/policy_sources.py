"""Where orders come from (``[[source]]``): our own intake, other platforms, lines that were merged into the hotline."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic import model_validator as model_check

from lianxin.rules import lifecycle
from lianxin.rules.policy_rows import Code, ListRow, NameCode


class SourceRule(ListRow):
    """Where orders come from (来源); ``upstream``: another platform sent it.

    A line that was merged into the hotline (整合的热线) is a source with its own ``number`` and ``mode``: closed after
    the day ``until``, answered under both numbers, or a sub-centre, the ``unit`` (by its code) that is proposed for its
    orders.  ``posts``: whose registrations it is, of nobody else's, and theirs alone.
    """

    table: ClassVar[str] = "source"

    code: Code = Field(description="来源代码")
    upstream: bool = Field(description="是否由其他平台转来")
    print_zero: bool = False
    number: Annotated[str, Field(pattern=r"^[0-9-]{0,16}$", description="热线号码")] = ""
    mode: Literal["", "cancelled", "dual_number", "sub_centre"] = Field("", description="整合方式")
    until: date | None = Field(None, description="取消的热线用到哪一天")
    unit: Annotated[str, Field(max_length=32, description="分中心的单位代码")] = ""
    posts: tuple[NameCode, ...] = Field((), description="由哪些岗位登记")

    @property
    def key(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """As people choose and read it: its title, with the number of its line."""
        return f"{self.title}（{self.number}）" if self.number else self.title

    def closed(self, day: date) -> bool:
        """Whether it is a line that takes no requests any more on that day."""
        return self.mode == "cancelled" and self.until is not None and day > self.until

    @model_check(mode="after")
    def _line(self) -> SourceRule:
        if (self.mode == "cancelled") != (self.until is not None):
            raise ValueError('取消的热线（mode = "cancelled"）写明用到哪一天（until），其他的不写')
        if (self.mode == "sub_centre") != bool(self.unit):
            raise ValueError('设为分中心的热线（mode = "sub_centre"）写明分中心的单位代码（unit），其他的不写')
        able = lifecycle.find("order.registered").posts
        if strange := [post for post in self.posts if post not in able]:
            raise ValueError(f"posts 中能登记工单的岗位（{'、'.join(sorted(able))}），没有“{strange[0]}”")
        return self
