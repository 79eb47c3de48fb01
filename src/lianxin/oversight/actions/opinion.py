"""What a deputy, or whoever else an order is shown to, says of it (代表意见).

Source: E01 (人大代表联系点与12345平台联动): the centre and the units that handle it read it on the timeline.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Account
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.serving import serves

serves("E01")


class Opinion(Payload):
    """What he has to say."""

    text: Account = Field(title="意见")


@verb
class GiveOpinion(Verb[Opinion]):
    """Changes nothing; whoever answers for the order and its shares is told."""

    action = "order.opinion"
    payload = Opinion
    decides = False

    def effect(self, deed: Deed[Opinion]) -> None:
        return

    def concerns(self, deed: Deed[Opinion]) -> Iterator[int | None]:
        yield from deed.at_work()

    def tell(self, payload: Opinion) -> tuple[str, str]:
        return "提出代表意见", payload.text
