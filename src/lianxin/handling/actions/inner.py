"""The five steps inside a unit (A19): 分派、回退、办理、回复、审核, each with its actor and time."""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.fields import Account, StaffId, Words, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb

from .sign import Transfer, colleague


class InnerTransfer(Transfer):
    """To which colleague (科室经办人) the work goes."""

    section: str = Field("", title="科室", max_length=60)


@verb
class Assign(Verb[InnerTransfer]):
    """分派: the named colleague answers for it."""

    action = "inner.assigned"
    payload = InnerTransfer

    def check(self, deed: Deed[InnerTransfer]) -> None:
        colleague(deed)

    def effect(self, deed: Deed[InnerTransfer]) -> None:
        deed.the_share().holder_id = deed.payload.to

    def tell(self, payload: InnerTransfer) -> tuple[str, str]:
        return f"内部分派{payload.section}", payload.note


class InnerReturn(AboutShare):
    """Back to whom, and why."""

    to: StaffId
    reason: Account = Field(title="回退理由")


@verb
class Return(Verb[InnerReturn]):
    """回退: back to the colleague who gave it."""

    action = "inner.returned"
    payload = InnerReturn

    def check(self, deed: Deed[InnerReturn]) -> None:
        colleague(deed)

    def effect(self, deed: Deed[InnerReturn]) -> None:
        deed.the_share().holder_id = deed.payload.to

    def tell(self, payload: InnerReturn) -> tuple[str, str]:
        return "内部回退", payload.reason


class InnerWork(AboutShare):
    """What was done."""

    text: Account = Field(title="办理情况")


@verb
class Handle(Verb[InnerWork]):
    """办理: what the section did. Nothing changes hands: the step is on record."""

    action = "inner.handled"
    payload = InnerWork
    decides = False

    def tell(self, payload: InnerWork) -> tuple[str, str]:
        return "内部办理", payload.text


@verb
class Reply(Verb[InnerWork]):
    """回复: the section's draft of the reply, on record."""

    action = "inner.replied"
    payload = InnerWork

    def tell(self, payload: InnerWork) -> tuple[str, str]:
        return "内部回复", payload.text


class InnerAudit(AboutShare):
    """Whether the draft may go out."""

    approved: bool = Field(title="审核", json_schema_extra=widget("verdict", yes="同意", no="不同意"))
    note: Words = Field("", title="审核意见")


@verb
class Audit(Verb[InnerAudit]):
    """审核: the unit's lead on the section's draft, on record."""

    action = "inner.audited"
    payload = InnerAudit

    def tell(self, payload: InnerAudit) -> tuple[str, str]:
        return f"内部审核：{'同意' if payload.approved else '不同意'}", payload.note
