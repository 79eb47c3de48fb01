"""The journal: acts that concern no single order, in a chain per centre."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from . import attest
from .chain import GENESIS, canonical, instant
from .locks import Lock
from .models import Journal


def write(centre: int | None, action: str, *, at: datetime, staff: int | None, payload: dict[str, Any]) -> Journal:
    """Append one line to the centre's journal.  `action` is a dotted id (`publication.issued`)."""
    with transaction.atomic():
        written_at = turn(centre)
        last = Journal.objects.filter(centre=centre).order_by("-number").first()
        line = Journal(
            centre_id=centre,
            number=last.number + 1 if last else 1,
            action=action,
            at=at,
            staff_id=staff,
            payload=payload,
        )
        line.digest = digest(line, bytes(last.digest) if last else GENESIS)
        line.save(force_insert=True)
        attest.attestation([attest.journal_head(line)], written_at).save(force_insert=True)
        return line


def turn(centre: int | None) -> datetime:
    """Wait until nobody else writes to the centre's journal, and keep it until the transaction ends; its time.

    For whoever has to look before he writes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp(), pg_advisory_xact_lock(%s, %s)", [Lock.JOURNAL, centre or 0])
        written_at: datetime = cursor.fetchone()[0]
    return written_at


def digest(line: Journal, previous: bytes) -> bytes:
    """SHA-256 over the line and the digest of the line before."""
    parts = [previous.hex(), line.centre_id, line.number, line.action, instant(line.at), line.staff_id, line.payload]
    return hashlib.sha256(canonical(parts)).digest()
