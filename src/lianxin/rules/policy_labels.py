"""What an order may be labelled with (``[[label]]``): difficult, important, what limits, duties and queues go by."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from pydantic import model_validator as model_check

from lianxin.rules import lifecycle
from lianxin.rules.context import ROLES
from lianxin.rules.policy_rows import ListRow, NameCode


class LabelRule(ListRow):
    """A label (标识) of orders: a post of ``by`` puts it on, with a reason, one of ``lifted_by`` takes it off.

    That it was put on is the event ``labelled.CODE``.
    """

    table: ClassVar[str] = "label"

    code: NameCode = Field(description="标识代码")
    by: tuple[NameCode, ...] = Field(min_length=1, description="由哪些岗位标识")
    lifted_by: tuple[NameCode, ...] = Field(min_length=1, description="由哪些岗位取消标识")
    #: of whom it complains must be named first, so that what follows from the label does not reach him (C37, C64)
    named: bool = Field(False, description="须先登记被投诉对象")

    @property
    def key(self) -> str:
        return self.code

    @model_check(mode="after")
    def _by_posts(self) -> LabelRule:
        able = lifecycle.find("order.labelled").posts
        for place, posts in (("by", self.by), ("lifted_by", self.lifted_by)):
            if strange := [post for post in posts if post not in able]:
                known = "、".join(f"{post}（{ROLES[post]}）" for post in sorted(able))
                raise ValueError(f"{place} 中能做这个动作的岗位（{known}），没有“{strange[0]}”")
        return self
