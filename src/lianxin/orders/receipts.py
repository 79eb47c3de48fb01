"""Idempotency: the same request sent twice is done once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .acts import Act, Payload, Refused
from .callers import fingerprint
from .chain import canonical
from .models import PART_BITS, Entry, Receipt


def find(acts: Sequence[Act]) -> dict[str | None, tuple[int, int]]:
    """Key -> (order, entry number) of those acts that were done before.

    Raises `Refused` where the same key comes with another request.
    """
    digests = {act.key: _digest(act) for act in acts if act.key}
    if not digests:
        return {}
    found: dict[str | None, tuple[int, int]] = {}
    for receipt in Receipt.objects.filter(key__in=digests):
        if bytes(receipt.request_digest) != digests[receipt.key]:
            raise Refused("这个提交编号已用于另一项操作，请刷新页面后重新提交")
        found[receipt.key] = (receipt.entry_id >> PART_BITS, receipt.entry_id & (1 << PART_BITS) - 1)
    return found


def receipt(act: Act, entry: Entry) -> Receipt:
    """The receipt of a done act."""
    assert act.key is not None
    return Receipt(key=act.key, request_digest=_digest(act), entry=entry, at=entry.recorded_at)


def _digest(act: Act) -> bytes:
    """Over what is asked, not when: a resent form has a later time but is the same request.  Keyed: it holds a number."""
    payload: Mapping[str, Any] = (
        act.payload.model_dump(mode="json") if isinstance(act.payload, Payload) else dict(act.payload)
    )
    order = act.order if act.order is None or act.order > 0 else None
    asked = canonical([act.verb, order, act.actor.staff, act.actor.centre, _plain(payload)])
    return bytes.fromhex(fingerprint("request", asked.decode()))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
