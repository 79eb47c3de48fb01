"""Proof of the book: replay every ledger through the registered verbs and compare with the tables.

Names what differs: an entry that was changed, a row that does not follow from its ledger, an order that a seal knows
and the tables have not, or the tables have and nobody attested.  What is proved against whom: docs/proof.md.

It goes through the orders by spans of ids, each read at one moment, so its memory does not grow with the orders,
several processes may share the spans, and it may be cut off and go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from django.apps import apps
from django.db import connection, models

from . import attachments, attest, callers
from .chain import GENESIS, enclosure_digest, entry_digest
from .erasure import hollow
from .models import Appeal, Attachment, Caller, Enclosure, Entry, Order, part_id
from .models.parts import PART_BITS, Part
from .moments import one_moment
from .replay import replay
from .rows import new
from .store import read_times_fast

CHUNK = 500
#: Parts that the replay does not make: entries are its source.
BESIDE = (Entry,)
#: Columns that the ledger does not know: a file's name may name a person.
UNKNOWN = {(Attachment, "name")}

Model = type[models.Model]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where (an order's number, a seal's day) and what is wrong, in Chinese."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}：{self.what}"


class Span(NamedTuple):
    """Orders with `after < id <= last`; of them only `only`, if it names some."""

    after: int
    last: int
    only: tuple[int, ...] = ()


#: What floors above want proved besides: functions from a centre's id (None: all) to differences.
CHECKS: list[Callable[[int | None], Iterator[Difference]]] = []


def also(check: Callable[[int | None], Iterator[Difference]]) -> Callable[[int | None], Iterator[Difference]]:
    """Have `check` run by `verify` too."""
    CHECKS.append(check)
    return check


def verify(*, centre: int | None = None, root: str = "") -> Iterator[Difference]:
    """Everything that is wrong with the book (of one centre, if given), in this process.

    `root`: the digest of a seal that was printed or sent out, in hex.
    """
    for span in spans():
        yield from verify_span(span, centre)
    yield from verify_rest(centre, root)


def verify_rest(centre: int | None = None, root: str = "") -> Iterator[Difference]:
    """What concerns no single order: seals, attestations, numbers, journal, directory, and what floors above add."""
    from . import proof

    yield from proof.verify_seals(root)
    yield from proof.verify_attestations()
    yield from proof.verify_numbers(centre)
    yield from proof.verify_journal()
    yield from proof.verify_directories(centre)
    for check in CHECKS:
        yield from check(centre)


def spans(after: int = 0) -> Iterator[Span]:
    """The orders in spans of CHUNK, and at last everything above them: parts may be there without their order."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT max(id) FROM (SELECT id FROM orders_order WHERE id > %s ORDER BY id LIMIT %s) part",
                [after, CHUNK],
            )
            ((last,),) = cursor.fetchall()
        if last is None:
            yield Span(after, (1 << 46) - 1)
            return
        yield Span(after, last)
        after = last


def changed_since(seal: int, after: int = 0) -> Iterator[Span]:
    """The orders above `after` that were written to after seal number `seal`."""
    found: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT key FROM orders_sealleaf WHERE kind = 'o' AND seal_id > %s", [seal])
        found.update(key for (key,) in cursor.fetchall())
        cursor.execute("SELECT DISTINCT unnest(orders) FROM orders_attestation WHERE seal IS NULL")
        found.update(key for (key,) in cursor.fetchall())
    ids = sorted(pk for pk in found if pk > after)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        yield Span(part[0] - 1, part[-1], tuple(part))


def verify_span(span: Span, centre: int | None = None) -> list[Difference]:
    """What is wrong with the orders of `span` (of one centre, if given), their parts and their files."""
    # An act between two statements would look like a row that does not follow from its ledger.
    with one_moment():
        chunk = _Chunk(span, centre)
        found = list(chunk.differences())
    for number, row in chunk.files:
        found += _verify_file(number, row)
    return found


@dataclass
class _Chunk:
    """The rows of a span of orders as they are at one moment."""

    span: Span
    centre: int | None
    files: list[tuple[str, Attachment]] = field(default_factory=list)
    #: orders whose last entry is under no seal yet, with their numbers
    loose: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = set(self.span.only)
        every = {row[0]: row for row in _read(Order, "id", *self._orders())}
        self.known = every.keys()
        place = _names(Order).index("centre_id")
        self.orders = {
            pk: row for pk, row in every.items() if (not wanted or pk in wanted) and self.centre in (None, row[place])
        }
        self.entries: dict[int, list[Entry]] = defaultdict(list)
        names, order = _names(Entry), _names(Entry).index("order_id")
        for row in _read(Entry, "id", *self._parts()):
            if row[order] in self.orders:
                self.entries[row[order]].append(new(Entry, **dict(zip(names, row, strict=True))))
            elif row[order] not in self.known:
                self.entries[row[order]] = []
        self.bodies: dict[int, Enclosure] = {}
        for row in _read(Enclosure, "entry_id", *self._parts()):
            self.bodies[row[0]] = new(Enclosure, **dict(zip(_names(Enclosure), row, strict=True)))
        self.rows: dict[int, dict[tuple[Model, int], tuple[Any, ...]]] = defaultdict(dict)
        for model in _replayed_models():
            is_part = issubclass(model, Part)
            owner = _names(model).index("order_id")
            for row in _read(model, "id" if is_part else "order_id", *(self._parts() if is_part else self._orders())):
                self.rows[row[owner]][model, row[0]] = row
        self.leaves: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT key, number, digest FROM orders_sealleaf WHERE kind = 'o' AND key BETWEEN %s AND %s"
                " ORDER BY key, number",
                self._orders(),
            )
            for key, number, digest in cursor.fetchall():
                self.leaves[key].append((number, bytes(digest)))

    def _orders(self) -> tuple[int, int]:
        return self.span.after + 1, self.span.last

    def _parts(self) -> tuple[int, int]:
        """The span of primary keys of their parts: one index range, whatever the planner knows."""
        return (self.span.after + 1) << PART_BITS, ((self.span.last + 1) << PART_BITS) - 1

    def differences(self) -> Iterator[Difference]:
        for row in self.orders.values():
            order = new(Order, **dict(zip(_names(Order), row, strict=True)))
            broken = [*_verify_chain(order, self.entries.get(order.pk, []), self.bodies), *self._verify_leaves(order)]
            yield from broken or self._verify_order(order, row)
        yield from self._unattested()
        if not self.span.only:
            yield from self._orphans()

    def _verify_order(self, order: Order, row: tuple[Any, ...]) -> Iterator[Difference]:
        """What does not follow from the order's ledger, which is whole."""
        entries = self.entries[order.pk]
        if entries[-1].number > max((number for number, _ in self.leaves.get(order.pk, ())), default=0):
            self.loose[order.pk] = order.number
        try:
            bodies = {e.pk: self.bodies[e.pk].body for e in entries if e.pk in self.bodies}
            docket = replay(order.centre_id, entries, bodies)
        except Exception as error:
            yield Difference(order.number, f"账目不能重放（{type(error).__name__}: {error}）")
            return
        yield from _compare_row(order.number, docket.order, row)
        made = {(type(part), part.pk): part for part in docket.added}
        yield from _compare(order.number, made, self.rows.get(order.pk, {}))
        if not _erased(entries):
            self.files += [(order.number, part) for part in self._attachments(order.pk)]

    def _attachments(self, order: int) -> Iterator[Attachment]:
        for (model, _), row in self.rows.get(order, {}).items():
            if model is Attachment:
                yield new(Attachment, **dict(zip(_names(Attachment), row, strict=True)))

    def _verify_leaves(self, order: Order) -> Iterator[Difference]:
        """Every head that a seal knows is still in the ledger."""
        entries = self.entries.get(order.pk, [])
        for number, digest in self.leaves.get(order.pk, ()):
            if number > len(entries):
                yield Difference(order.number, f"封签记有第 {number} 笔账目，现已被删除")
                return
            if bytes(entries[number - 1].digest) != digest:
                yield Difference(order.number, f"第 {number} 笔账目与封签不符")
                return

    def _unattested(self) -> Iterator[Difference]:
        """Orders whose last entry is under no seal and that no attestation of ours names."""
        attested = attest.unsealed(list(self.loose)) if self.loose else {}
        for pk, where in self.loose.items():
            head = self.entries[pk][-1]
            if attested.get(("o", pk)) != (head.number, bytes(head.digest)):
                yield Difference(where, f"第 {head.number} 笔账目没有写入凭证，不是本系统写入的")

    def _orphans(self) -> Iterator[Difference]:
        """Parts, texts and sealed heads whose order is not there."""
        gone = {pk for pk in (*self.rows, *self.entries) if pk not in self.known}
        gone |= {pk >> PART_BITS for pk in self.bodies if pk >> PART_BITS not in self.known}
        for pk in sorted(gone):
            yield Difference(f"工单 {pk}", "工单已被删除，还留有它的数据")
        for pk in sorted(self.leaves.keys() - self.known - gone):
            yield Difference(f"工单 {pk}", "封签记有这件工单，现已整件被删除")


def _verify_chain(order: Order, entries: Sequence[Entry], bodies: dict[int, Enclosure]) -> Iterator[Difference]:
    previous = GENESIS
    if not entries:
        yield Difference(order.number, "没有账目")
        return
    for place, entry in enumerate(entries, 1):
        if entry.number != place:
            yield Difference(order.number, f"缺第 {place} 笔账目")
            return
        if entry_digest(entry, previous) != bytes(entry.digest):
            yield Difference(order.number, f"第 {place} 笔账目（{entry.action}）被改动")
            return
        previous = bytes(entry.digest)
        wrong = _wrong_words(entry, bodies.get(entry.pk), entries)
        if wrong:
            yield Difference(order.number, f"第 {place} 笔账目的{wrong}")
            return


def _wrong_words(entry: Entry, enclosure: Enclosure | None, entries: Sequence[Entry]) -> str:
    """What is wrong with the private part of `entry`; `""` if nothing is."""
    sealed = bytes(entry.enclosure_digest) if entry.enclosure_digest is not None else None
    if enclosure is None:
        return "文字缺失" if sealed is not None else ""
    if enclosure.erased_at is not None:
        # Only what the ledger says was erased may be without its words, and nothing may stand in their place.
        allowed = hollow(enclosure.body) == enclosure.body and _erased(entries)
        return "" if allowed else "文字被删改，没有账目依据"
    if enclosure_digest(bytes(enclosure.salt), enclosure.body) != sealed:
        return "文字被改动"
    caller = enclosure.body.get("caller")
    return "诉求人被改动，或缺少解密的密钥" if caller and not callers.is_whole(caller) else ""


def _compare(
    where: str, made: dict[tuple[Model, int], models.Model], stored: dict[tuple[Model, int], tuple[Any, ...]]
) -> Iterator[Difference]:
    for key in made.keys() | stored.keys():
        title = str(key[0]._meta.verbose_name)
        if key not in stored:
            yield Difference(where, f"{title} {key[1]} 缺失")
        elif key not in made:
            yield Difference(where, f"{title} {key[1]} 没有账目依据")
        else:
            yield from _compare_row(where, made[key], stored[key])


def _compare_row(where: str, made: models.Model, stored: tuple[Any, ...]) -> Iterator[Difference]:
    model = type(made)
    if _values(model)(made.__dict__) == stored:
        return
    for field_, theirs in zip(model._meta.concrete_fields, stored, strict=True):
        if (model, field_.attname) in UNKNOWN:
            continue
        ours = field_.to_python(getattr(made, field_.attname))
        if _plain(ours) != _plain(field_.to_python(theirs)):
            yield Difference(where, f"{model._meta.verbose_name}的“{field_.verbose_name}”与账目不符")


@cache
def _replayed_models() -> tuple[Model, ...]:
    parts = [m for m in apps.get_models() if issubclass(m, Part) and m not in BESIDE]
    return (*parts, Appeal, Caller)


@cache
def _names(model: Model) -> tuple[str, ...]:
    return tuple(field_.attname for field_ in model._meta.concrete_fields)


@cache
def _values(model: Model) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    return itemgetter(*_names(model))


@cache
def _as_json(model: Model) -> tuple[int, ...]:
    """Which columns come as JSON, which Django's driver does not read."""
    fields = enumerate(model._meta.concrete_fields)
    return tuple(n for n, field_ in fields if isinstance(field_, models.JSONField))


def _read(model: Model, key: str, first: int, last: int) -> Iterator[tuple[Any, ...]]:
    """The rows of a table by a span of its primary key, in its order, as plain tuples.

    By hand: Django's objects took most of the time of a proof.
    """
    columns = ", ".join(f'"{field_.column}"' for field_ in model._meta.concrete_fields)
    with connection.cursor() as cursor:
        read_times_fast(cursor)
        statement = f'SELECT {columns} FROM "{model._meta.db_table}" WHERE "{key}" BETWEEN %s AND %s ORDER BY "{key}"'
        cursor.execute(statement, [first, last])
        rows = cursor.fetchall()
    places = _as_json(model)
    if not places:
        yield from rows
        return
    for row in rows:
        columns_ = list(row)
        for place in places:
            columns_[place] = orjson.loads(columns_[place])
        yield tuple(columns_)


def _erased(entries: Sequence[Entry]) -> bool:
    """Whether the ledger says that the order's words and files were erased."""
    return any(entry.action == "order.erased" for entry in entries)


def _verify_file(number: str, row: Attachment) -> Iterator[Difference]:
    """The bytes behind an attachment are those that its entry speaks of."""
    where = f"第 {row.entry_id - part_id(row.order_id, 1) + 1} 笔账目的附件“{row.name}”"
    try:
        if not attachments.is_sound(attachments.place_of(row.path), bytes(row.sha256)):
            yield Difference(number, f"{where}的文件被改动")
    except FileNotFoundError:
        # It may have been erased since its row was read.
        if Order.objects.filter(pk=row.order_id, erased_at=None).exists():
            yield Difference(number, f"{where}的文件缺失")
    except (OSError, ValueError):
        yield Difference(number, f"{where}的文件不能读取")


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, (memoryview, bytes, bytearray)) else value
