"""Proof of the book: replay every ledger through the registered verbs and compare with the tables.

Names what differs: an entry that was changed, a row that does not follow from its ledger, an entry that a seal
knows and the ledger has not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from . import attachments, callers, journal, seals, verbs
from .about import AboutShare
from .acts import Actor
from .chain import GENESIS, enclosure_digest, entry_digest
from .deed import Deed
from .docket import Docket
from .erasure import hollow
from .ledger import blank
from .models import Appeal, Attachment, Caller, Enclosure, Entry, Journal, Order, Seal, SealLeaf, part_id
from .models.parts import PART_BITS, Part
from .moments import one_moment
from .settle import enter, settle

CHUNK = 500
#: Parts that the replay does not make: entries are its source.
BESIDE = (Entry,)
#: Columns that the ledger does not know: a file's name may name a person.
UNKNOWN = {(Attachment, "name")}


@dataclass(frozen=True, slots=True)
class Difference:
    """Where (an order's number, a seal's day) and what is wrong, in Chinese."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}：{self.what}"


def verify(*, centre: int | None = None) -> Iterator[Difference]:
    """Everything that is wrong with the book (of one centre, if given), found order by order in chunks."""
    orders = Order.objects.filter(centre=centre) if centre else Order.objects.all()
    last = 0
    while True:
        files: list[tuple[str, Attachment]] = []
        # An act between two statements would look like a row that does not follow from its ledger.
        with one_moment():
            chunk = list(orders.filter(pk__gt=last).order_by("pk")[:CHUNK])
            found = list(_verify_orders(chunk, files)) if chunk else []
        if not chunk:
            break
        last = chunk[-1].pk
        yield from found
        for number, row in files:
            yield from _verify_file(number, row)
    yield from verify_seals()
    yield from verify_journal()


def _verify_orders(chunk: list[Order], files: list[tuple[str, Attachment]]) -> Iterator[Difference]:
    """What is wrong with the rows of these orders; `files` gets the order's number and the row of each file to read."""
    ids = [order.pk for order in chunk]
    entries: dict[int, list[Entry]] = defaultdict(list)
    for entry in Entry.objects.filter(order__in=ids).order_by("order_id", "number"):
        entries[entry.order_id].append(entry)
    bodies = {e.entry_id: e for e in Enclosure.objects.filter(**_keys(ids))}
    rows = _rows_of(ids)
    for order in chunk:
        broken = list(_verify_chain(order, entries[order.pk], bodies))
        yield from broken
        if broken:
            continue
        try:
            docket = replay(order.centre_id, entries[order.pk], bodies)
        except Exception as error:
            yield Difference(order.number, f"账目不能重放（{type(error).__name__}: {error}）")
            continue
        yield from _compare(order, docket, rows[order.pk])
        if not _erased(entries[order.pk]):
            files += [(order.number, row) for row in rows[order.pk].values() if isinstance(row, Attachment)]


def _verify_chain(order: Order, entries: list[Entry], bodies: dict[int, Enclosure]) -> Iterator[Difference]:
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
        enclosure = bodies.get(entry.pk)
        sealed = bytes(entry.enclosure_digest) if entry.enclosure_digest else None
        if enclosure is not None and enclosure.erased_at is not None:
            # Only what the ledger says was erased may be without its words, and nothing may stand in their place.
            if hollow(enclosure.body) != enclosure.body or not _erased(entries):
                yield Difference(order.number, f"第 {place} 笔账目的文字被删改，没有账目依据")
                return
            continue
        if enclosure is not None and enclosure_digest(bytes(enclosure.salt), enclosure.body) != sealed:
            yield Difference(order.number, f"第 {place} 笔账目的文字被改动")
            return
        if enclosure is not None and (caller := enclosure.body.get("caller")) and not callers.is_whole(caller):
            yield Difference(order.number, f"第 {place} 笔账目的诉求人被改动，或缺少解密的密钥")
            return
        if enclosure is None and sealed is not None:
            yield Difference(order.number, f"第 {place} 笔账目的文字缺失")
            return


def replay(centre: int, entries: list[Entry], bodies: dict[int, Enclosure]) -> Docket:
    """The docket that the entries of one order of `centre` lead to."""
    first = entries[0]
    docket = blank(first.order_id, centre, first.at, first.derived)
    for entry in entries:
        verb = verbs.get(entry.action)
        body = bodies[entry.pk].body if entry.pk in bodies else {}
        payload = verb.payload.model_validate({**entry.payload, **body})
        share = None
        if isinstance(payload, AboutShare) and payload.share is not None:
            share = docket.all_shares[payload.share]
        deed: Deed[Any] = Deed(
            docket=docket,
            actor=Actor(entry.post_role, centre, entry.staff_id, entry.post_id, entry.unit_id),
            payload=payload,
            at=entry.at,
            recorded_at=entry.recorded_at,
            entry_number=entry.number,
            share=share,
        )
        enter(deed, verb)
        settle(deed, entry.derived)
        order = docket.order
        order.head_number, order.head_digest, order.head_recorded_at = entry.number, entry.digest, entry.recorded_at
    return docket


def _replayed_models() -> list[type[models.Model]]:
    parts = [m for m in apps.get_models() if issubclass(m, Part) and m not in BESIDE]
    return [*parts, Appeal, Caller]


def _rows_of(ids: list[int]) -> dict[int, dict[tuple[type[models.Model], int], models.Model]]:
    found: dict[int, dict[tuple[type[models.Model], int], models.Model]] = defaultdict(dict)
    for model in _replayed_models():
        keys = _keys(ids) if issubclass(model, Part) else {"pk__in": ids}
        for row in model._base_manager.filter(**keys):
            found[row.order_id][model, row.pk] = row  # type: ignore[attr-defined]
    return found


def _keys(ids: list[int]) -> dict[str, int]:
    """The span of primary keys in which the parts of these orders lie: one index range, whatever the planner knows.

    Parts of other centres' orders may lie between them; they are read too, and nobody asks for them.
    """
    return {"pk__gte": min(ids) << PART_BITS, "pk__lt": (max(ids) + 1) << PART_BITS}


def _compare(
    order: Order, docket: Docket, stored: dict[tuple[type[models.Model], int], models.Model]
) -> Iterator[Difference]:
    yield from _compare_row(order.number, docket.order, order)
    made = {(type(row), row.pk): row for row in docket.added}
    for key in made.keys() | stored.keys():
        title = str(key[0]._meta.verbose_name)
        if key not in stored:
            yield Difference(order.number, f"{title} {key[1]} 缺失")
        elif key not in made:
            yield Difference(order.number, f"{title} {key[1]} 没有账目依据")
        else:
            yield from _compare_row(order.number, made[key], stored[key])


def _compare_row(where: str, made: models.Model, stored: models.Model) -> Iterator[Difference]:
    for field in made._meta.concrete_fields:
        if (type(made), field.attname) in UNKNOWN:
            continue
        ours, theirs = (_plain(field.to_python(getattr(row, field.attname))) for row in (made, stored))
        if ours != theirs:
            yield Difference(where, f"{made._meta.verbose_name}的“{field.verbose_name}”与账目不符")


def _erased(entries: list[Entry]) -> bool:
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


def verify_seals() -> Iterator[Difference]:
    """Every seal's chain and root; every head that a seal knows is still in its ledger."""
    previous = GENESIS
    for seal in Seal.objects.order_by("until"):
        where = f"{seal.day} 封签"
        leaves = list(SealLeaf.objects.filter(seal=seal).order_by("order_id"))
        root = seals.merkle([seals.leaf(x.order_id, x.number, bytes(x.digest)) for x in leaves])
        if (
            bytes(seal.previous) != previous
            or seals.seal_digest(seal) != bytes(seal.digest)
            or root != bytes(seal.root)
        ):
            yield Difference(where, "封签被改动")
        previous = bytes(seal.digest)
        yield from _missing(seal, leaves)


def _missing(seal: Seal, leaves: list[SealLeaf]) -> Iterator[Difference]:
    for start in range(0, len(leaves), CHUNK):
        part = leaves[start : start + CHUNK]
        ids = [x.order_id for x in part]
        numbers = dict(Order.objects.filter(pk__in=ids).values_list("pk", "number"))
        heads = {(e[0], e[1]): e[2] for e in _heads(part)}
        for x in part:
            if heads.get((x.order_id, x.number)) != bytes(x.digest):
                name = numbers.get(x.order_id, f"工单 {x.order_id}")
                yield Difference(name, f"第 {x.number} 笔账目与 {seal.day} 封签不符，或已被删除")


def _heads(leaves: list[SealLeaf]) -> list[tuple[int, int, bytes]]:
    ids = [part_id(x.order_id, x.number) for x in leaves]
    rows = Entry.objects.filter(pk__in=ids).values_list("order_id", "number", "digest")
    return [(order, number, bytes(digest)) for order, number, digest in rows]


def verify_journal() -> Iterator[Difference]:
    """The journal's chain, per centre."""
    heads: dict[int | None, tuple[int, bytes]] = {}
    for line in Journal.objects.order_by("centre_id", "number").iterator():
        number, previous = heads.get(line.centre_id, (0, GENESIS))
        if line.number != number + 1 or journal.digest(line, previous) != bytes(line.digest):
            yield Difference("日志", f"第 {line.number} 行（{line.action}）被改动，或前面有缺失")
        heads[line.centre_id] = (line.number, bytes(line.digest))
