"""The daily seal: so that not even an administrator can take the last entries away unseen.

A seal's leaves are the heads (order, number, digest) of all orders written since the seal before; an entry's digest
covers all entries before it, so the heads cover everything.  The root is chained to the seal before; published, it
keeps everyone honest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Count, Max

from lianxin.rules.worktime import end_of_day

from .chain import GENESIS, instant
from .models import Entry, Seal, SealLeaf
from .moments import none_since


def merkle(leaves: Sequence[bytes]) -> bytes:
    """Merkle root over 32-byte leaves in the given order; an odd last one goes up as it is.  None: 32 zero bytes."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    if not level:
        return bytes(32)
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def leaf(order: int, number: int, digest: bytes) -> bytes:
    """A head as a leaf."""
    return hashlib.sha256(f"{order}:{number}:{bytes(digest).hex()}".encode()).digest()


def seal_digest(seal: Seal) -> bytes:
    """What the next seal is chained to."""
    line = f"{bytes(seal.previous).hex()}|{seal.day}|{instant(seal.until)}|{seal.entries}|{bytes(seal.root).hex()}"
    return hashlib.sha256(line.encode()).digest()


def seal_day(day: date, *, now: datetime) -> Seal | None:
    """Seal everything written up to 24:00 of `day` and not sealed before.  None where it is sealed already.

    Raises `StillWriting` while a transaction that began before that instant is still running: what it writes would
    bear an earlier time and slip past the seal.  The job then comes again.
    """
    return _seal(day, min(end_of_day(day), now), now)


@transaction.atomic
def _seal(day: date, until: datetime, now: datetime) -> Seal | None:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE orders_seal IN SHARE ROW EXCLUSIVE MODE")
    none_since(until)
    last = Seal.objects.order_by("-until").first()
    if last and (last.day >= day or last.until >= until):
        return None
    entries = Entry.objects.filter(written_at__lte=until)
    if last:
        entries = entries.filter(written_at__gt=last.until)
    heads = entries.values("order_id").annotate(head=Max("number"), lines=Count("id")).order_by("order_id")
    found = [(h["order_id"], h["head"], h["lines"]) for h in heads]
    digests = dict(_digests([(order, head) for order, head, _ in found]))
    seal = Seal(
        day=day,
        until=until,
        entries=sum(lines for *_, lines in found),
        root=merkle([leaf(order, head, digests[order]) for order, head, _ in found]),
        previous=bytes(last.digest) if last else GENESIS,
        made_at=now,
    )
    seal.digest = seal_digest(seal)
    seal.save(force_insert=True)
    SealLeaf.objects.bulk_create(
        (SealLeaf(seal=seal, order_id=order, number=head, digest=digests[order]) for order, head, _ in found),
        batch_size=5000,
    )
    return seal


def _digests(heads: list[tuple[int, int]]) -> list[tuple[int, bytes]]:
    """Order -> digest of its entry `number`, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.order_id, e.digest FROM orders_entry e"
            " JOIN unnest(%s::bigint[], %s::int[]) h(o, n) ON e.order_id = h.o AND e.number = h.n",
            [[o for o, _ in heads], [n for _, n in heads]],
        )
        return [(order, bytes(digest)) for order, digest in cursor.fetchall()]
