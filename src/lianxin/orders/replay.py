"""An order as its ledger leads to it: the entries, replayed through the registered verbs.

A replay asks no table of states, no pack, no directory and no clock: what came out stands in the entries (`derived`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import verbs
from .about import AboutShare
from .acts import Actor
from .deed import Deed
from .docket import Docket
from .ledger import blank
from .models import Entry
from .settle import reenter, settle


def replay(centre: int, entries: Sequence[Entry], bodies: Mapping[int, dict[str, Any]]) -> Docket:
    """The docket that the entries of one order of `centre` lead to; `bodies` are their private parts by entry id.

    Raises KeyError for a verb (of that version) that nobody kept, and whatever an entry that was never written by the
    ledger makes its verb raise.
    """
    first = entries[0]
    docket = blank(first.order_id, centre, first.at, first.derived)
    for entry in entries:
        step(docket, centre, entry, bodies.get(entry.pk, {}))
    return docket


def step(docket: Docket, centre: int, entry: Entry, body: dict[str, Any]) -> None:
    """One entry more."""
    verb = verbs.recorded(entry.action, entry.version)
    payload = verb.payload.model_validate({**entry.payload, **body})
    share = None
    if isinstance(payload, AboutShare) and payload.share is not None:
        share = docket.all_shares[payload.share]
    deed: Deed[Any] = Deed(
        docket=docket,
        actor=Actor(entry.post_role, centre, entry.staff_id, entry.post_id, entry.unit_id, _bytes(entry.citizen)),
        payload=payload,
        at=entry.at,
        recorded_at=entry.recorded_at,
        entry_number=entry.number,
        share=share,
        format=entry.format,
    )
    reenter(deed, verb, entry.derived)
    settle(deed, entry.derived)
    order = docket.order
    order.head_number, order.head_digest, order.head_recorded_at = entry.number, entry.digest, entry.recorded_at


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return bytes(value) if value is not None else None
