"""Proving the book with several processes: each takes spans of orders, one of them the rest."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lianxin.orders.verify import Difference, Span

#: Spans that wait at each process: enough that none is idle, few enough that the memory stays what it is.
AHEAD = 2


def prove(
    spans: Iterator[Span], centre: int | None, processes: int, progress: Path | None = None
) -> Iterator[tuple[int, list[Difference]]]:
    """(last order id, what is wrong) span by span, in their order.  `progress` keeps how far it is."""
    from django.conf import settings
    from django.db import connection

    if processes == 1:
        from lianxin.orders.verify import verify_span

        for span in spans:
            yield _noted(progress, span.last, verify_span(span, centre))
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
                yield _noted(progress, last, done.result())
                for span in islice(spans, 1):
                    waiting.append((span.last, pool.submit(_work, span, centre)))
        finally:
            pool.shutdown(cancel_futures=True)


def resumed(progress: Path) -> int:
    """After which order a proof that was cut off goes on; 0 for none."""
    with suppress(OSError, ValueError, KeyError):
        return int(json.loads(progress.read_text())["last"])
    return 0


def _noted(progress: Path | None, last: int, found: list[Difference]) -> tuple[int, list[Difference]]:
    if progress is not None:
        draft = progress.with_suffix(".tmp")
        draft.write_text(json.dumps({"last": last}))
        draft.replace(progress)
    return last, found


def _begin(database: dict[str, Any]) -> None:
    """A process of its own: the same database, its own connection."""
    import django
    from django.conf import settings

    settings.DATABASES["default"].update(database)
    django.setup()


def _work(span: Span, centre: int | None) -> list[Difference]:
    from lianxin.orders.verify import verify_span

    return verify_span(span, centre)
