"""Changing the key to callers' names and numbers: what older keys encrypted is encrypted anew.

The ledger's digests speak of a caller's hashes, not of what is encrypted, so the proof of the book stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from . import keyring
from .callers import decrypt, encrypt
from .chain import ENCRYPTED
from .models import Caller, Enclosure, Order, part_id

CHUNK = 500


def rotate() -> Iterator[int]:
    """Bring every caller under the current key; yields how many orders each chunk changed.

    Chunk by chunk in transactions of their own, and what is done is not done again: it may be cut off, run beside the
    living site, and run twice.
    """
    last = 0
    while chunk := list(Caller.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        last = chunk[-1]
        yield _renew(chunk)


def _renew(orders: list[int]) -> int:
    mark = f"{keyring.current()[0]}:"
    with transaction.atomic():
        # The lock under which acts change these rows too.
        list(Order.objects.filter(pk__in=orders).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        old = [row for row in Caller.objects.filter(pk__in=orders) if not _under(mark, row.name, row.phone)]
        # A caller comes with the registration, the first entry; row and enclosure keep the same words.
        keys = [part_id(row.order_id, 1) for row in old]
        enclosures = {e.entry_id: e for e in Enclosure.objects.filter(entry__in=keys)}
        for row in old:
            row.name, row.phone = (encrypt(decrypt(value)) if value else "" for value in (row.name, row.phone))
            enclosures[part_id(row.order_id, 1)].body["caller"] |= {part: getattr(row, part) for part in ENCRYPTED}
        Caller.objects.bulk_update(old, ENCRYPTED)
        Enclosure.objects.bulk_update(enclosures.values(), ["body"])
    return len(old)


def _under(mark: str, *values: str) -> bool:
    return all(not value or value.startswith(mark) for value in values)
