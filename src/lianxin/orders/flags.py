"""What a caller is marked with (诉求人标记): harassment, abuse, whatever the pack in force lists.

A flag is the caller's, whom the keyed hash of his number tells; it stands on his orders (`Order.caller_flags`), so that
a condition of the pack costs no statement: on the one where it was set, on all that run then, on those that come later.
All of his orders that have any have the same ones.  It bars and hides nothing, and goes with the caller when an order
is erased.  Which flags an act leaves stands in the private part of its entry; a replay asks no other order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from django.db import connection
from pydantic import Field

from lianxin.ledger.acts import Act, Payload, Private
from lianxin.ledger.books import Ahead
from lianxin.ledger.fields import widget
from lianxin.ledger.locks import Lock
from lianxin.ledger.others import Others
from lianxin.ledger.verbs import Follow

from .callers import digest_of
from .deed import Deed
from .docket import Docket
from .models import OPEN_STATES, Caller, Order

TOLD = "caller.flags_told"
#: What is told of flags: whoever must not know the caller does not read it either.
ACTIONS = frozenset({"caller.flagged", "caller.unflagged", TOLD})
#: The callers of a centre share so many locks: a large import holds all of them, and no more.
_SLICES = 64
_LOCK = "SELECT pg_advisory_xact_lock{shared}(%s, key) FROM unnest(%s::int[]) AS key"
_READ = (
    "SELECT c.phone_hash, o.id, o.caller_flags FROM orders_caller c JOIN orders_order o ON o.id = c.order_id"
    " WHERE c.flagged AND c.phone_hash = ANY(%s) AND o.centre_id = %s"
)
Codes = tuple[str, ...]


class Callers:
    """The callers of the orders of a batch, and their flags as they stand in it."""

    def __init__(self, batch: Others) -> None:
        self.batch = batch
        self._whose: dict[int, bytes | None] = {}
        #: of this batch by their caller: all orders, and those whose flags it has set
        self._orders: dict[bytes, set[int]] = defaultdict(set)
        self._marked: dict[bytes, set[int]] = defaultdict(set)
        #: {order: flags} of the flagged orders of each caller, as the tables have them
        self._stored: dict[tuple[int, bytes], dict[int, Codes]] = {}

    def note(self, order: Order, digest: bytes | None) -> None:
        """The order has this caller from now on."""
        before = self._whose.get(order.pk)
        if before is not None:
            self._orders[before].discard(order.pk)
            self._marked[before].discard(order.pk)
        self._whose[order.pk] = digest
        if digest is not None:
            self._orders[digest].add(order.pk)
            if order.caller_flags:
                self._marked[digest].add(order.pk)

    def marked(self, pk: int, digest: bytes) -> None:
        """The flags of the order of this caller were set."""
        self._orders[digest].add(pk)
        self._marked[digest].add(pk)

    def of(self, order: Order) -> bytes | None:
        """The hash of the number of an order's caller; None where there is none."""
        if order.pk not in self._whose:
            found = Caller.objects.filter(pk=order.pk).values_list("phone_hash", flat=True).first()
            self._whose[order.pk] = bytes(found) if found else None
        return self._whose[order.pk]

    def keep(self, centre: int, digests: Iterable[bytes], rows: Iterable[Sequence[Any]]) -> None:
        """What `_READ` found of these callers."""
        self._stored |= {(centre, digest): {} for digest in digests}
        for digest, pk, flags in rows:
            self._stored[centre, bytes(digest)][pk] = tuple(flags)

    def flags(self, asker: Order, digest: bytes, *, to_mark: bool = False) -> Codes:
        """What the caller of that number is marked with, by all of his orders but the asker; nothing for one who only
        asks.  Who is going to mark him waits for the others at once: of two who had asked together and then waited for
        each other, one would be undone."""
        if self.batch.allot is None:
            return ()
        centre, found = asker.centre_id, set[str]()
        if (centre, digest) not in self._stored:
            with connection.cursor() as cursor:
                statement, values = _asked(centre, [digest], shared="" if to_mark else "_shared")
                cursor.execute(statement, values)
                cursor.nextset()
                self.keep(centre, [digest], cursor.fetchall())
        stored = self._stored[centre, digest]
        for pk in {*stored, *self._marked[digest]} - {asker.pk}:
            if not self._in_hand(pk):
                found.update(stored.get(pk, ()))
            elif (here := self._his(pk, centre, digest)) is not None:
                found.update(here.order.caller_flags)
                if pk in self.batch.entries:
                    self.batch.lean(asker.pk, pk)
        return tuple(sorted(found))

    def others(self, order: Order, digest: bytes) -> Iterator[int]:
        """The ids of the other orders of this caller that are told what he is marked with, as they stand in this batch:
        those that run or are flagged, and have other flags than this one.  Nobody registers one of his meanwhile."""
        with connection.cursor() as cursor:
            cursor.execute(_LOCK.format(shared=""), [Lock.CALLERS, _keys(order.centre_id, [digest])])
        stored = Caller.objects.filter(phone_hash=digest, order__centre=order.centre_id)
        rows = stored.values_list("pk", "order__state", "order__caller_flags")
        known = {pk: (state, flags) for pk, state, flags in rows}
        for pk in {*known, *self._orders[digest]}:
            if not self._in_hand(pk):
                continue
            known.pop(pk, None)
            if (here := self._his(pk, order.centre_id, digest)) is not None:
                known[pk] = (here.order.state, here.order.caller_flags)
        for pk, (state, flags) in sorted(known.items()):
            if pk != order.pk and (flags or state in OPEN_STATES) and sorted(flags) != sorted(order.caller_flags):
                yield pk

    def _in_hand(self, pk: int) -> bool:
        """Whether the order stands otherwise in this batch than in the tables; one that was refused does not."""
        return pk in self.batch.dockets and pk not in self.batch.spoilt

    def _his(self, pk: int, centre: int, digest: bytes) -> Docket | None:
        """An order in hand, if it is still of that caller."""
        here = self.batch.dockets[pk]
        if not isinstance(here, Docket) or here.order.centre_id != centre or here.order.erased_at is not None:
            return None
        return here if self._whose.get(pk, digest) == digest else None


def ahead(acts: Iterable[Act], centre: int, area_code: str, others: Others) -> Ahead | None:
    """What registrations ask of their callers, in the message that allots their ids."""
    found = (digest_of(act.payload, area_code) for act in acts)
    digests = sorted({digest for digest in found if digest is not None})
    if not digests:
        return None
    statement, values = _asked(centre, digests)
    return Ahead(statement, values, lambda rows: others.by(Callers).keep(centre, digests, rows))


def _asked(centre: int, digests: Sequence[bytes], shared: str = "_shared") -> tuple[str, list[Any]]:
    """Whoever sets a flag waits for those who have asked and not written yet, and they for him."""
    lock = [int(Lock.CALLERS), _keys(centre, digests)]
    return f"{_LOCK.format(shared=shared)}; {_READ}", [*lock, list(digests), centre]


def _keys(centre: int, digests: Iterable[bytes]) -> list[int]:
    return sorted({centre * _SLICES + digest[0] % _SLICES for digest in digests})


def told(deed: Deed[Any], digest: bytes | None) -> Iterator[Follow]:
    """The caller's other orders are told of the flags that this one has."""
    order = deed.order
    if digest is None:
        return
    callers = deed.outside().others.by(Callers)
    callers.marked(order.pk, digest)
    for pk in list(callers.others(order, digest)):
        yield Follow(TOLD, pk, _telling(deed, order.caller_flags, order.number))


class TakenUp(Payload):
    """Of an act by which an ended order is taken up again: it has not heard yet of what its caller is marked with."""

    #: filled in by the ledger: what the caller is marked with now
    flags: Annotated[tuple[str, ...], Private] = Field((), json_schema_extra=widget("none"))


def caught_up(deed: Deed[Any]) -> Codes:
    """What the caller of an order that is taken up again is marked with: for `resolve`."""
    order, callers = deed.order, deed.outside().others.by(Callers)
    if (digest := callers.of(order)) is None:
        return tuple(sorted(order.caller_flags))
    callers.marked(order.pk, digest)
    return tuple(sorted({*order.caller_flags, *callers.flags(order, digest)}))


def catch_up(deed: Deed[Any]) -> None:
    """The order has them from the beginning of its new round, so that its limits and duties go by them: for effects."""
    if sorted(deed.order.caller_flags) != sorted(deed.payload.flags):
        set_on(deed, deed.payload.flags)


def named(deed: Deed[Any], codes: Iterable[str]) -> str:
    """Flags by their titles in the pack in force today."""
    pack = deed.directory.pack_now
    return "、".join(pack.caller.title(code) if pack else code for code in codes)


def set_on(deed: Deed[Any], codes: Sequence[str]) -> None:
    """The order has these flags from now on: for effects."""
    deed.order.caller_flags = list(codes)
    deed.docket.patch(Caller, deed.order.pk, flagged=bool(codes))


def _telling(deed: Deed[Any], codes: Iterable[str], number: str) -> Mapping[str, Any]:
    codes = list(codes)
    return {"flags": codes, "named": named(deed, codes), "number": number}
