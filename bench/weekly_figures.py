"""The figures of a weekly bulletin: 300 units, 70,000 orders in the week, and all that is kept from the years before.

One million orders are kept unless `--full` asks for 20 million (40 GB must be free: they take 32).  Measured with a
tenth of them and with all: what the figures cost must follow the week, not the history.
"""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from datetime import time as clock_time

import click

from lianxin.bulletins.gather import gather
from lianxin.rules.worktime import SHANGHAI

from .ground import Ground, now, query
from .history import History
from .measured import Measured, timed

WEEK = 70_000
KEPT, KEPT_FULL = 1_000_000, 20_000_000
FREE = 40 << 30
YEARS = 5
TIMES = 5


def run(ground: Ground) -> list[Measured]:
    """Seconds to count them, the best of five and the first."""
    kept = KEPT
    if ground.full:
        if shutil.disk_usage(ground.folder).free >= FREE:
            kept = KEPT_FULL
        else:
            click.echo("weekly-figures: less than 40 GB free, so 1 million orders instead of 20 million")
    today = now().astimezone(SHANGHAI).date()
    monday = today - timedelta(days=today.weekday() + 7)
    week = datetime.combine(monday, clock_time(), SHANGHAI)
    history, older = History.begin(ground), kept - 2 * WEEK
    before = week - timedelta(days=365 * YEARS)
    first, early = older // 10, before + timedelta(days=36 * YEARS)
    history.add(first, before, early)
    history.add(WEEK, week - timedelta(weeks=1), week)
    history.add(WEEK, week, week + timedelta(weeks=1))
    young = _seconds(ground, monday)
    history.add(older - first, early, week - timedelta(weeks=1))
    old = _seconds(ground, monday)
    size = query("SELECT pg_database_size(current_database())")[0][0] / (1 << 30)
    more = {
        "orders kept": kept,
        "in the week": WEEK,
        "database, GB": size,
        "the first time, s": old[0],
        "s with a tenth of the history": min(young[1:]),
    }
    return [Measured("weekly bulletin's figures", min(old[1:]), 2, "s", more=more)]


def _seconds(ground: Ground, monday: object) -> list[float]:
    query("VACUUM ANALYZE")
    query("CHECKPOINT")
    last = monday + timedelta(days=6)  # type: ignore[operator]
    figures = gather(ground.centre.pk, monday, last).figures  # type: ignore[arg-type]
    assert figures.accepted == WEEK, figures.accepted
    assert sum(unit.measures["handled"] for unit in figures.units) == WEEK
    return [timed(lambda: gather(ground.centre.pk, monday, last)) for _ in range(TIMES)]  # type: ignore[arg-type]
