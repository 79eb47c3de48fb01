"""What we wrote, attested under a key that the database does not hold.

Whoever can write to the database, superuser or not, can make an order with a right chain, or take one away whole; he
cannot attest it.  Each transaction that writes to a ledger adds one `Attestation` with the new heads.  A writer (a
thread of a process) numbers its own without a gap, and notes outside the database how far it is, so that a missing last
one shows too.  Seals are made from attestations (`seals`), never from the ledgers.
"""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from lianxin.directory import keyring

from .chain import canonical, instant
from .models import Attestation, Journal, Root, roots
from .rows import new

#: [kind, key, number, digest in hex]
Head = list[Any]
_log = logging.getLogger(__name__)


def head(root: Root) -> Head:
    """The last entry of a root."""
    return [root.letter, root.pk, root.head_number, bytes(root.head_digest).hex()]


@cache
def letters() -> frozenset[str]:
    """By which letters heads of roots go."""
    return frozenset(model.letter for model in roots())


def journal_head(line: Journal) -> Head:
    """The last line of a centre's journal."""
    return ["j", line.centre_id or 0, line.number, bytes(line.digest).hex()]


def attestation(heads: Sequence[Head], written_at: datetime) -> Attestation:
    """The row that attests `heads`, to be written in this transaction."""
    number = _writer.next()
    row = new(
        Attestation,
        writer=_writer.key,  # after `next`, which may have made it another
        number=number,
        written_at=written_at,
        heads=list(heads),
        roots=[key for kind, key, *_ in heads if kind in letters()],
    )
    row.mac = mac_of(row)
    transaction.on_commit(_Confirmed(_writer.key, number), robust=True)
    return row


def mac_of(row: Attestation) -> bytes:
    """HMAC-SHA-256 over the row's columns (32 bytes)."""
    return keyed(["attestation", row.writer, row.number, instant(row.written_at), row.heads])


def keyed(value: Any) -> bytes:
    """HMAC-SHA-256 of a JSON-ready value under the proof's key (32 bytes)."""
    return hmac.digest(keyring.proof(), canonical(value), "sha256")


def is_ours(row: Attestation) -> bool:
    """Whether this installation wrote the row, and nobody has changed it."""
    return hmac.compare_digest(mac_of(row), bytes(row.mac))


def unsealed(of: Sequence[int] = ()) -> dict[tuple[str, int], tuple[int, bytes]]:
    """(kind, key) -> (number, digest) of the last heads that attestations of ours name and no seal covers; those that
    name one of the roots `of` only, if given."""
    rows = Attestation.objects.filter(seal=None)
    rows = rows.filter(roots__overlap=list(of)) if of else rows
    found: dict[tuple[str, int], tuple[int, bytes]] = {}
    for row in rows.iterator(chunk_size=200):
        if is_ours(row):
            note_heads(found, row)
    return found


def note_heads(found: dict[tuple[str, int], tuple[int, bytes]], row: Attestation) -> None:
    """Put the heads of `row` into `found` where they are the latest."""
    for kind, key, number, digest in row.heads:
        if number > found.get((kind, key), (0, b""))[0]:
            found[kind, key] = number, bytes.fromhex(digest)


def renew() -> None:
    """Go on as another writer: whether the last transaction was committed is not known."""
    _writer.renew()


def noted() -> Iterator[tuple[int, int]]:
    """(writer, number) as the writers of this machine noted them outside the database."""
    for path in sorted(_folder().glob("w*")):
        try:
            yield int(path.name[1:], 16), int(path.read_text() or 0)
        except (OSError, ValueError):
            continue


def forget(writers: Sequence[int]) -> None:
    """Drop the notes of writers whose attestations are gone.  One that is idle, in another thread or process, makes a
    new note when it goes on (`_Writer.write_down`)."""
    for writer in writers:
        if writer != _writer.key:
            (_folder() / _name(writer)).unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.PROOF_DIR)


def _name(writer: int) -> str:
    return f"w{writer:016x}"


class _Writer(threading.local):
    """This thread as a writer, on one connection.  `done`: the number of its last attestation that is certainly
    committed.

    A connection that broke may have taken the answer to a commit along: nobody knows then whether that number is used.
    On the next connection it is another writer.
    """

    note: int | None = None

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self._drop_note()
        self.key, self.done = secrets.randbits(62) | 1, 0
        self.link: Any = None

    def next(self) -> int:
        """The number after what is committed, and after what waits for the commit of this very transaction.

        Django drops the waiting ones itself when a savepoint or the transaction is rolled back.
        """
        connection.ensure_connection()
        if self.link is not connection.connection:
            if self.link is not None:
                self.renew()
            self.link = connection.connection
        waiting = sum(isinstance(f, _Confirmed) and f.writer == self.key for _, f, *_ in connection.run_on_commit)
        return self.done + waiting + 1

    def write_down(self) -> None:
        """How far we are, beside the database.  A full disk must not stop the hotline: the proof is only weaker."""
        try:
            if self.note is not None and os.fstat(self.note).st_nlink == 0:
                # Somebody tidied up while this thread had nothing to do (`forget`): what goes on needs a note again.
                self._drop_note()
            if self.note is None:
                _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
                self.note = os.open(_folder() / _name(self.key), os.O_WRONLY | os.O_CREAT, 0o600)
            os.pwrite(self.note, b"%020d" % self.done, 0)
        except OSError:
            _log.exception("how far this writer is could not be noted")

    def _drop_note(self) -> None:
        if self.note is not None:
            os.close(self.note)
            self.note = None

    def __del__(self) -> None:
        self._drop_note()


class _Confirmed:
    """What is to be noted once the transaction is committed."""

    def __init__(self, writer: int, number: int) -> None:
        self.writer, self.number = writer, number

    def __call__(self) -> None:
        if _writer.key == self.writer:
            _writer.done = self.number
            _writer.write_down()


_writer = _Writer()
os.register_at_fork(after_in_child=_writer.renew)
