"""The clock sweep among 1,000,000 open clocks: nothing due, and 10,000 due at once.

1,000 of the orders are made by the ledger; the others are copies of their rows under other ids, made by SQL, so that
every clock belongs to an order that the sweep can act on.
"""

from __future__ import annotations

from datetime import timedelta

from lianxin.ledger.door import record_many
from lianxin.ledger.sweep import sweep

from . import acts
from .ground import Ground, last_order, now, query
from .measured import Measured, best, timed

OPEN = 1_000_000
DUE = 10_000
PATTERNS = 1_000
#: What the ledger reads or changes when it rings: entries of the copies are not needed for that.
COPIED = (
    "orders_order",
    "orders_appeal",
    "orders_caller",
    "orders_facts",
    "orders_share",
    "ledger_stay",
    "ledger_clock",
)


def run(ground: Ground) -> list[Measured]:
    """Seconds to ring 10,000 clocks on 10,000 orders (best of three), and to find nothing to do (best of ten)."""
    start = now()
    first = last_order()
    record_many(acts.lives(ground, PATTERNS, at=start, keyed=False))
    patterns = query(
        "SELECT count(*) FROM ledger_clock WHERE next_at IS NOT NULL AND order_id BETWEEN %s AND %s",
        first + 1,
        last_order(),
    )[0][0]
    multiply(first, last_order(), OPEN // patterns - 1)
    total = query("SELECT count(*) FROM ledger_clock WHERE next_at IS NOT NULL")[0][0]
    # Far off, so that nothing is due but what is put forward below.
    later = "due + interval '1 year'"
    query(f"UPDATE ledger_clock SET due = {later}, warn_at = NULL, next_at = {later} WHERE next_at IS NOT NULL")
    query("VACUUM ANALYZE")
    query("CHECKPOINT")
    idle = best(lambda: sweep(now()), 10)
    rung, made = float("inf"), 0
    for _ in range(3):
        put_forward(DUE)
        at = now()
        seconds = timed(lambda at=at: sweep(at))
        made = query("SELECT count(*) FROM ledger_entry WHERE action = 'clock.breached' AND at = %s", at)[0][0]
        assert made == DUE, f"{made} clocks were rung"
        rung = min(rung, seconds)
    more = {"open clocks": total, "entries made": made}
    return [
        Measured("clock sweep, 10,000 due", rung, 5, "s", more=more),
        Measured("clock sweep, nothing due", idle * 1000, 50, "ms", more={"open clocks": total}),
    ]


def put_forward(number: int) -> None:
    """Make one clock of each of `number` orders due a minute ago."""
    due = now() - timedelta(minutes=1)
    query(
        "UPDATE ledger_clock SET due = %s, next_at = %s WHERE id IN ("
        "SELECT min(id) FROM ledger_clock WHERE next_at IS NOT NULL GROUP BY order_id ORDER BY order_id LIMIT %s)",
        due, due, number,
    )  # fmt: skip
    query("ANALYZE ledger_clock")


def multiply(first: int, last: int, times: int) -> None:
    """`times` copies of the orders after `first` up to `last`, with their parts; the ledger goes on above them."""
    query("SET session_replication_role = replica")
    for table in COPIED:
        query(_copies(table, first, last), times)
    query("SET session_replication_role = origin")
    query("SELECT setval('lianxin_order_id', %s)", last + times * (last - first))


def _copies(table: str, first: int, last: int) -> str:
    span = last - first
    columns = query(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
        table,
    )
    moved = {"order_id": f"order_id + n * {span}", "number": "number || '-' || n", "home_id": "home_id"}
    moved["id"] = f"id + n * {span}" if table == "orders_order" else f"id + ((n * {span}) << 16)"
    for name in ("share_id", "task_id", "parent_id"):
        moved[name] = f"{name} + ((n * {span}) << 16)"
    names = [name for (name,) in columns]
    values = ", ".join(moved.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    owner = "id" if table == "orders_order" else "order_id"
    return (
        f"INSERT INTO {table} ({listed}) SELECT {values} "
        f"FROM {table}, generate_series(1::bigint, %s) n WHERE {owner} BETWEEN {first + 1} AND {last}"
    )
