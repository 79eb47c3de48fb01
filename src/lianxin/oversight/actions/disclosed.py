"""An order is disclosed as a test item (公开为模拟事项): nobody's request, and out of every figure from now on.

Source: C56 (也可根据需要经局领导批准设置模拟事项进行督察).  The decision about the test item brings it about, nobody
else.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb


class Disclosing(Payload):
    """By which test item, and its number."""

    item: int
    number: str
    #: filled in by the ledger: what others ask was merged into it, so that it is somebody's request all the same
    carries: bool = Field(False, json_schema_extra=widget("none"))


@verb
class Disclose(Verb[Disclosing]):
    """Counted nowhere from now on; figures of an earlier cut-off stay as they were, what is published is corrected.

    One into which a real request was merged is disclosed and counted on: its units owe that caller the answer.
    """

    action = "order.disclosed"
    payload = Disclosing
    decides = False

    def resolve(self, deed: Deed[Disclosing]) -> Disclosing:
        return deed.payload.model_copy(update={"carries": bool(deed.order.repeats)})

    def effect(self, deed: Deed[Disclosing]) -> None:
        if not deed.payload.carries:
            deed.order.simulated, deed.order.disclosed_recorded_at = True, deed.recorded_at

    def concerns(self, deed: Deed[Disclosing]) -> Iterator[int | None]:
        return deed.at_work() if deed.order.is_open else iter(())

    def tell(self, payload: Disclosing) -> tuple[str, str]:
        how = "有真实诉求并入，照常统计" if payload.carries else "不再计入各项统计"
        return f"公开为模拟事项（{payload.number}），{how}", ""
