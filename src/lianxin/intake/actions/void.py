"""Orders that end without handling: withdrawn by the caller, or invalid."""

from __future__ import annotations

from collections.abc import Iterator

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Reason, Told
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import ShareState

from .repeat import parted, set_free


class Voiding(Payload):
    """Why it ends, and what the caller was told (B02: also such an end is answered)."""

    reason: Reason
    told: Told


@verb
class Withdraw(Verb[Voiding]):
    """The caller takes his request back; running shares end with it."""

    action = "order.withdrawn"
    payload = Voiding

    def follows(self, deed: Deed[Voiding]) -> Iterator[Follow]:
        yield from parted(deed, deed.order.merged_into_id, "withdrawn")
        yield from set_free(deed, "已撤单")

    def concerns(self, deed: Deed[Voiding]) -> Iterator[int | None]:
        return deed.ended_now()

    def effect(self, deed: Deed[Voiding]) -> None:
        for share in deed.docket.shares(running=True, depth=0):
            deed.finish_share(share, ShareState.WITHDRAWN)
        deed.docket.end("withdrawn", deed.at, "withdrawn")

    def tell(self, payload: Voiding) -> tuple[str, str]:
        return "撤单", f"{payload.reason}\n告知：{payload.told}"


@verb
class Invalidate(Verb[Voiding]):
    """Not a request at all (silent call, test): counted nowhere."""

    action = "order.invalidated"
    payload = Voiding

    def follows(self, deed: Deed[Voiding]) -> Iterator[Follow]:
        return set_free(deed, "已判为无效")

    def effect(self, deed: Deed[Voiding]) -> None:
        deed.docket.end("invalid", deed.at, "invalid")
        deed.docket.set_facts(deed.recorded_at)

    def tell(self, payload: Voiding) -> tuple[str, str]:
        return "判为无效", payload.reason
