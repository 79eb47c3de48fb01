"""More about the same request, heard later (补充)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb

from .register import MOST_REQUESTS, Request
from .repeat import rejoined


class Supplement(Payload):
    """More about the same request, heard later."""

    text: Account = Field(title="补充内容")
    requests: Annotated[tuple[Request, ...], Private] = Field(
        (), title="补充诉求事项", max_length=10, json_schema_extra=widget("lines")
    )


@verb
class SupplementOrder(Verb[Supplement]):
    """Adds to the text; further requests get the next numbers."""

    action = "order.supplemented"
    payload = Supplement
    decides = False

    def check(self, deed: Deed[Supplement]) -> None:
        total = deed.order.request_count + len(deed.payload.requests)
        require(total <= MOST_REQUESTS, "requests", f"一件工单最多 {MOST_REQUESTS} 项诉求，请另行登记")

    def follows(self, deed: Deed[Supplement]) -> Iterator[Follow]:
        return rejoined(deed)

    def concerns(self, deed: Deed[Supplement]) -> Iterator[int | None]:
        return deed.at_work()

    def effect(self, deed: Deed[Supplement]) -> None:
        appeal = deed.docket.appeal()
        appeal.text = f"{appeal.text}\n【补充】{deed.payload.text}"
        appeal.requests = [*appeal.requests, *deed.payload.requests]
        deed.order.request_count = len(appeal.requests)

    def tell(self, payload: Supplement) -> tuple[str, str]:
        return "补充", payload.text
