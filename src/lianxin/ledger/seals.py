"""The seals: so that not even an administrator can take away what was written, or add what was not.

In every minute in which something was written, a seal is made of what has been attested since (`attest`): the heads of
orders and journals, and of directories that changed.  Seals are made from attestations, never from the ledgers: an
order that was put into the tables by hand gets under none, one that was taken out of them is missing for good.  The
first seal after midnight closes the day: its digest is the day's root, to be printed or sent out (docs/proof.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from lianxin.directory import proof as directories
from lianxin.directory.models import Revision
from lianxin.rules.worktime import SHANGHAI

from . import attest
from .chain import GENESIS, canonical, instant
from .models import Allotment, Attestation, Journal, Root, Seal, SealedDirectory, SealLeaf, roots
from .moments import none_since

#: How many days without us are closed one by one afterwards.
MOST_DAYS = 31
#: An attestation goes once so many days have been closed over it: a printed root covers it then.
KEPT_DAYS = 2

#: (kind, key, number) of a head -> its digest
Heads = dict[tuple[str, int, int], bytes]


def merkle(leaves: Sequence[bytes]) -> bytes:
    """Merkle root over 32-byte leaves in the given order; an odd last one goes up as it is.  None: 32 zero bytes."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    if not level:
        return bytes(32)
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def leaf(kind: str, key: int, number: int, digest: bytes) -> bytes:
    """A head as a leaf."""
    return hashlib.sha256(f"{kind}:{key}:{number}:{bytes(digest).hex()}".encode()).digest()


def seal_digest(seal: Seal) -> bytes:
    """What the next seal is chained to."""
    line = [
        bytes(seal.previous).hex(),
        seal.number,
        seal.closes.isoformat() if seal.closes else None,
        instant(seal.made_at),
        seal.entries,
        seal.heads,
        bytes(seal.root).hex(),
    ]
    return hashlib.sha256(canonical(line)).digest()


def mac_of(seal: Seal) -> bytes:
    """The seal's keyed digest."""
    return attest.keyed(["seal", bytes(seal.digest).hex()])


def seal(now: datetime) -> Seal | None:
    """Seal what has been attested and is under no seal yet.  None where that is nothing."""
    return _Sealing(now).make()


def close_days(now: datetime) -> list[Seal]:
    """Close every day that is over at `now` and was not closed, the latest MOST_DAYS at most.

    Raises `StillWriting` while a transaction of such a day is still running: the job then comes again.
    """
    yesterday = now.astimezone(SHANGHAI).date() - timedelta(days=1)
    last = Seal.objects.exclude(closes=None).order_by("-closes").values_list("closes", flat=True).first()
    first = max(last + timedelta(days=1), yesterday - timedelta(days=MOST_DAYS - 1)) if last else yesterday
    days = [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]
    made = [made for day in days if (made := close(day, now))]
    if made:
        prune()
    return made


def close(day: date, now: datetime) -> Seal | None:
    """The seal that closes `day`, whether or not something was written since the last; None if it is closed, or a
    later day is."""
    if Seal.objects.filter(closes__gte=day).exists():
        return None
    return _Sealing(now, closes=day).make()


def root_of(day: date) -> Seal | None:
    """The seal whose digest is the published root of `day`."""
    return Seal.objects.filter(closes=day).first()


@dataclass(slots=True)
class _Sealing:
    """One seal in the making."""

    now: datetime
    closes: date | None = None
    heads: Heads = field(default_factory=dict)
    entries: int = 0
    directories: list[SealedDirectory] = field(default_factory=list)
    allotments: list[Allotment] = field(default_factory=list)

    def make(self) -> Seal | None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE ledger_seal IN SHARE ROW EXCLUSIVE MODE")
            if self.closes and Seal.objects.filter(closes__gte=self.closes).exists():
                return None
            last = Seal.objects.order_by("-number").first()
            attested = self._gather()
            self._directories()
            if self.closes:
                self._numbers()
                self._writers()
            if not self.heads and not self.closes:
                return None
            made = self._seal(last)
            Attestation.objects.filter(pk__in=attested).update(seal=made.number)
            return made

    def _gather(self) -> list[int]:
        """The heads of the attestations that are ours, the last of each ledger; returns their ids."""
        found: list[int] = []
        newest: dict[tuple[str, int], tuple[int, bytes]] = {}
        for row in Attestation.objects.filter(seal=None).order_by("pk").iterator(chunk_size=500):
            if not attest.is_ours(row):
                continue  # `verify` names it
            found.append(row.pk)
            attest.note_heads(newest, row)
        for letter in attest.letters():
            before = sealed_numbers(letter, [key for kind, key in newest if kind == letter])
            self.entries += sum(n - before.get(key, 0) for (kind, key), (n, _) in newest.items() if kind == letter)
        for (kind, key), (number, digest) in newest.items():
            self.heads[kind, key, number] = digest
        return found

    def _directories(self) -> None:
        """A leaf for each centre's directory that has changed since it was last sealed."""
        known = {row.centre_id: row for row in _latest_directories()}
        for centre, stamp in Revision.objects.values_list("centre_id", "stamp"):
            before = known.get(centre)
            if before is not None and before.stamp == stamp:
                continue
            rows, digest = directories.state(centre)
            rows = _with_missing(centre, rows, before.rows if before else {})
            row = SealedDirectory(centre_id=centre, stamp=stamp, rows=rows, digest=digest)
            self.directories.append(row)
            self.heads["d", centre, stamp] = directory_leaf(row)

    def _numbers(self) -> None:
        """How many numbers each day's roots have, of the days of those that came under a seal since the last day was
        closed.  Raises `StillWriting` while somebody may hold a number that no root shows yet."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            ((moment,),) = cursor.fetchall()
        closed = Seal.objects.exclude(closes=None).order_by("-number").values_list("number", flat=True).first() or 0
        heads = [key for kind, key, _ in self.heads if kind in attest.letters()]
        leaves = SealLeaf.objects.filter(kind__in=attest.letters(), seal__gt=closed).values_list("key", flat=True)
        days = {(c, n.split("-")[0]) for c, n in _numbered([*heads, *leaves])}
        found = {(centre, day): _allotted(centre, day) for centre, day in sorted(days)}
        none_since(moment)
        for (centre, day), allotted in found.items():
            used = {int(n.split("-")[1]) for n in numbers_of(centre, day)}
            row = Allotment(
                centre_id=centre,
                day=datetime.strptime(day, "%Y%m%d").replace(tzinfo=SHANGHAI).date(),
                allotted=allotted,
                orders=sum(n <= allotted for n in used),
                unused=spans(n for n in range(1, allotted + 1) if n not in used),
            )
            self.allotments.append(row)
            self.heads["n", centre, int(day)] = allotment_leaf(row)

    def _writers(self) -> None:
        """How far each writer was, so that his older attestations may go."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT writer, max(number) FROM ledger_attestation WHERE seal IS NOT NULL GROUP BY writer")
            for writer, number in cursor.fetchall():
                self.heads["w", writer, number] = bytes(32)

    def _seal(self, last: Seal | None) -> Seal:
        leaves = sorted(self.heads)
        made = Seal(
            number=last.number + 1 if last else 1,
            closes=self.closes,
            made_at=self.now,
            entries=self.entries,
            heads=len(leaves),
            root=merkle([leaf(*head, self.heads[head]) for head in leaves]),
            previous=bytes(last.digest) if last else GENESIS,
        )
        made.digest = seal_digest(made)
        made.mac = mac_of(made)
        made.save(force_insert=True)
        SealLeaf.objects.bulk_create(
            (SealLeaf(seal=made, kind=k, key=key, number=n, digest=self.heads[k, key, n]) for k, key, n in leaves),
            batch_size=5000,
        )
        for directory in self.directories:
            directory.seal = made
            directory.save(force_insert=True)
        for allotment in self.allotments:
            allotment.seal = made
            allotment.save(force_insert=True)
        return made


def directory_leaf(row: SealedDirectory) -> bytes:
    """What a seal says of a directory (32 bytes)."""
    return hashlib.sha256(canonical([row.centre_id, row.stamp, row.rows, bytes(row.digest).hex()])).digest()


def allotment_leaf(row: Allotment) -> bytes:
    """What a seal says of a day's numbers (32 bytes)."""
    line = [row.centre_id, row.day.isoformat(), row.allotted, row.orders, row.unused]
    return hashlib.sha256(canonical(line)).digest()


def spans(numbers: Iterable[int]) -> list[list[int]]:
    """Ascending numbers as [[first, last], …]."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def sealed_numbers(kind: str, keys: Sequence[int]) -> dict[int, int]:
    """How far each of these ledgers is under a seal; left out where nothing of it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k, (SELECT max(number) FROM ledger_sealleaf l WHERE l.kind = %s AND l.key = k)"
            " FROM unnest(%s::bigint[]) k",
            [kind, list(keys)],
        )
        return {key: number for key, number in cursor.fetchall() if number is not None}


def prune() -> int:
    """Let attestations go that KEPT_DAYS closed days cover; returns how many."""
    days = Seal.objects.exclude(closes=None).order_by("-number").values_list("number", flat=True)
    closing = list(days[: KEPT_DAYS + 1])
    if len(closing) <= KEPT_DAYS:
        return 0
    old = Attestation.objects.filter(seal__lte=closing[KEPT_DAYS])
    writers = set(old.values_list("writer", flat=True))
    done, _ = old.delete()
    attest.forget(sorted(writers - set(Attestation.objects.values_list("writer", flat=True))))
    return done


def _latest_directories() -> Iterator[SealedDirectory]:
    yield from SealedDirectory.objects.order_by("centre_id", "-seal_id").distinct("centre_id")


def latest_allotments() -> Iterator[Allotment]:
    """The last word on each day's numbers."""
    yield from Allotment.objects.order_by("centre_id", "day", "-seal_id").distinct("centre_id", "day").iterator()


def _with_missing(centre: int, rows: dict[str, list[int]], before: dict[str, list[int]]) -> dict[str, list[int]]:
    """`rows`, and those of `before` that are gone without a line in the journal: they are missed for good."""
    gone = deleted_rows(centre)
    lost = {
        table: [pk for pk in ids if pk not in set(rows.get(table, ())) and (table, pk) not in gone]
        for table, ids in before.items()
    }
    return {table: sorted([*rows.get(table, ()), *lost.get(table, ())]) for table in sorted(rows.keys() | lost.keys())}


def deleted_rows(centre: int) -> set[tuple[str, int]]:
    """(table, id) of the rows whose deletion the journal tells."""
    lines = Journal.objects.filter(centre=centre, action="directory.deleted").values_list("payload", flat=True)
    return {(line["table"], line["id"]) for line in lines}


def _numbered(ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """(centre, number) of those of these roots whose numbers are counted day by day."""
    for start in range(0, len(ids), 5000):
        part = ids[start : start + 5000]
        for model in _counted():
            yield from model._base_manager.filter(pk__in=part).values_list("centre_id", "number").iterator()


def numbers_of(centre: int, day: str) -> Iterator[str]:
    """The numbers of a day that roots have, of those that are counted."""
    for model in _counted():
        # As a span of the index `one_number_for_life`: what follows "-" is ".".
        of_day = model._base_manager.filter(centre=centre, number__gt=f"{day}-", number__lt=f"{day}.")
        yield from of_day.values_list("number", flat=True).iterator()


def _counted() -> list[type[Root]]:
    """Whose numbers of a day are counted: orders'.  That none of a series of its own is gone, its heads say."""
    return [model for model in roots() if not model.series]


def _allotted(centre: int, day: str) -> int:
    """The highest number of that day that was given out."""
    name = f"lianxin_no_{centre}_{day}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone() == (None,):
            return max((int(n.split("-")[1]) for n in numbers_of(centre, day)), default=0)
        cursor.execute(f'SELECT last_value, is_called FROM "{name}"')
        ((value, called),) = cursor.fetchall()
        return int(value) if called else int(value) - 1
