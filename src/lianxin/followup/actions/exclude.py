"""Leaving an order out of assessment, or taking it back in (剔除、不计入考核)."""

from __future__ import annotations

from pydantic import Field

from lianxin.orders.acts import Payload
from lianxin.orders.case import Case, require
from lianxin.orders.fields import Reason, widget
from lianxin.orders.verbs import Verb, verb


class Exclusion(Payload):
    """Which way, and why."""

    excluded: bool = Field(True, title="处理", json_schema_extra=widget("verdict", yes="不计入考核", no="恢复计入"))
    reason: Reason


@verb
class Exclude(Verb[Exclusion]):
    """Changes what is assessed from now on; figures of an earlier cut-off stay."""

    action = "order.excluded"
    payload = Exclusion

    def check(self, case: Case[Exclusion]) -> None:
        same = case.order.excluded == case.payload.excluded
        require(not same, "excluded", "本工单已经是这样")

    def effect(self, case: Case[Exclusion]) -> None:
        case.order.excluded = case.payload.excluded
        case.docket.set_facts(case.recorded_at)

    def tell(self, payload: Exclusion) -> tuple[str, str]:
        return ("剔除，不计入考核" if payload.excluded else "恢复计入考核"), payload.reason
