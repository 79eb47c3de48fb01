"""The upper platform's limit: set, changed or taken away after the order came in (更正上级时限)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, Reason
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.worktime import show_due

from .repeat import rejoined


class UpstreamLimit(Payload):
    """The limit as it is now; left empty: there is none any more."""

    upstream_due: Instant | None = Field(None, title="上级时限（不填为取消）")
    reason: Reason


@verb
class SetUpstreamLimit(Verb[UpstreamLimit]):
    """It binds the clocks of the round that the order is in, running ones too."""

    action = "order.limit_set"
    payload = UpstreamLimit
    restates = frozenset({"order.limit_set"})
    moves_clocks = True

    def check(self, deed: Deed[UpstreamLimit]) -> None:
        order, due = deed.order, deed.payload.upstream_due
        same = (order.upstream_due, order.upstream_due_round) == (due, order.round)
        require(not same and (due or order.upstream_due), "upstream_due", "上级时限没有变化")
        require(due is None or due > order.received_at, "upstream_due", "上级时限不能早于来件时间")

    def effect(self, deed: Deed[UpstreamLimit]) -> None:
        deed.order.upstream_due, deed.order.upstream_due_round = deed.payload.upstream_due, deed.order.round

    def follows(self, deed: Deed[UpstreamLimit]) -> Iterator[Follow]:
        return rejoined(deed)

    def concerns(self, deed: Deed[UpstreamLimit]) -> Iterator[int | None]:
        return deed.at_work()

    def tell(self, payload: UpstreamLimit) -> tuple[str, str]:
        due = payload.upstream_due
        return (f"上级时限改为{show_due(due)}" if due else "取消上级时限"), payload.reason
