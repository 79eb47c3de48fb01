"""Changing the key to callers' names and numbers: what older keys encrypted is encrypted anew.

The ledger's digests speak of a caller's hashes, not of what is encrypted, so the proof of the book stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import and_

from cryptography.exceptions import InvalidTag
from django.db import transaction
from django.db.models import Q

from lianxin.directory import keyring
from lianxin.directory.ciphers import decrypt, encrypt
from lianxin.ledger.chain import ENCRYPTED
from lianxin.ledger.models import Enclosure, part_id
from lianxin.ledger.moments import PATIENCE, wait_for_earlier

from .models import Caller, Order

CHUNK = 500
#: How often all callers are gone through at most: a machine without the new key may go on writing under an older one.
PASSES = 5


@dataclass(slots=True)
class Rotation:
    """What came of it."""

    key: str
    #: how many orders were changed
    done: int = 0
    #: numbers of the orders whose caller nobody can read; they were left as they are
    unreadable: list[str] = field(default_factory=list)
    #: whether a caller is under another key still
    left: bool = False


def rotate(patience: float = PATIENCE) -> Rotation:
    """Bring every caller under the newest key.

    Chunk by chunk in transactions of their own, and what is done is not done again: it may be cut off, run beside the
    living site, and run twice.  Raises `StillWriting` if a transaction that may have the older key in hand does not
    end within `patience` seconds.
    """
    # What they write under the older key is committed before the walk passes its ids.
    wait_for_earlier(patience)
    result = Rotation(keyring.current()[0])
    for _ in range(PASSES):
        changed, result.unreadable = _walk()
        result.done += changed
        if not changed:
            break
    current = (Q(**{part: ""}) | Q(**{f"{part}__startswith": f"{result.key}:"}) for part in ENCRYPTED)
    result.left = Caller.objects.exclude(reduce(and_, current)).exists()
    return result


def _walk() -> tuple[int, list[str]]:
    """One pass over all callers: how many were changed, and the numbers of the orders that cannot be read."""
    done, last = 0, 0
    unreadable: list[str] = []
    while chunk := list(Caller.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        last = chunk[-1]
        changed, skipped = _renew(chunk)
        done += changed
        unreadable += Order.objects.filter(pk__in=skipped).order_by("pk").values_list("number", flat=True)
    return done, unreadable


def _renew(orders: list[int]) -> tuple[int, list[int]]:
    """How many of these callers were changed, and the orders of those that cannot be read."""
    mark = f"{keyring.current()[0]}:"
    changed: list[Caller] = []
    skipped: list[int] = []
    with transaction.atomic():
        # The lock under which acts change these rows too.
        list(Order.objects.filter(pk__in=orders).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        old = [row for row in Caller.objects.filter(pk__in=orders) if not _under(mark, row.name, row.phone)]
        # A caller comes with the registration, the first entry; row and enclosure keep the same words.
        keys = [part_id(row.order_id, 1) for row in old]
        enclosures = {e.entry_id: e for e in Enclosure.objects.filter(entry__in=keys)}
        for row in old:
            try:
                row.name, row.phone = (encrypt(decrypt(value)) if value else "" for value in (row.name, row.phone))
                enclosures[part_id(row.order_id, 1)].body["caller"] |= {part: getattr(row, part) for part in ENCRYPTED}
            except (KeyError, TypeError, ValueError, InvalidTag):
                skipped.append(row.order_id)
            else:
                changed.append(row)
        Caller.objects.bulk_update(changed, ENCRYPTED)
        Enclosure.objects.bulk_update([enclosures[part_id(row.order_id, 1)] for row in changed], ["body"])
    return len(changed), skipped


def _under(mark: str, *values: str) -> bool:
    return all(not value or value.startswith(mark) for value in values)
