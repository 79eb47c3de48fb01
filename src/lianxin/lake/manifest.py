"""The manifest: which files a lake is, of what they hold so many rows, and up to when it knows the book.

A write makes new files, then a new manifest, then points to it.  Whoever is killed before that leaves the old one true;
what he left is swept up by the next write.  Files that a manifest of before named stay while somebody reads it.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from . import POINTER
from .store import MAKING, Store, spelled
from .tables import shape

FORMAT = 2
ANEW = "请全量重写（lianxin lake write --full）"
#: How long a reader is believed to read who says no more of himself.
LEASE = timedelta(hours=12)


class Broken(Exception):
    """The lake is not what its manifest says."""


@dataclass(frozen=True, order=True, slots=True)
class Part:
    """A table's rows of one centre and month; without a month, those of the directory."""

    table: str
    centre: str
    month: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """One file: of which part, made by which write, how many rows and bytes, and its digest."""

    part: Part
    name: str
    write: int
    rows: int
    bytes: int
    sha256: str
    #: the first of its part: what was made by later writes takes the place of what it says of the same roots
    base: bool
    #: of instants by which a period sees its rows (`LakeTable.seen`) the first and the last, None where all are unknown
    spans: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)

    def may_hold(self, column: str, start: datetime, end: datetime) -> bool:
        """Whether that instant of some row of it may lie in `start` <= … < `end`."""
        if column not in self.spans:
            return True
        span = self.spans[column]
        if span is None:
            return False
        first, last = (datetime.fromisoformat(at) for at in span)
        return first < end and last >= start


@dataclass(frozen=True)
class Manifest:
    """What a lake is after one write.

    `until`: every act written in the book before this instant is in it.  `again`: acts written since that it holds
    already, by the ids of their entries: the next write does not bring them twice.  `last`: the entry that was written
    last, with its digest: a book that lacks it is another one, or an earlier state of this.  `shape`: of which columns
    its files are (`tables.shape`).  `backdated`: of each centre the stamp of what was recorded for the past.
    """

    number: int
    made_at: datetime
    until: datetime
    again: tuple[int, ...]
    last: tuple[int, str] | None
    files: tuple[File, ...]
    shape: str = field(default_factory=shape)
    backdated: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def by_part(self) -> dict[Part, list[File]]:
        """The files of each part, those of earlier writes first."""
        found: dict[Part, list[File]] = {}
        for file in sorted(self.files, key=lambda file: (file.part, file.write)):
            found.setdefault(file.part, []).append(file)
        return found

    @cached_property
    def months(self) -> dict[tuple[str, str], dict[str, list[File]]]:
        """The files of each table and centre by months, in their order."""
        found: dict[tuple[str, str], dict[str, list[File]]] = {}
        for part, files in self.by_part.items():
            found.setdefault((part.table, part.centre), {})[part.month] = files
        return found

    @property
    def name(self) -> str:
        return f"manifests/{self.number:08}.json"

    def spelled(self) -> bytes:
        said = {"format": FORMAT, "number": self.number, "again": list(self.again), "last": self.last}
        said |= {"shape": self.shape, "backdated": {str(pk): at for pk, at in self.backdated.items()}}
        said |= {"made_at": self.made_at.isoformat(), "until": self.until.isoformat()}
        return spelled(said | {"files": [asdict(file) for file in self.files]})


def current(store: Store) -> Manifest | None:
    """The manifest that counts; None where nothing was written yet.  Raises `Broken`."""
    pointer = store.read(POINTER)
    if pointer is None:
        return None
    try:
        number, _, digest = pointer.decode().strip().partition(" ")
        return _read(store, int(number), digest)
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"数据湖的清单读不懂，{ANEW}") from error


def _read(store: Store, number: int, digest: str = "") -> Manifest:
    content = store.read(f"manifests/{number:08}.json")
    if content is None or (digest and hashlib.sha256(content).hexdigest() != digest):
        wrong = "不在了" if content is None else "与登记的摘要不符"
        raise Broken(f"数据湖的清单 {number} {wrong}，{ANEW}")
    said = json.loads(content)
    if said["format"] != FORMAT:
        raise Broken(f"数据湖是另一版本写的（格式 {said['format']}），{ANEW}")
    files = tuple(File(**{**file, "part": Part(**file["part"])}) for file in said["files"])
    made_at, until = (datetime.fromisoformat(said[name]) for name in ("made_at", "until"))
    last = (said["last"][0], said["last"][1]) if said["last"] else None
    backdated = {int(centre): stamp for centre, stamp in said["backdated"].items()}
    return Manifest(said["number"], made_at, until, tuple(said["again"]), last, files, said["shape"], backdated)


def switch(store: Store, manifest: Manifest) -> None:
    """From now on this one counts."""
    content = manifest.spelled()
    store.put(manifest.name, content)
    store.put(POINTER, f"{manifest.number} {hashlib.sha256(content).hexdigest()}\n".encode())


# --- readers -----------------------------------------------------------------------------------
@contextmanager
def reading(store: Store) -> Iterator[Manifest]:
    """The manifest that counts now, whose files stay while it is read.  Raises `Broken`, LookupError where there is
    none."""
    name = f"readers/{uuid.uuid4().hex}.json"
    try:
        while True:
            found = current(store)
            if found is None:
                raise LookupError("数据湖里还没有数据，请先写入（lianxin lake write）")
            if found.shape != shape():
                raise Broken("数据湖是另一版本写的，列有增减，请再写入一次（lianxin lake write）")
            store.put(name, spelled({"manifest": found.number, "until": (datetime.now(UTC) + LEASE).isoformat()}))
            # A write that did not see the lease yet may have swept its files up: then another manifest counts.
            again = current(store)
            if again is not None and again.number == found.number:
                break
        yield found
    finally:
        store.drop(name)


def read_now(store: Store, now: datetime) -> set[int]:
    """The manifests that somebody reads.  A lease that has run out is dropped."""
    found = set()
    for name in list(store.names("readers")):
        content = store.read(name)
        if content is None:
            continue
        said = json.loads(content)
        if datetime.fromisoformat(said["until"]) < now:
            store.drop(name)
        else:
            found.add(said["manifest"])
    return found


def sweep(store: Store, now: datetime) -> int:
    """Drop what no manifest names that counts or is read.  Only whoever writes may: returns how many files went."""
    there = current(store)
    kept = {POINTER} | ({there.name} | {file.name for file in there.files} if there else set())
    for number in read_now(store, now):
        content = store.read(f"manifests/{number:08}.json")
        if content is not None:
            kept |= {f"manifests/{number:08}.json", *(file["name"] for file in json.loads(content)["files"])}
    gone = [name for folder in ("manifests", "data", MAKING) for name in store.names(folder) if name not in kept]
    for name in gone:
        store.drop(name)
    return len(gone)


def replaced(files: Sequence[File], parts: set[Part], new: Sequence[File]) -> tuple[File, ...]:
    """`files` with all of `parts` gone, and `new` ones."""
    return (*(file for file in files if file.part not in parts), *new)
