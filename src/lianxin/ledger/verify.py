"""Proof of the book: replay every ledger through the registered verbs and compare with the tables.

Names what differs: an entry that was changed, a row that does not follow from its ledger, a root that a seal knows
and the tables have not, or the tables have and nobody attested.  What is proved against whom: docs/proof.md.

It goes through the roots by spans of ids, each read at one moment, so its memory does not grow with their number,
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

from . import attachments, attest, proof, verbs
from .chain import GENESIS, enclosure_digest, entry_digest
from .differences import Difference
from .erased import hollow
from .models import PART_BITS, Attachment, Beside, Enclosure, Entry, Part, Root, part_id, roots
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


class Span(NamedTuple):
    """Roots with `after < id <= last`; of them only `only`, if it names some."""

    after: int
    last: int
    only: tuple[int, ...] = ()


#: What floors above want proved besides: functions from a centre's id (None: all) to differences.
CHECKS: list[Callable[[int | None], Iterator[Difference]]] = []


def also(check: Callable[[int | None], Iterator[Difference]]) -> Callable[[int | None], Iterator[Difference]]:
    """Have `check` run by `verify` too."""
    CHECKS.append(check)
    return check


#: What floors above want to see of a private part: functions from it to what is wrong with it, "" where nothing is.
INSIDE: list[Callable[[dict[str, Any]], str]] = []


def inside(look: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    """Have `look` see each private part that is whole."""
    INSIDE.append(look)
    return look


def verify(*, centre: int | None = None, root: str = "") -> Iterator[Difference]:
    """Everything that is wrong with the book (of one centre, if given), in this process.

    `root`: the digest of a seal that was printed or sent out, in hex.
    """
    for span in spans():
        yield from verify_span(span, centre)
    yield from verify_rest(centre, root)


def verify_rest(centre: int | None = None, root: str = "") -> Iterator[Difference]:
    """What concerns no single order: seals, attestations, numbers, journal, directory, and what floors above add."""
    yield from proof.verify_seals(root)
    yield from proof.verify_attestations()
    yield from proof.verify_numbers(centre)
    yield from proof.verify_journal()
    yield from proof.verify_directories(centre)
    for check in CHECKS:
        yield from check(centre)


def spans(after: int = 0) -> Iterator[Span]:
    """The roots in spans of CHUNK, and at last everything above them: parts may be there without their root."""
    of_each = " UNION ALL ".join(
        f'(SELECT id FROM "{model._meta.db_table}" WHERE id > %s ORDER BY id LIMIT {CHUNK})' for model in roots()
    )
    statement = f"SELECT max(id) FROM (SELECT id FROM ({of_each}) every ORDER BY id LIMIT {CHUNK}) part"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [after] * len(roots()))
            ((last,),) = cursor.fetchall()
        if last is None:
            yield Span(after, (1 << 46) - 1)
            return
        yield Span(after, last)
        after = last


def changed_since(seal: int, after: int = 0) -> Iterator[Span]:
    """The roots above `after` that were written to after seal number `seal`."""
    found: set[int] = set()
    with connection.cursor() as cursor:
        letters = sorted(attest.letters())
        cursor.execute(
            "SELECT DISTINCT key FROM ledger_sealleaf WHERE kind = ANY(%s) AND seal_id > %s", [letters, seal]
        )
        found.update(key for (key,) in cursor.fetchall())
        cursor.execute("SELECT DISTINCT unnest(roots) FROM ledger_attestation WHERE seal IS NULL")
        found.update(key for (key,) in cursor.fetchall())
    ids = sorted(pk for pk in found if pk > after)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        yield Span(part[0] - 1, part[-1], tuple(part))


def verify_span(span: Span, centre: int | None = None) -> list[Difference]:
    """What is wrong with the roots of `span` (of one centre, if given), their parts and their files."""
    # An act between two statements would look like a row that does not follow from its ledger.
    with one_moment():
        chunk = _Chunk(span, centre)
        found = list(chunk.differences())
    for number, row in chunk.files:
        found += _verify_file(number, row)
    return found


@dataclass
class _Chunk:
    """The rows of a span of roots as they are at one moment."""

    span: Span
    centre: int | None
    files: list[tuple[str, Attachment]] = field(default_factory=list)
    #: roots whose last entry is under no seal yet
    loose: dict[int, Root] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = set(self.span.only)
        self.known: dict[int, type[Root]] = {}
        #: each root with its row
        self.roots: dict[int, tuple[Root, tuple[Any, ...]]] = {}
        for model in roots():
            names, place = _names(model), _names(model).index("centre_id")
            for row in _read(model, "id", *self._ids()):
                self.known[row[0]] = model
                if (not wanted or row[0] in wanted) and self.centre in (None, row[place]):
                    self.roots[row[0]] = new(model, **dict(zip(names, row, strict=True))), row
        self.entries: dict[int, list[Entry]] = defaultdict(list)
        names = _names(Entry)
        for row in _read(Entry, "id", *self._parts()):
            root = row[0] >> PART_BITS
            if root in self.roots:
                self.entries[root].append(new(Entry, **dict(zip(names, row, strict=True))))
            elif root not in self.known:
                self.entries[root] = []
        self.bodies: dict[int, Enclosure] = {}
        for row in _read(Enclosure, "entry_id", *self._parts()):
            self.bodies[row[0]] = new(Enclosure, **dict(zip(_names(Enclosure), row, strict=True)))
        self.rows: dict[int, dict[tuple[Model, int], tuple[Any, ...]]] = defaultdict(dict)
        for model_, key, is_part in _replayed_models():
            for row in _read(model_, key, *(self._parts() if is_part else self._ids())):
                self.rows[row[0] >> PART_BITS if is_part else row[0]][model_, row[0]] = row
        self.leaves: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        #: of each root that a seal knows, the letter of its kind
        self.letters: dict[int, str] = {}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT kind, key, number, digest FROM ledger_sealleaf WHERE kind = ANY(%s) AND key BETWEEN %s AND %s"
                " ORDER BY key, number",
                [sorted(attest.letters()), *self._ids()],
            )
            for letter, key, number, digest in cursor.fetchall():
                self.letters[key] = letter
                self.leaves[key].append((number, bytes(digest)))

    def _ids(self) -> tuple[int, int]:
        return self.span.after + 1, self.span.last

    def _parts(self) -> tuple[int, int]:
        """The span of primary keys of their parts: one index range, whatever the planner knows."""
        return (self.span.after + 1) << PART_BITS, ((self.span.last + 1) << PART_BITS) - 1

    def differences(self) -> Iterator[Difference]:
        for root, row in self.roots.values():
            broken = [*_verify_chain(root, self.entries.get(root.pk, []), self.bodies), *self._verify_leaves(root)]
            yield from broken or self._verify_root(root, row)
        yield from self._unattested()
        if not self.span.only:
            yield from self._orphans()

    def _verify_root(self, root: Root, row: tuple[Any, ...]) -> Iterator[Difference]:
        """What does not follow from the root's ledger, which is whole."""
        entries = self.entries[root.pk]
        if entries[-1].number > max((number for number, _ in self.leaves.get(root.pk, ())), default=0):
            self.loose[root.pk] = root
        try:
            bodies = {e.pk: self.bodies[e.pk].body for e in entries if e.pk in self.bodies}
            docket = replay(root.centre_id, entries, bodies)
        except Exception as error:
            yield Difference(root.number, f"账目不能重放（{type(error).__name__}: {error}）")
            return
        yield from _compare_row(root.number, docket.root, row)
        made = {(type(part), part.pk): part for part in docket.added}
        yield from _compare(root.number, made, self.rows.get(root.pk, {}))
        if not _erased(entries):
            self.files += [(root.number, part) for part in self._attachments(root.pk)]

    def _attachments(self, root: int) -> Iterator[Attachment]:
        for (model, _), row in self.rows.get(root, {}).items():
            if model is Attachment:
                yield new(Attachment, **dict(zip(_names(Attachment), row, strict=True)))

    def _verify_leaves(self, root: Root) -> Iterator[Difference]:
        """Every head that a seal knows is still in the ledger."""
        entries = self.entries.get(root.pk, [])
        for number, digest in self.leaves.get(root.pk, ()):
            if number > len(entries):
                yield Difference(root.number, f"封签记有第 {number} 笔账目，现已被删除")
                return
            if bytes(entries[number - 1].digest) != digest:
                yield Difference(root.number, f"第 {number} 笔账目与封签不符")
                return

    def _unattested(self) -> Iterator[Difference]:
        """Roots whose last entry is under no seal and that no attestation of ours names."""
        attested = attest.unsealed(list(self.loose)) if self.loose else {}
        for pk, root in self.loose.items():
            head = self.entries[pk][-1]
            if attested.get((root.letter, pk)) != (head.number, bytes(head.digest)):
                yield Difference(root.number, f"第 {head.number} 笔账目没有写入凭证，不是本系统写入的")

    def _orphans(self) -> Iterator[Difference]:
        """Parts, texts and sealed heads whose root is not there."""
        gone = {pk for pk in (*self.rows, *self.entries) if pk not in self.known}
        gone |= {pk >> PART_BITS for pk in self.bodies if pk >> PART_BITS not in self.known}
        for pk in sorted(gone):
            title = self._title(pk)
            yield Difference(f"{title} {pk}", f"{title}已被删除，还留有它的数据")
        for pk in sorted(self.leaves.keys() - self.known.keys() - gone):
            title = self._title(pk)
            yield Difference(f"{title} {pk}", f"封签记有这件{title}，现已整件被删除")

    def _title(self, pk: int) -> str:
        """What a root is called that is not there any more: its parts say so, else the seal."""
        named = {name for (model, _), row in self.rows.get(pk, {}).items() for name in _filled(model, row)}
        found = (m for m in roots() if m.column in named or m.letter == self.letters.get(pk))
        return str(next(found, roots()[0])._meta.verbose_name)


def _verify_chain(root: Root, entries: Sequence[Entry], bodies: dict[int, Enclosure]) -> Iterator[Difference]:
    previous = GENESIS
    if not entries:
        yield Difference(root.number, "没有账目")
        return
    for place, entry in enumerate(entries, 1):
        if entry.number != place:
            yield Difference(root.number, f"缺第 {place} 笔账目")
            return
        if entry_digest(entry, previous) != bytes(entry.digest):
            yield Difference(root.number, f"第 {place} 笔账目（{entry.action}）被改动")
            return
        previous = bytes(entry.digest)
        wrong = _wrong_words(entry, bodies.get(entry.pk), entries)
        if wrong:
            yield Difference(root.number, f"第 {place} 笔账目的{wrong}")
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
    return next((wrong for look in INSIDE if (wrong := look(enclosure.body))), "")


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
def _replayed_models() -> tuple[tuple[Model, str, bool], ...]:
    """Each with the column of its primary key, and whether that is a part's id or its root's."""
    parts: list[Model] = [m for m in apps.get_models() if issubclass(m, Part) and m not in BESIDE]
    beside: list[Model] = [m for m in apps.get_models() if issubclass(m, Beside)]
    keys = {model: str(model._meta.pk.column) for model in (*parts, *beside) if model._meta.pk}
    return tuple((model, key, model in parts) for model, key in keys.items())


def _filled(model: Model, row: Sequence[Any]) -> Iterator[str]:
    """The columns of a row that hold something."""
    return (name for name, value in zip(_names(model), row, strict=True) if value is not None)


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
    """Whether the ledger says that the words and files were erased."""
    return any(verbs.known(entry.action) and verbs.get(entry.action).erases for entry in entries)


def _verify_file(number: str, row: Attachment) -> Iterator[Difference]:
    """The bytes behind an attachment are those that its entry speaks of."""
    root = row.entry_id >> PART_BITS
    where = f"第 {row.entry_id - part_id(root, 1) + 1} 笔账目的附件“{row.name}”"
    try:
        if not attachments.is_sound(attachments.place_of(row.path), bytes(row.sha256)):
            yield Difference(number, f"{where}的文件被改动")
    except FileNotFoundError:
        # It may have been erased since its row was read.
        if any(m._base_manager.filter(pk=root, erased_at=None).exists() for m in roots()):
            yield Difference(number, f"{where}的文件缺失")
    except (OSError, ValueError):
        yield Difference(number, f"{where}的文件不能读取")


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, (memoryview, bytes, bytearray)) else value
