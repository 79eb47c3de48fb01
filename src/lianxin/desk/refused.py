"""Who would not have an order, and why: what units said when they sent it back, and what the centre said to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order
from lianxin.orders.timeline import ERASED
from lianxin.rules.policy import Pack

FILED, DECIDED, RECALLED = "return.filed", "return.decided", "order.recalled"
#: A reason is a line here, not the text itself.
_LONG = 80


@dataclass(frozen=True, slots=True)
class Refusal:
    """A unit sent the order back, or the centre took it back: when, why, in which words, and what came of it."""

    who: str
    what: str
    words: str
    at: datetime
    ruled: str = ""
    #: the unit that asked; None where the centre took it back by itself
    unit: int | None = None


def of_orders(directory: Snapshot, pack: Pack, orders: Iterable[Order]) -> dict[int, list[Refusal]]:
    """The refusals of each of these orders, the latest first: one statement for all of them."""
    said = Entry.objects.filter(order__in=[order.pk for order in orders], action__in=(FILED, DECIDED, RECALLED))
    found: dict[int, list[Refusal]] = defaultdict(list)
    ruled: dict[tuple[int, int], str] = {}
    for entry in said.select_related("enclosure").order_by("-pk"):
        assert entry.order_id is not None
        if entry.action == DECIDED:
            ruled[entry.order_id, entry.payload["share"]] = _ruling(directory, entry)
            continue
        told = _recalled(entry) if entry.action == RECALLED else _filed(directory, pack, entry, ruled)
        found[entry.order_id].append(told)
    return found


def _filed(directory: Snapshot, pack: Pack, entry: Entry, ruled: dict[tuple[int, int], str]) -> Refusal:
    reason = pack.petition.return_.reason_title(entry.payload["return_reason"])
    assert entry.order_id is not None
    # Of one share, for which may be asked twice, a ruling is about the last petition before it.
    came = ruled.pop((entry.order_id, entry.payload["share"]), "待审定")
    unit = directory.units.get(entry.unit_id or 0)
    who = unit.short_name or unit.name if unit else "承办单位"
    what = f"{reason}，依据{entry.payload['legal_basis']}"
    return Refusal(who, what, _words(entry), entry.at, came, entry.unit_id)


def _ruling(directory: Snapshot, entry: Entry) -> str:
    if not entry.payload["approved"]:
        return f"不同意，强派：{_words(entry)}"
    unit = directory.units.get(entry.payload["next_unit"] or 0)
    return f"同意，改派{unit.short_name or unit.name}" if unit else "同意退单"


def _recalled(entry: Entry) -> Refusal:
    return Refusal("热线中心", "撤回派单", _words(entry), entry.at)


def _words(entry: Entry) -> str:
    enclosure = getattr(entry, "enclosure", None)
    body = (enclosure.body if enclosure else None) or {}
    said = str(body.get("reason", "")) if body else ERASED
    return said if len(said) <= _LONG else f"{said[:_LONG]}…"
