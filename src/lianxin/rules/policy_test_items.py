"""Test items of an inspection (``[test_items]``): whether there are any, and within what times (C56)."""

from __future__ import annotations

from pydantic import Field

from lianxin.rules.policy_rows import ForwardSpan, Part
from lianxin.rules.worktime import Span


class OfTestItems(Part):
    """Until when what was approved must be made, be named, and be disclosed."""

    allowed: bool = Field(description="可以设置模拟事项")
    made_within: ForwardSpan = Field(description="批准后多久之内登记的才算")
    named_within: ForwardSpan = Field(description="登记后多久之内须报明工单号")
    disclosed_within: ForwardSpan = Field(description="报明工单号后多久之内须决定公开")


#: Of the packs that were adopted before there was such a section.
NO_TEST_ITEMS = OfTestItems(
    allowed=False,
    made_within=Span(10, "workday"),
    named_within=Span(24, "hour"),
    disclosed_within=Span(10, "workday"),
)
