"""The Monday digest over 100,000 open orders, one in five of them past its limit: seconds and memory of the job.

1,000 of the orders are made by the ledger, the others are copies of their rows; then all of them are moved into the
week that is over.
"""

from __future__ import annotations

import resource
from datetime import timedelta

from django.db.models.functions import Mod

from lianxin.directory.models import AdoptedPack, PolicyVersion
from lianxin.duties import digest
from lianxin.ledger.door import record_many
from lianxin.orders.models import Order
from lianxin.proceedings.models import About, Proceeding
from lianxin.rules import periods, policy

from . import acts
from .clock_sweep import multiply
from .ground import Ground, last_order, now, query
from .measured import Measured, timed

OPEN = 100_000
PATTERNS = 1_000
ONE_IN = 5
PACK = """[pack]
id = "bench-digest"
title = "周汇总"
version = "1"
effective = 2020-01-01
extends = "base"

[[rule]]
id = "S57"
title = "周汇总"
origin = "测试"
sets = ["digests"]

[digests]
copies = [{ title = "甲", unit = "a" }, { title = "乙", unit = "b" }, { title = "丙", unit = "c" }]
layers = ["district"]
defects = ["not_done", "incomplete"]
repeats = 2
read_within = "8 hours"
"""


def run(ground: Ground) -> list[Measured]:
    """Seconds of one digest with its three copies, and how far the process grew."""
    centre = ground.directory.centre_id
    first = last_order()
    record_many(acts.lives(ground, PATTERNS, at=now(), keyed=False))
    multiply(first, last_order(), OPEN // PATTERNS - 1)
    _last_week()
    _adopt(centre)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = timed(lambda: digest.make(centre, now()))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    there = About.objects.filter(proceeding__kind="digest", role="undone").count()
    late = Order.objects.filter(pk__in=Order.objects.annotate(place=Mod("pk", ONE_IN)).filter(place=0).values("pk"))
    assert there == late.count(), f"{there} orders are listed of {Order.objects.count()}"
    assert Proceeding.objects.filter(kind="digest_copy").count() == 3
    more = {"open orders": Order.objects.count(), "orders listed": there}
    return [
        Measured("the Monday digest over 100,000 open orders", seconds, 10, "s", more=more),
        Measured("the same, memory", grown, 200, "MB", more=more),
    ]


def _last_week() -> None:
    """All of them came two weeks ago; one in five was due on the Sunday that is over, the others are not due yet."""
    monday = periods.of("week", now()).start
    came, due, later = monday - timedelta(days=10), monday - timedelta(days=1), monday + timedelta(days=30)
    query("SET session_replication_role = replica")
    query("UPDATE orders_order SET registered_at = %s, registered_recorded_at = %s", came, came)
    query(
        "UPDATE ledger_clock SET start = %s, known_from = %s, next_at = NULL, warn_at = NULL,"
        " due = CASE WHEN order_id %% %s = 0 THEN %s::timestamptz ELSE %s END",
        came, came, ONE_IN, due, later,
    )  # fmt: skip
    query("SET session_replication_role = origin")
    query("VACUUM ANALYZE")


def _adopt(centre: int) -> None:
    version = PolicyVersion.objects.get(centre=centre)
    AdoptedPack.keep(version.centre, policy.from_draft(PACK))
    version.pack_id, version.version = "bench-digest", "1"
    version.save()
