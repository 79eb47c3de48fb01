"""The centre's audit of a reply: passed or sent back (审核、退回重报)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, Words, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import OrderState, ShareState
from lianxin.rules.serving import serves

serves("C21")

DEFECTS = {
    "not_done": "应办未办",
    "incomplete": "办理不彻底",
    "not_answered": "未逐项答复",
    "no_contact": "未联系诉求人",
    "wording": "文字不规范",
}


class Passing(AboutShare):
    """A remark, if any."""

    note: Words = Field("", title="审核意见")
    #: filled in by the ledger: what the pack does with the order when its last lead has passed
    closing: Literal["audit", "callback"] = Field("callback", json_schema_extra=widget("none"))
    #: filled in by the ledger: on what its reply stands that only explains
    explained: str = Field("", json_schema_extra=widget("none"))


def audited_by_unit(deed: Deed[Passing] | Deed[SendingBack]) -> None:
    """The centre looks only at replies that the unit itself has audited, where the pack asks for that."""
    ready = deed.the_share().unit_audited_at is not None or not deed.pack.reply.unit_audit
    require(ready, "", "答复还没有经过单位审核")


@verb
class Pass(Verb[Passing]):
    """The share is done; with the last lead the order goes to call-back, or closes where the pack says so."""

    action = "share.passed"
    payload = Passing

    def resolve(self, deed: Deed[Passing]) -> Passing:
        return deed.payload.model_copy(update={"closing": deed.pack.closing.mode, "explained": _explained(deed)})

    def check(self, deed: Deed[Passing]) -> None:
        audited_by_unit(deed)

    def events(self, deed: Deed[Passing]) -> tuple[str, ...]:
        """Where the pack closes by audit, the last pass is the order's close too: its total clock is met by it."""
        return ("pass", "close") if deed.order.state == OrderState.CLOSED else ("pass",)

    def concerns(self, deed: Deed[Passing]) -> Iterator[int | None]:
        """Of several units that answer for an order each is told of the other's result, and, where each result is told
        to the caller, whoever of the centre calls him back is told of one that is not the last (C21)."""
        yield from deed.concerned()
        share = deed.the_share()
        if share.role == "assist" or share.depth:
            return
        others = [
            other
            for other in deed.docket.shares(depth=0)
            if other.role != "assist" and other.id != share.id and other.round == share.round
        ]
        yield from (other.holder_id for other in others if other.is_running or other.state == ShareState.PASSED)
        if deed.pack.closing.each_told and any(other.is_running for other in others):
            for post in deed.directory.posts_at(deed.directory.root.id, "callback"):
                yield deed.directory.holder(post.id, deed.at)

    def effect(self, deed: Deed[Passing]) -> None:
        share, docket = deed.the_share(), deed.docket
        share.audited_at = deed.at
        share.passed_reply_at = share.unit_audited_at or share.replied_at
        # Of several leads each speaks for its part: what one can only explain, no other has solved for it.
        deed.order.explained = deed.payload.explained or deed.order.explained
        if not deed.pass_share(share):
            return
        if deed.payload.closing == "audit":
            docket.end(OrderState.CLOSED, deed.at, "audited")
        else:
            docket.enter(OrderState.TO_CALLBACK)

    def tell(self, payload: Passing) -> tuple[str, str]:
        return "审核通过", payload.note


def _explained(deed: Deed[Passing]) -> str:
    """On what the reply that passes stands, where it only explains and the pack asks for that (B15)."""
    share = deed.the_share()
    if not deed.pack.reply.explained or share.reply_entry is None:
        return ""
    reply = deed.outside().others.entry(deed.order.pk, share.reply_entry)
    return (reply.payload.get("explained_by") or "") if reply is not None else ""


class SendingBack(AboutShare):
    """What is wrong with the reply."""

    defect: Literal["not_done", "incomplete", "not_answered", "no_contact", "wording"] = Field(
        title="退回原因", json_schema_extra=widget("choice", titles=DEFECTS)
    )
    reason: Reason


@verb
class SendBack(Verb[SendingBack]):
    """The reply goes back to the unit (退回重报)."""

    action = "share.sent_back"
    payload = SendingBack

    def check(self, deed: Deed[SendingBack]) -> None:
        audited_by_unit(deed)

    def effect(self, deed: Deed[SendingBack]) -> None:
        deed.the_share().unit_audited_at = None

    def tell(self, payload: SendingBack) -> tuple[str, str]:
        return f"退回重报：{DEFECTS[payload.defect]}", payload.reason
