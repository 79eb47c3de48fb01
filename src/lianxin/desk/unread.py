"""What somebody does not read of a proceeding that he sees: the orders in it that complain of him (C64), where its kind
shows it to him without them (`kinds.Kind.without`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lianxin.ledger.acts import Payload
from lianxin.ledger.models import Entry
from lianxin.orders.reach import complaining, readers
from lianxin.orders.timeline import payload_of
from lianxin.proceedings import kinds
from lianxin.proceedings.kinds import Kind
from lianxin.proceedings.models import Proceeding

from .seats import Seat


def hidden(seat: Seat, rows: Sequence[Proceeding]) -> Mapping[int, Mapping[int, str]]:
    """The numbers of those orders by their id, of each of these proceedings that has any; one statement, and none where
    no kind is of that sort."""
    asked = [row.pk for row in rows if kinds.find(row.kind).without is not None]
    found: dict[int, dict[int, str]] = {}
    if asked:
        its = complaining(seat.directory.centre_id, readers(seat.staff.pk)).filter(spoken_of__proceeding__in=asked)
        for root, pk, number in its.values_list("spoken_of__proceeding", "pk", "number"):
            found.setdefault(root, {})[pk] = number
    return found


def without(kind: Kind, said: Mapping[str, Any], numbers: Mapping[int, str]) -> dict[str, Any]:
    """What was said in one of that kind, without these orders."""
    return {**said, **kind.without(said, numbers)} if kind.without is not None and numbers else {**said}


def read(kind: Kind, entry: Entry, numbers: Mapping[int, str]) -> Payload | None:
    """What an entry of one of that kind says, without these orders; None where it was erased."""
    payload = payload_of(entry)
    if payload is None or not numbers:
        return payload
    said = {name: getattr(payload, name) for name in type(payload).model_fields}
    return payload.model_copy(update=without(kind, said, numbers))
