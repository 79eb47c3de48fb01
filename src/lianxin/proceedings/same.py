"""What else there is of a kind: about the same order, of the same unit, in the same period.

For what may be there only once: `already` sees what this batch has opened a moment ago, and makes whoever asks the same
question at the same moment wait for the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

from django.db import connection

from lianxin.ledger.locks import Lock
from lianxin.ledger.others import Others

from .deed import Deed
from .docket import Docket
from .models import Proceeding

_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"


def of_kind(
    kind: str, others: Others, *, order: int | None = None, but: Sequence[str] = (), **columns: Any
) -> Iterator[Proceeding]:
    """The proceedings of a kind in which these columns say so, and that are about this order if one is named, as they
    stand in this batch, else in the tables; none in a state of `but`."""
    here = {pk: docket for pk, docket in others.dockets.items() if isinstance(docket, Docket)}
    alike = {"kind": kind, **columns}
    for docket in (docket for pk, docket in here.items() if pk not in others.spoilt):
        same = all(getattr(docket.root, name) == value for name, value in alike.items())
        if same and docket.root.state not in but and (order is None or order in docket.orders()):
            yield docket.root
    stored = Proceeding.objects.filter(kind=kind, **columns).exclude(pk__in=here).exclude(state__in=but)
    if order is not None:
        stored = stored.filter(abouts__to_order=order, abouts__role="subject", abouts__until=None)
    yield from stored.order_by("pk")


def alone(*about: Any) -> None:
    """Until this transaction has ended nobody else comes past here with the same words."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [Lock.ONLY_ONE, crc32(repr(about).encode()) - (1 << 31)])


def already(deed: Deed[Any], kind: str, *, order: int | None = None, but: Sequence[str] = (), **columns: Any) -> str:
    """The number of another proceeding like this; "" where there is none, and then nobody opens one meanwhile."""
    alone(kind, order, *sorted(columns.items()))
    found = of_kind(kind, deed.outside().others, order=order, but=but, **columns)
    return next((root.number for root in found if root.pk != deed.proceeding.pk), "")
