"""A root as its ledger leads to it: the entries, replayed through the registered verbs.

A replay asks no table of states, no pack, no directory and no clock: what came out stands in the entries (`derived`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import verbs
from .acts import Actor
from .docket import Docket
from .models import PART_BITS, Entry
from .settle import reenter, settle


def replay(centre: int, entries: Sequence[Entry], bodies: Mapping[int, dict[str, Any]]) -> Docket[Any]:
    """The docket that the entries of one root of `centre` lead to; `bodies` are their private parts by entry id.

    Raises KeyError for a verb (of that version) that nobody kept, and whatever an entry that was never written by the
    ledger makes its verb raise.
    """
    first = entries[0]
    book = verbs.recorded(first.action, first.version).book
    docket = book.begin(first.pk >> PART_BITS, centre, first.at, first.derived)
    for entry in entries:
        step(docket, centre, entry, bodies.get(entry.pk, {}))
    return docket


def step(docket: Docket[Any], centre: int, entry: Entry, body: dict[str, Any]) -> None:
    """One entry more."""
    verb = verbs.recorded(entry.action, entry.version)
    payload = verb.payload.model_validate({**entry.payload, **body})
    deed = verb.book.deed(
        docket,
        payload,
        actor=Actor(entry.post_role, centre, entry.staff_id, entry.post_id, entry.unit_id, _bytes(entry.citizen)),
        at=entry.at,
        recorded_at=entry.recorded_at,
        entry_number=entry.number,
        format=entry.format,
    )
    reenter(deed, verb, entry.derived)
    settle(deed, verb, entry.derived)
    root = docket.root
    root.head_number, root.head_digest, root.head_recorded_at = entry.number, entry.digest, entry.recorded_at


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return bytes(value) if value is not None else None
