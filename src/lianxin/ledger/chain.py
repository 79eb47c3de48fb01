"""How an entry is sealed to the one before, and its private part to the entry."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

import orjson

from .models import Enclosure, Entry
from .rows import new

#: What the first entry of an order is chained to.
GENESIS = bytes(32)
#: Parts of a sealed caller that are encrypted.
ENCRYPTED = ("name", "phone")


def canonical(value: Any) -> bytes:
    """JSON in one fixed spelling: sorted keys, no spaces, UTF-8.  Survives a trip through `jsonb`."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def instant(at: datetime) -> str:
    """An instant in one fixed spelling: UTC, microseconds."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")


def entry_digest(entry: Entry, previous: bytes) -> bytes:
    """SHA-256 over the whole line and `previous`, the digest of the line before (32 bytes)."""
    line = [
        bytes(previous).hex(),
        entry.format,
        entry.order_id,
        entry.proceeding_id,
        entry.number,
        entry.action,
        entry.version,
        instant(entry.at),
        instant(entry.recorded_at),
        instant(entry.written_at),
        entry.via,
        entry.staff_id,
        entry.post_id,
        entry.unit_id,
        entry.post_role,
        _hex(entry.citizen),
        entry.clock,
        entry.key,
        _hex(entry.request_digest),
        entry.payload,
        entry.derived,
        _hex(entry.enclosure_digest),
    ]
    return hashlib.sha256(canonical(line)).digest()


def _hex(digest: bytes | memoryview | None) -> str | None:
    return bytes(digest).hex() if digest is not None else None


def enclose(entry: Entry, body: dict[str, Any]) -> Enclosure | None:
    """The enclosure of `entry` for its private `body`, its salted digest set on the entry; None if empty."""
    if not body:
        return None
    salt = secrets.token_bytes(16)
    entry.enclosure_digest = enclosure_digest(salt, body)
    return new(Enclosure, entry_id=entry.id, salt=salt, body=body)


def enclosure_digest(salt: bytes, body: dict[str, Any]) -> bytes:
    """Salted, so that a guessed telephone number cannot be confirmed from the ledger.

    Of a caller only the keyed hashes count: what is encrypted changes with the key (`rotation`).
    """
    caller = body.get("caller")
    if caller:
        body = body | {"caller": {part: value for part, value in caller.items() if part not in ENCRYPTED}}
    return hashlib.sha256(bytes(salt) + canonical(body)).digest()
