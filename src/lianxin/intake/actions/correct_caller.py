"""Who asks, heard wrongly the first time: name, number, and whether he wants to stay unknown (更正诉求人)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.callers import AnyCaller, SealedCaller
from lianxin.orders.deed import Deed
from lianxin.orders.flags import Callers, set_on, told
from lianxin.orders.models import Caller
from lianxin.orders.verbs import Verb


class CallerCorrection(Payload):
    """What changes: a name or number left empty stays as it is."""

    caller: Annotated[AnyCaller | None, Private] = Field(None, title="诉求人", json_schema_extra=widget("caller"))
    confidential: bool | None = Field(
        None, title="要求保密", json_schema_extra=widget("maybe", yes="要求保密", no="不要求保密")
    )
    reason: Reason
    #: filled in by the ledger: what the caller of the corrected number is marked with
    flags: Annotated[tuple[str, ...], Private] = Field((), json_schema_extra=widget("none"))


@verb
class CorrectCaller(Verb[CallerCorrection]):
    """The unit rings the corrected number from now on; what it was before stays in its enclosure."""

    action = "order.caller_corrected"
    payload = CallerCorrection
    moves_clocks = True

    def resolve(self, deed: Deed[CallerCorrection]) -> CallerCorrection:
        """With another number come the flags of its caller; those that this order had of the old one's others go."""
        digest, order, callers = _number(deed.payload), deed.order, deed.outside().others.by(Callers)
        if digest is None:
            return deed.payload.model_copy(update={"flags": ()})
        old = callers.of(order)
        own = set(order.caller_flags)
        if old is not None and old != digest:
            own -= set(callers.flags(order, old))
        return deed.payload.model_copy(update={"flags": tuple(sorted({*own, *callers.flags(order, digest)}))})

    def check(self, deed: Deed[CallerCorrection]) -> None:
        payload = deed.payload
        given = isinstance(payload.caller, SealedCaller) and (payload.caller.name or payload.caller.phone)
        changed = payload.confidential is not None and payload.confidential != deed.order.confidential
        require(given or changed, "caller", "请填写更正后的姓名或联系电话，或更正是否要求保密")

    def effect(self, deed: Deed[CallerCorrection]) -> None:
        payload = deed.payload
        if payload.confidential is not None:
            deed.order.confidential = payload.confidential
        if isinstance(payload.caller, SealedCaller):
            deed.docket.patch(Caller, deed.order.pk, **_columns(payload.caller))
            if payload.caller.phone:
                set_on(deed, payload.flags)

    def follows(self, deed: Deed[CallerCorrection]) -> Iterator[Follow]:
        if (digest := _number(deed.payload)) is not None:
            deed.outside().others.by(Callers).note(deed.order, digest)
            yield from told(deed, digest) if deed.order.caller_flags else ()

    def concerns(self, deed: Deed[CallerCorrection]) -> Iterator[int | None]:
        return deed.at_work()

    def tell(self, payload: CallerCorrection) -> tuple[str, str]:
        changed = []
        if isinstance(payload.caller, SealedCaller):
            changed += ["姓名"] * bool(payload.caller.name) + ["联系电话"] * bool(payload.caller.phone)
        if payload.confidential is not None:
            changed.append("改为要求保密" if payload.confidential else "改为不要求保密")
        return f"更正诉求人{'、'.join(changed)}", payload.reason


def _number(payload: CallerCorrection) -> bytes | None:
    """The hash of the corrected number; None where it stays as it is."""
    sealed = isinstance(payload.caller, SealedCaller) and payload.caller.phone_hash
    return bytes.fromhex(sealed) if sealed else None


def _columns(caller: SealedCaller) -> dict[str, Any]:
    """The columns of the caller's row that change, those for look-up with them."""
    found: dict[str, Any] = {}
    if caller.name:
        found |= {"name": caller.name, "name_hash": bytes.fromhex(caller.name_hash)}
    if caller.phone:
        last4 = bytes.fromhex(caller.last4_hash) if caller.last4_hash else None
        found |= {"phone": caller.phone, "phone_hash": bytes.fromhex(caller.phone_hash), "last4_hash": last4}
    return found
