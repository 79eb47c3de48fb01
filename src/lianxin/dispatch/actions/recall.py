"""Taking a dispatch back: a plain wrong one can be undone (撤回派单)."""

from __future__ import annotations

from collections.abc import Iterator

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Reason
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import ShareState


class Recalling(Payload):
    """Why it should not have gone there."""

    reason: Reason


@verb
class Recall(Verb[Recalling]):
    """Every running share ends, and the order waits for its dispatch again; the order's own clocks run on."""

    action = "order.recalled"
    payload = Recalling

    def effect(self, deed: Deed[Recalling]) -> None:
        for share in deed.docket.shares(running=True, depth=0):
            deed.finish_share(share, ShareState.WITHDRAWN, released=True)

    def concerns(self, deed: Deed[Recalling]) -> Iterator[int | None]:
        return deed.ended_now()

    def tell(self, payload: Recalling) -> tuple[str, str]:
        return "撤回派单", payload.reason
