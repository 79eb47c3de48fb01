"""Leaving an order out of assessment, or taking it back in (剔除、不计入考核)."""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb


class Exclusion(Payload):
    """Which way, and why."""

    excluded: bool = Field(True, title="处理", json_schema_extra=widget("verdict", yes="不计入考核", no="恢复计入"))
    reason: Reason


@verb
class Exclude(Verb[Exclusion]):
    """Changes what is assessed from now on; figures of an earlier cut-off stay."""

    action = "order.excluded"
    payload = Exclusion

    def check(self, deed: Deed[Exclusion]) -> None:
        same = deed.order.excluded == deed.payload.excluded
        require(not same, "excluded", "本工单已经是这样")

    def effect(self, deed: Deed[Exclusion]) -> None:
        deed.order.excluded = deed.payload.excluded
        deed.docket.set_facts(deed.recorded_at)

    def tell(self, payload: Exclusion) -> tuple[str, str]:
        return ("剔除，不计入考核" if payload.excluded else "恢复计入考核"), payload.reason
