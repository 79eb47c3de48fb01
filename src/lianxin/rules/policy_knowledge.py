"""The knowledge base (``[knowledge]``): what a direct answer must name, and why a call becomes one of three."""

from __future__ import annotations

from pydantic import Field

from lianxin.rules.policy_rows import NameCode, Part, Text


class CallReason(Part):
    """Why a third party is called in to the call with the caller (三方通话)."""

    code: NameCode
    title: Text
    #: an order whose answer names its ground cannot have such a call
    missing: bool = Field(description="仅限知识库没有答案的")


class Knowledge(Part):
    """How a direct answer rests on the knowledge base."""

    named: bool = Field(description="直接答复须写明依据的知识库文章、已有工单，或者写明没有")
    call_reasons: tuple[CallReason, ...] = Field(description="三方通话的原因")

    def call_reason(self, code: str) -> CallReason | None:
        """The reason of that code; None where these rules know none such."""
        return next((known for known in self.call_reasons if known.code == code), None)
