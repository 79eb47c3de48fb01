"""What of an order was raised to the upper platform: whether it waits there, and what came of it.

The kind itself stands in `dispatch.kinds.raised_petition`; verbs of several stages ask here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lianxin.ledger.deed import require
from lianxin.ledger.others import Others
from lianxin.orders.deed import Deed
from lianxin.orders.petitions import settled_here

from .models import Proceeding
from .same import of_kind

KIND = "raised_petition"
#: The act by which it is put down as raised, under that platform's number.
RAISED = f"{KIND}.raised"
#: Its end when the upper platform has agreed.
GRANTED = "granted"


def raised(order: int, level: str, unit: int | None, others: Others) -> Iterator[Proceeding]:
    """The files of one order about one thing that was raised for a unit."""
    return of_kind(KIND, others, order=order, level=level, unit_id=unit)


def decided_here(deed: Deed[Any], kind: str) -> None:
    """Refuse that people decide what waits at the upper platform, or grant what that platform must agree to."""
    if deed.actor.role == "system" or deed.pack.raising(kind) is None:
        return
    if deed.payload.approved:
        settled_here(deed, kind)
    share = deed.share
    rows = raised(deed.order.pk, kind, share.unit_id if share is not None else None, deed.outside().others)
    waits = next((root.number for root in rows if root.ended_at is None), "")
    require(not waits, "approved", f"已上报上级平台（上报件 {waits}），请登记上级答复，或先撤回上报")
