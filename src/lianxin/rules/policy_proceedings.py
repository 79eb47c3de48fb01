"""What a pack says of proceedings of all kinds, and for what somebody is called to account: `[proceedings]`."""

from __future__ import annotations

from pydantic import Field

from lianxin.rules.policy_rows import BackwardSpan, ForwardSpan, NameCode, Part
from lianxin.rules.worktime import Span

#: What people are called to account for under packs that do not say (B37).
SIX = ("undone", "passed_about", "promise", "delayed", "repeated", "exposed")


class Proceedings(Part):
    warn: BackwardSpan = Field(Span(1, "workday", backward=True), description="专办事项的时限到期前多久预警")
    # None of these in the packs that were adopted before: under those the six of B37 are called to account for.
    triggers: tuple[NameCode, ...] = Field(SIX, description="问责情形")
    confirmed_within: ForwardSpan | None = Field(None, description="问责建议提出后多久之内认定")
    corrected_within: ForwardSpan = Field(Span(5, "workday"), description="责令改正的时限")
    published_within: ForwardSpan = Field(Span(3, "workday"), description="督查信息通报后改正的时限")


#: Of a pack that was adopted before there was such a section.
UNSAID = Proceedings(
    warn=Span(1, "workday", backward=True),
    triggers=SIX,
    confirmed_within=None,
    corrected_within=Span(5, "workday"),
    published_within=Span(3, "workday"),
)
