"""Reports and meetings (``[reports]``): what is reported when and to whom, and which meetings there are."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from lianxin.rules.periods import Kind
from lianxin.rules.policy_rows import ForwardSpan, NameCode, Part, Percent, Text, Texts
from lianxin.rules.policy_tasks import PostRole


class MeetingType(Part):
    """A meeting of the centre: what must be on its agenda, how often there is one."""

    code: NameCode
    title: Text
    parts: Texts = Field(min_length=1, description="须逐项记录的议程")
    every: Kind | None = Field(None, description="每个周期一次")
    from_report: bool = Field(False, description="只由情况专报召开")


class ReportReason(Part):
    """Why a unit reports at once."""

    code: NameCode
    title: Text
    coordinate: bool = Field(description="须由市局协调，不能只作答复")


class Reports(Part):
    """What is reported when and to whom, and which meetings there are."""

    meetings: tuple[MeetingType, ...] = Field((), description="会议的种类")
    reasons: tuple[ReportReason, ...] = Field((), description="须及时报告的情形")
    told: tuple[PostRole, ...] = Field((), description="及时报告同时报送中心的哪些岗位")
    within: ForwardSpan | None = Field(None, description="得知之后多久以内报告才算及时")
    answer: ForwardSpan | None = Field(None, description="及时报告须在多久以内处理")
    complex_from: int = Field(2, ge=2, le=20, description="涉及几个单位起为复杂问题")
    instruct: ForwardSpan | None = Field(None, description="情况专报须在多久以内批示；不写即没有情况专报")
    every: Kind | None = Field(None, description="各单位书面报告的周期；不写即不报")
    least: int = Field(1, ge=1, le=500, description="每项议程、每项报告内容至少多少字")
    alike: Percent = Field(default=Fraction(1), description="与上一次（或另一项）相同到多少即须重写")

    def meeting(self, code: str) -> MeetingType | None:
        """The meeting of that code; None where these rules know none such."""
        return next((known for known in self.meetings if known.code == code), None)

    def reason(self, code: str) -> ReportReason | None:
        """The reason of that code; None where these rules know none such."""
        return next((known for known in self.reasons if known.code == code), None)


#: What packs say that were adopted before there was such a section.
NO_REPORTS = Reports(
    meetings=(),
    reasons=(),
    told=(),
    within=None,
    answer=None,
    complex_from=2,
    instruct=None,
    every=None,
    least=1,
)
