"""One figure on three engines, and a fourth time by hand: 200,000 orders with odd values, ten periods drawn by lot.

Every measure by six columns at once, where its relation has them (of acts that say nothing nothing is counted: what is
said in them tests/lake/test_engines.py plays); the book, DuckDB and Spark must give the same groups and numbers,
and SQL that was written without the ruler (bench/plain_sql.py) those that it has.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from random import Random
from typing import Any

from lianxin.figures.count import by_relation, columns_of, count, count_each
from lianxin.figures.engines import BOOK, Engine
from lianxin.figures.measures import COUNTED
from lianxin.figures.on_lake import on_duckdb
from lianxin.figures.on_spark import begun, java, on_spark
from lianxin.figures.scope import Counting, Scope
from lianxin.lake import write
from lianxin.lake.store import Store
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.rules.worktime import SHANGHAI

from . import plain_sql
from .ground import Ground, now, query
from .history import BASE, History
from .measured import Measured

ORDERS, PERIODS, DAYS, SEED = 200_000, 10, 3 * 365, 2026
GROUPS = {"unit_id", "category_id", "month", "cls", "source", "round"}


def run(ground: Ground) -> list[Measured]:
    """How many figures were compared, and how many of them differ: none may."""
    history, end = History.begin(ground, whole=True), now() - timedelta(days=1)
    history.add(ORDERS, end - timedelta(days=DAYS), end)
    plant()
    query("VACUUM ANALYZE")
    store = Store.at(str(ground.folder / "lake-of-engines"))
    write.write(store)
    scopes = periods(ground.centre.pk, end)
    book, seconds = _all(scopes, BOOK)
    numbers = sum(len(group) for each in book for groups in each for group in groups.values())
    more: dict[str, Any] = {"figures": numbers, "book, s": seconds}
    differing = 0
    with on_duckdb(store) as lake:
        lake.at_once = ORDERS // 8  # in pieces, as a large one
        found, more["DuckDB, s"] = _all(scopes, lake)
        differing += _differing(book, found)
    if java():
        session = begun()
        with on_spark(store, session) as spark:
            found, more["Spark, s"] = _all(scopes, spark)
            differing += _differing(book, found)
        session.stop()
    found, unlike = _by_hand(scopes)
    more["figures by hand"] = found
    return [Measured("figures that differ", differing + unlike, 0, "of all", more=more)]


def _by_hand(scopes: list[Scope]) -> tuple[int, int]:
    """How many figures there are by hand, and how many are not the ruler's."""
    number = unlike = 0
    for scope in scopes:
        for measure, (column, _) in plain_sql.SELECTS.items():
            groups = count(scope, [measure], [column] if column else [])
            ours = {(group[0] if group else None): each[measure] for group, each in groups.items() if each[measure]}
            hand = plain_sql.counted(scope, measure)
            number += len(hand)
            unlike += sum(ours.get(key) != hand.get(key) for key in ours.keys() | hand.keys())
    return number, unlike


def _all(scopes: list[Scope], on: Engine) -> tuple[list[Any], float]:
    start = time.perf_counter()
    found = [
        count_each([scope], names, sorted(GROUPS & columns_of(names[0])), on=on)
        for scope in scopes
        for names in by_relation([*COUNTED]).values()
    ]
    return found, time.perf_counter() - start


def _differing(book: list[Any], found: list[Any]) -> int:
    return sum(
        mine.get(group) != other.get(group)
        for ours, theirs in zip(book, found, strict=True)
        for mine, other in zip(ours, theirs, strict=True)
        for group in mine.keys() | other.keys()
    )


def periods(centre: int, end: datetime) -> list[Scope]:
    """Ten by lot: their edges now at midnights, now at odd microseconds, cut off before, at and after their end."""
    random, found = Random(SEED), []
    for turn in range(PERIODS):
        first = end - timedelta(days=random.randrange(20, DAYS))
        first = first.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        if turn % 3 == 2:
            first += timedelta(microseconds=random.randrange(86_400_000_000))
        last = min(first + timedelta(days=random.choice([1, 7, 30, 91, 365])), end)
        cutoff = min(last + timedelta(hours=random.choice([-30, 0, 0, 55])), end)
        found.append(Scope(centre, first, last, cutoff, "city", counting=Counting()))
    return found


def plant() -> None:
    """Values in which engines are known to differ: NULLs, blank and digit-only codes, codes with quotes and the
    ideographic space, edges of days to the microsecond, what was known only between two instants."""
    query("SET session_replication_role = replica")
    odd, near = f"id >= {BASE}", f"order_id >= {BASE}"
    midnight = "date_trunc('day', {at} AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai'"
    for number, (column, value) in enumerate(
        {"category_id": "NULL", "source": "''", "cls": "'007'", "area_id": "NULL", "urgency": "'　'"}.items()
    ):
        query(f"UPDATE orders_facts SET {column} = {value} WHERE {near} AND order_id % 23 = {number}")
    query(f"""UPDATE orders_facts SET cls = 'o''c"k' WHERE {near} AND order_id % 29 = 1""")
    query(f"UPDATE orders_facts SET invalid = true WHERE {near} AND order_id % 31 = 1")
    query(f"UPDATE orders_facts SET excluded = true WHERE {near} AND order_id % 37 = 1")
    query(f"UPDATE orders_facts SET known_to = known_from + interval '3 days' WHERE {near} AND order_id % 41 = 1")
    query(f"UPDATE orders_order SET simulated = true WHERE {odd} AND id % 43 = 1")
    query(
        "UPDATE orders_order SET simulated = true, disclosed_recorded_at = registered_at + interval '40 days'"
        f" WHERE {odd} AND id % 43 = 2"
    )
    for table, ids, columns in (
        ("orders_order", odd, ("registered_at",)),
        ("orders_share", near, ("dispatched_at", "ended_at")),
        ("followup_callback", near, ("finished_at",)),
        ("ledger_stay", near, ("entered_at", "left_at")),
        ("ledger_clock", near, ("due", "ended_at")),
    ):
        for place, column in enumerate(columns):
            edge = midnight.format(at=column)
            query(f"UPDATE {table} SET {column} = {edge} WHERE {ids} AND id % 47 = {place}")
            query(f"UPDATE {table} SET {column} = {edge} - interval '1 microsecond' WHERE {ids} AND id % 53 = {place}")
    for outcome, rest in (("returned", 1), ("withdrawn", 2), ("ended", 3)):
        query(f"UPDATE orders_share SET outcome = '{outcome}' WHERE {near} AND order_id % 59 = {rest}")
    query(f"UPDATE orders_share SET released = true, outcome = 'withdrawn' WHERE {near} AND order_id % 59 = 4")
    running = "ended_at = NULL, ended_recorded_at = NULL"
    state = f"outcome = '', state = '{RUNNING_STATES[0]}'"
    query(f"UPDATE orders_share SET {running}, {state} WHERE {near} AND order_id % 61 = 1")
    query(f"UPDATE orders_share SET round = 2, role = 'assist' WHERE {near} AND order_id % 67 = 1")
    query(f"UPDATE ledger_clock SET known_from = known_from + interval '9 days' WHERE {near} AND order_id % 71 = 1")
    query(f"""UPDATE ledger_clock SET {running}, "end" = '' WHERE {near} AND order_id % 73 = 1""")
    query(
        f"""UPDATE ledger_clock SET "end" = 'cancelled' WHERE {near} AND order_id % 79 = 1 AND ended_at IS NOT NULL"""
    )
    query(f"UPDATE followup_callback SET solved = NULL, unit_id = NULL WHERE {near} AND order_id % 83 = 1")
    query("SET session_replication_role = origin")
