"""The lake: writing it beside DuckDB's own COPY, a day's increment, a cube and a week against the book, kills, and
whether the book is slowed.

One million orders over five years unless `--full` asks for 20 million (60 GB must be free).  The yardstick of writing
is DuckDB with its PostgreSQL extension as pip brings it, in an environment of its own, over the same database.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

import click
import psutil
from django.db import connection

from lianxin.bulletins.gather import gather
from lianxin.figures.count import count
from lianxin.figures.engines import BOOK, Engine
from lianxin.figures.on_lake import on_duckdb
from lianxin.figures.scope import Scope
from lianxin.lake import check, manifest, write
from lianxin.lake.source import address
from lianxin.lake.store import Store
from lianxin.lake.tables import TABLES
from lianxin.ledger.door import record_many
from lianxin.rules.worktime import SHANGHAI

from . import acts
from .ground import Ground, now, query
from .history import History
from .measured import Measured, timed

KEPT, KEPT_FULL, FREE, YEARS = 1_000_000, 20_000_000, 60 << 30, 5
KILLS, TIMES = 20, 3
YARDSTICK = ("duckdb==1.4.4", "duckdb-ext-postgres==1.4.4.20260205")


def run(ground: Ground) -> Iterator[Measured]:
    """Each line as soon as it is there."""
    kept = KEPT_FULL if ground.full and shutil.disk_usage(ground.folder).free >= FREE else KEPT
    if ground.full and kept == KEPT:
        click.echo("lake: less than 60 GB free, so 1 million orders instead of 20 million")
    today = datetime.combine(now().astimezone(SHANGHAI).date(), clock_time(), SHANGHAI)
    History.begin(ground).add(kept, today - timedelta(days=365 * YEARS), today - timedelta(days=1))
    query("VACUUM ANALYZE")
    query("CHECKPOINT")
    store = Store.at(str(ground.folder / "lake"))
    full, line = _written(ground, store, kept)
    yield line
    yield from _counted(ground, store, kept, today)
    yield _increment(ground, store, kept, full)
    if kept == KEPT:  # of 20 million each of the writers would take minutes
        yield _killed(ground, store)
    yield _not_slowed(ground, store)


# --- writing ---------------------------------------------------------------------------------------
def _written(ground: Ground, store: Store, kept: int) -> tuple[float, Measured]:
    """Both in turn, the best of each: less for 20 million."""
    times = TIMES if kept == KEPT else 1
    ours = theirs = float("inf")
    for _ in range(times):
        theirs = min(theirs, _by_duckdb(ground))
        ours = min(ours, timed(lambda: write.write(store, full=True)))
    there = manifest.current(store)
    assert there is not None
    rows, size = sum(file.rows for file in there.files), sum(file.bytes for file in there.files)
    more = {"ours, s": ours, "COPY, s": theirs, "rows": rows, "rows/s": rows / ours, "lake, GB": size / (1 << 30)}
    return ours, Measured("lake, full write", theirs / ours, 0.5, "of DuckDB's COPY", higher=True, more=more)


_COPY = """
import os, sys, time, duckdb
con = duckdb.connect()
con.execute("LOAD '" + sys.argv[1] + "'")
con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false; SET memory_limit = '1GB'")
con.execute("SET enable_progress_bar = false")
con.execute(f"ATTACH '{sys.argv[2]}' AS book (TYPE postgres, READ_ONLY)")
start = time.perf_counter()
for line in open(sys.argv[3], encoding="utf-8"):
    name, select = line.rstrip("\\n").split("\\t")
    con.execute(f"COPY ({select}) TO '{sys.argv[4]}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
print(time.perf_counter() - start)
"""


def _by_duckdb(ground: Ground) -> float:
    """Seconds of its own COPY of the same tables: it reads no JSON, so acts come without what is said in them."""
    home, out = ground.folder / "yardstick", ground.folder / "copied"
    if not home.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(home)]
        subprocess.run([*pip, *YARDSTICK], check=True)
    found = sorted(home.rglob("postgres_scanner*.duckdb_extension"))
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    selects = ground.folder / "selects"
    lines = []
    for table in TABLES:
        columns = ", ".join(f'"{column}"' for column in table.columns if column not in table.made)
        lines.append(f"{table.name}\tSELECT {columns} FROM book.public.{table.name}\n")
    selects.write_text("".join(lines), encoding="utf-8")
    words = [sys.executable, "-c", _COPY, str(found[0]), address(), str(selects), str(out)]
    env = {**os.environ, "PYTHONPATH": str(home)}
    return float(subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout.split()[-1])


def _increment(ground: Ground, store: Store, kept: int, full: float) -> Measured:
    """A day's acts: what comes in on a day of such a history, taken in and dispatched."""
    day = max(kept // (YEARS * 365), 100)
    write.write(store)
    for _ in range(0, day, 1000):
        record_many(acts.lives(ground, min(day, 1000), at=now()))
    seconds = timed(lambda: write.write(store))
    nothing = timed(lambda: write.write(store))
    more = {"orders": day, "s": seconds, "nothing new, s": nothing, "full, s": full}
    return Measured("lake, a day's increment", seconds / full, 0.01, "of a full write", more=more)


# --- counting --------------------------------------------------------------------------------------
def _counted(ground: Ground, store: Store, kept: int, today: datetime) -> Iterator[Measured]:
    whole = Scope(ground.centre.pk, today - timedelta(days=365 * YEARS + 1), today, today, "city")
    with on_duckdb(store) as lake:
        ours, found, grown = _cube(whole, lake)
        book, other, _ = _cube(whole, BOOK)
        assert found == other
        more: dict[str, Any] = {"book, s": book, "groups": len(found), "memory grown, GB": grown / (1 << 30)}
        yield Measured("lake, month × unit × category, s", ours, 3, "s", more=more)
        yield Measured("lake, month × unit × category", book / ours, 10, "× faster than the book", higher=True)
        monday = (today - timedelta(days=today.weekday() + 7)).date()
        took = {on.title[:2]: _week(ground, monday, on) for on in (BOOK, lake)}
        ratio = took["数据"] / took["账目"]
        yield Measured("lake, a week's figures", ratio, 0.25, "of the book's time", more={"book, s": took["账目"]})


def _cube(scope: Scope, on: Engine) -> tuple[float, Any, int]:
    """The least of two, what it gave, and how far memory grew."""
    before, found = psutil.Process().memory_info().rss, dict[Any, Any]()
    times = []
    for _ in range(2):
        start = time.perf_counter()
        found = count(scope, ["handled", "closed"], ["month", "unit_id", "category_id"], on=on)
        times.append(time.perf_counter() - start)
    return min(times), found, psutil.Process().memory_info().rss - before


def _week(ground: Ground, monday: date, on: Engine) -> float:
    return min(timed(lambda: gather(ground.centre.pk, monday, monday + timedelta(days=6), on=on)) for _ in range(TIMES))


# --- whoever is killed, and who works meanwhile ----------------------------------------------------
_WRITER = "import django; django.setup()\nfrom lianxin.lake import write\nfrom lianxin.lake.store import Store\n"


def _writer(store: Store, *, full: bool) -> subprocess.Popen[bytes]:
    code = f"{_WRITER}write.write(Store.at({store.base!r}), full={full})"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _killed(ground: Ground, store: Store) -> Measured:
    """Writers of a full lake are killed at moments by lot: after each the lake is the old or the new one, and whole."""
    lot, harmed, killed = random.Random(7), 0, 0
    start = time.perf_counter()
    _writer(store, full=True).wait()
    whole = time.perf_counter() - start
    for _ in range(KILLS):
        record_many(acts.lives(ground, 1, at=now()))
        with _writer(store, full=True) as writer:
            try:
                writer.wait(lot.uniform(0.3 * whole, 1.05 * whole))
            except subprocess.TimeoutExpired:
                writer.send_signal(signal.SIGKILL)
                killed += 1
        there = manifest.current(store)
        harmed += there is None or any(store.digest(file.name) != file.sha256 for file in there.files)
    write.write(store)
    found = check.check(store)
    harmed += bool(found.differences or found.broken)
    return Measured("lake, killed writers that did harm", harmed, 0, "of all", more={"killed": killed, "of": KILLS})


def _not_slowed(ground: Ground, store: Store) -> Measured:
    """Registrations a second, one after the other, while a full lake is written and while not, by turns."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(8):
        busy = turn % 2 == 1
        writer = _writer(store, full=True) if busy else None
        time.sleep(1.5)  # it has begun
        start, number = time.perf_counter(), 0
        while time.perf_counter() - start < 4 and (writer is None or writer.poll() is None):
            record_many(acts.lives(ground, 1, at=now(), dispatched=False))
            number += 1
        rates[busy].append(number / (time.perf_counter() - start))
        if writer:
            writer.kill()
            writer.wait()
    without, during = statistics.median(rates[False]), statistics.median(rates[True])
    more = {"without, /s": without, "while it is written, /s": during}
    connection.close()
    return Measured(
        "registration while the lake is written", during / without, 0.9, "of without", higher=True, more=more
    )
