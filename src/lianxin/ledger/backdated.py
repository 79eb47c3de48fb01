"""Whether history was recorded since: what is kept of counting (`figures.kept`) holds only until then.

An act on the ledger's own time is recorded now, after every cut-off that has passed.  An importer or simulator, on a
marked clock, records for the time before: its batches renew the centre's stamp in their own transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

_RENEW = """
INSERT INTO ledger_backdated (centre_id, stamp)
SELECT c, nextval('ledger_backdated_stamp') FROM unnest(%s::bigint[]) c
ON CONFLICT (centre_id) DO UPDATE SET stamp = EXCLUDED.stamp"""


def statement(centres: Iterable[int]) -> tuple[str, list[Any]] | None:
    """Renews the stamps of these centres; None for none.  The last of its transaction, since it holds their rows."""
    found = sorted(set(centres))
    return (_RENEW, [found]) if found else None


def asked(centre: int) -> tuple[str, list[Any]]:
    """Asks for the stamp of that centre; `read` says what it is."""
    return "SELECT stamp FROM ledger_backdated WHERE centre_id = %s", [centre]


def read(rows: list[tuple[Any, ...]]) -> int:
    """The stamp from the answer; 0 before anything was recorded so."""
    return rows[0][0] if rows else 0


def stamp(centre: int) -> int:
    """The stamp of that centre; 0 before anything was recorded so."""
    with connection.cursor() as cursor:
        cursor.execute(*asked(centre))
        return read(cursor.fetchall())


def stamps(centres: Iterable[int]) -> dict[int, int]:
    """Those of several centres; a centre for which nothing was recorded so is not among them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT centre_id, stamp FROM ledger_backdated WHERE centre_id = ANY(%s)", [sorted({*centres})])
        return dict(cursor.fetchall())
