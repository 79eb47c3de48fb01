"""Proving the book with several processes: each takes spans of orders, one of them the rest."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import places

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from lianxin.ledger.differences import Difference
    from lianxin.ledger.verify import Span

#: Spans that wait at each process: enough that none is idle, few enough that the memory stays what it is.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a proof is: what it proves (scope), up to which order, and how much differs so far."""

    scope: dict[str, Any]
    last: int = 0
    different: int = 0

    def note(self, path: Path, last: int, found: int) -> Progress:
        """Keep that everything up to order `last` is proved and its differences are told."""
        now = replace(self, last=last, different=self.different + found)
        # Two proofs may run at once on one machine: neither may take the other's draft away.
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(asdict(now)))
        draft.replace(path)
        return now


def note_of(connection: BaseDatabaseWrapper) -> Path:
    """The file in which proofs of the connected database keep how far they are.

    A database of its own has a file of its own: the orders that one proof has behind it say nothing about another
    database (restored beside it, or made anew at the same address), and its numbers of orders are the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()"
        )
        cluster, database = cursor.fetchone()
    return places.VAR / "verify" / f"{cluster}-{database}.json"


def cut_off(path: Path) -> Progress | None:
    """The proof that was cut off; None for none, or one that cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(path.read_text())
        return Progress(dict(kept["scope"]), int(kept["last"]), int(kept["different"]))
    return None


def prove(spans: Iterator[Span], centre: int | None, processes: int) -> Iterator[tuple[int, list[Difference]]]:
    """(last order id, what is wrong) span by span, in their order."""
    from django.conf import settings
    from django.db import connection

    if processes == 1:
        from lianxin.ledger.verify import verify_span

        for span in spans:
            yield span.last, verify_span(span, centre)
        return
    database = settings.DATABASES["default"] | {"NAME": connection.settings_dict["NAME"]}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (database,)) as pool:
        waiting: list[tuple[int, Future[list[Difference]]]] = []
        try:
            for span in islice(spans, processes * AHEAD):
                waiting.append((span.last, pool.submit(_work, span, centre)))
            while waiting:
                last, done = waiting.pop(0)
                yield last, done.result()
                for span in islice(spans, 1):
                    waiting.append((span.last, pool.submit(_work, span, centre)))
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(database: dict[str, Any]) -> None:
    """A process of its own: the same database, its own connection."""
    import django
    from django.conf import settings

    settings.DATABASES["default"].update(database)
    django.setup()


def _work(span: Span, centre: int | None) -> list[Difference]:
    from lianxin.ledger.verify import verify_span

    return verify_span(span, centre)
