"""The caller asks again, or the centre presses (催办): no new order, counted, and the unit hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Account, Words, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb

BY = {"caller": "诉求人", "upper": "上级平台", "centre": "本中心"}


class Urging(Payload):
    """Who presses, what he says, and what the caller was told."""

    by: Literal["caller", "upper", "centre"] = Field(title="谁催办", json_schema_extra=widget("choice", titles=BY))
    text: Account = Field(title="催办内容")
    told: Words = Field("", title="告知诉求人的内容")
    #: filled in by the ledger: the repeat on which it was said
    repeat: str = Field("", json_schema_extra=widget("none"))


@verb
class Urge(Verb[Urging]):
    """Counts on the order; on a repeat it counts on the main order too, where the work is done."""

    action = "order.urged"
    payload = Urging
    decides = False
    alters = False

    def effect(self, deed: Deed[Urging]) -> None:
        deed.order.urges += 1

    def follows(self, deed: Deed[Urging]) -> Iterator[Follow]:
        main = deed.order.merged_into_id
        if main is not None:
            said = {"by": deed.payload.by, "text": deed.payload.text, "told": deed.payload.told}
            yield Follow("order.urged", main, {**said, "repeat": deed.order.number})

    def concerns(self, deed: Deed[Urging]) -> Iterator[int | None]:
        return deed.at_work()

    def tell(self, payload: Urging) -> tuple[str, str]:
        where = f"（重复件 {payload.repeat}）" if payload.repeat else ""
        said = [payload.text] + [f"告知：{payload.told}"] * bool(payload.told)
        return f"{BY[payload.by]}催办{where}", "\n".join(said)
