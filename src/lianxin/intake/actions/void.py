"""Orders that end without handling: withdrawn by the caller, or invalid."""

from __future__ import annotations

from lianxin.orders.acts import Payload
from lianxin.orders.case import Case
from lianxin.orders.fields import Reason, Told
from lianxin.orders.verbs import Verb, verb
from lianxin.rules.lifecycle import AssignmentState


class Voiding(Payload):
    """Why it ends, and what the caller was told (B02: also such an end is answered)."""

    reason: Reason
    told: Told


@verb
class Withdraw(Verb[Voiding]):
    """The caller takes his request back; running shares end with it."""

    action = "order.withdrawn"
    payload = Voiding

    def effect(self, case: Case[Voiding]) -> None:
        for share in case.docket.shares(running=True, depth=0):
            case.finish_share(share, AssignmentState.WITHDRAWN)
        case.docket.end("withdrawn", case.at, "withdrawn")

    def tell(self, payload: Voiding) -> tuple[str, str]:
        return "撤单", f"{payload.reason}\n告知：{payload.told}"


@verb
class Invalidate(Verb[Voiding]):
    """Not a request at all (silent call, test): counted nowhere."""

    action = "order.invalidated"
    payload = Voiding

    def effect(self, case: Case[Voiding]) -> None:
        case.docket.end("invalid", case.at, "invalid")
        case.docket.set_facts(case.recorded_at)

    def tell(self, payload: Voiding) -> tuple[str, str]:
        return "判为无效", payload.reason
